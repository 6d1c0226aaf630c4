"""Field encryption: a sealed value opens in its own place, with any key of the ring, in both suites of ciphers, and nowhere else."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config import clock
from config.keys import AES, SM4, CannotOpen, KeyRing, keys, new_ring, read_ring
from config.settings import Settings, settings
from config.vocabulary import NotificationKind
from models.account import Account, phone_index
from models.database import execute, row
from models.notification import Notification
from services import checks
from services.notifications import read_params, read_recipient, tell
from services.regions import Region
from tests.builders import a_talent

PHONE, ID_NUMBER = "19900004321", "37100019900307287X"


def a_ring(folder: Path, cipher: str = "aes") -> KeyRing:
    path = folder / "keys.json"
    path.write_text(json.dumps(new_ring()))
    return read_ring(path, cipher)


@pytest.mark.parametrize("cipher", ["aes", "sm"])
def test_a_sealed_value_opens_in_its_own_place_alone(tmp_path: Path, cipher: str) -> None:
    ring, place = a_ring(tmp_path, cipher), ("r", "account", "phone", "1")
    token = ring.seal(PHONE, *place)
    assert ring.unseal(token, *place) == PHONE and PHONE.encode() not in token
    for part in range(len(place)):
        with pytest.raises(CannotOpen):
            ring.unseal(token, *place[:part], "other", *place[part + 1:])


@pytest.mark.parametrize("cipher", ["aes", "sm"])
def test_no_altered_bit_is_passed_over(tmp_path: Path, cipher: str) -> None:
    ring = a_ring(tmp_path, cipher)
    token = ring.seal(PHONE, "r", "account", "phone", "1")
    for bit in range(8, 8 * len(token)):  # the first byte names the algorithm: below
        altered = bytearray(token)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CannotOpen):
            ring.unseal(bytes(altered), "r", "account", "phone", "1")


@pytest.mark.parametrize("cipher", ["aes", "sm"])
def test_a_value_that_claims_another_algorithm_does_not_open(tmp_path: Path, cipher: str) -> None:
    ring = a_ring(tmp_path, cipher)
    token = ring.seal(PHONE, "r", "account", "phone", "1")
    with pytest.raises(CannotOpen):
        ring.unseal(bytes([SM4 if token[0] == AES else AES]) + token[1:], "r", "account", "phone", "1")


def test_the_same_value_is_sealed_differently_each_time_and_indexed_alike(tmp_path: Path) -> None:
    ring = a_ring(tmp_path)
    assert len({ring.seal(PHONE, "r", "account", "phone", "1") for _ in range(100)}) == 100
    assert len({ring.blind_index(typed, "phone") for typed in (PHONE, f"+86{PHONE}", "199 0000 4321", "１９９００００４３２１")}) == 1
    assert ring.blind_index(PHONE, "phone") != ring.blind_index(PHONE, "id_number")


def test_after_a_rotation_old_values_open_and_new_ones_are_under_the_new_key(tmp_path: Path) -> None:
    old = a_ring(tmp_path)
    before = old.seal(PHONE, "r", "account", "phone", "1")
    rotated = replace(old, active=2, fields={**old.fields, 2: bytes(range(32))})
    after = rotated.seal(PHONE, "r", "account", "phone", "1")
    assert (before[1], after[1]) == (1, 2)
    assert {rotated.unseal(token, "r", "account", "phone", "1") for token in (before, after)} == {PHONE}
    with pytest.raises(CannotOpen):  # without the old key the old value is lost: it must stay on the ring
        replace(rotated, fields={2: rotated.fields[2]}).unseal(before, "r", "account", "phone", "1")
    assert rotated.blind_index(PHONE, "phone") == old.blind_index(PHONE, "phone")  # rotation leaves every search as it was


def test_a_ring_that_is_weak_is_refused(tmp_path: Path) -> None:
    path, document = tmp_path / "weak.json", new_ring()
    for weak in ({**document, "index": "AAAA"}, {**document, "fields": {"1": "A" * 43 + "="}}, {**document, "active": 7}):
        path.write_text(json.dumps(weak))
        with pytest.raises(ValueError, match="weak or missing"):
            read_ring(path, "aes")


@pytest.fixture
def national_ciphers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyRing]:
    """The product on a ring of its own with the national suite, as ``GREENLANE_CIPHER=sm`` sets it up."""
    path = tmp_path / "sm.json"
    path.write_text(json.dumps(new_ring()))
    monkeypatch.setenv("GREENLANE_CIPHER", "sm")
    monkeypatch.setenv("GREENLANE_KEY_FILE", str(path))
    settings.cache_clear()
    keys.cache_clear()
    assert Settings().cipher == "sm"
    yield keys()
    monkeypatch.undo()
    settings.cache_clear()
    keys.cache_clear()


async def test_the_product_runs_on_the_national_ciphers(region: Region, national_ciphers: KeyRing) -> None:
    account = await a_talent(phone=PHONE)
    await tell(region, NotificationKind.LOGIN_CODE, dedupe_key="k", params={"code": "402871", "minutes": "5"}, phone=PHONE, now=clock.now())
    assert bytes((await Account.find(region.code, account.id)).phone_sealed)[0] == SM4
    assert (await Account.of(region.code, phone_index=phone_index(f"+86 {PHONE}")).get()).phone == PHONE
    told = await Notification.of(region.code, dedupe_key="k").get()
    assert read_params(told)["code"] == "402871" and read_recipient(told) == PHONE
    assert await checks.run(clock.now()) == []


async def test_a_value_that_was_moved_to_another_row_or_column_does_not_open(region: Region) -> None:
    first, second = await a_talent(phone=PHONE), await a_talent(phone="19900004322")
    first.put_id_number(ID_NUMBER)
    await first.save()
    await execute("UPDATE account SET phone_sealed = (SELECT phone_sealed FROM account WHERE id = $2) WHERE id = $1", second.id, first.id)
    await execute("UPDATE account SET id_number_sealed = phone_sealed WHERE id = $1", first.id)
    with pytest.raises(CannotOpen):
        _ = (await Account.find(region.code, second.id)).phone
    with pytest.raises(CannotOpen):
        _ = (await Account.find(region.code, first.id)).id_number
    assert {str(finding.where) for finding in await checks.run(clock.now())} == {f"account {first.id}", f"account {second.id}"}


async def test_an_ids_number_is_found_by_its_index_and_unique(region: Region) -> None:
    account = (await a_talent()).put_id_number(ID_NUMBER)
    await account.save()
    found = await row("SELECT id FROM account WHERE region = $1 AND id_number_index = $2", region.code,
                      keys().blind_index(ID_NUMBER.lower(), "id_number"))
    assert found == {"id": account.id} and (await Account.find(region.code, account.id)).id_number == ID_NUMBER
