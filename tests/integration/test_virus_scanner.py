"""The virus scanner: what it finds is not kept; what it has not seen is read by nobody; without one nothing is asked of anybody."""

from collections.abc import AsyncIterator

import httpx
import pytest

from config import clock
from config.keys import keys
from config.settings import Settings, settings
from models.account import Account
from models.database import row, rows
from models.file import File
from sandbox.clamd import EICAR
from sandbox.embedded import Sandbox, running_sandbox
from services import checks, files, verbs
from services.files import Subject, scanning, shelf
from services.files.refusals import Destroyed, Heic, Infected, ScannerAway, Waiting
from services.regions import Region
from tests import builders
from tests.foreign_files import a_pdf, a_picture
from web.doctor import Trouble, machine

pytestmark = [pytest.mark.req("T27")]
INFECTED = a_picture() + EICAR


@pytest.fixture
async def scanner(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """A scanner, and the product as the office sets it up with one."""
    async with running_sandbox() as sandbox:
        monkeypatch.setenv("GREENLANE_CLAMD_URL", sandbox.clamd_url)
        settings.cache_clear()
        yield sandbox
    monkeypatch.undo()
    settings.cache_clear()


def away(monkeypatch: pytest.MonkeyPatch, then: str) -> None:
    monkeypatch.setenv("GREENLANE_CLAMD_URL", "unix:///nowhere/clamd.ctl")
    monkeypatch.setenv("GREENLANE_CLAMD_AWAY", then)
    settings.cache_clear()


async def upload(region: Region, owner: Account, data: bytes, name: str = "学位证.jpg") -> File:
    return await files.put(region, await builders.the_actor(owner), Subject.ACCOUNT, owner.id, "degree", name, data, clock.now())


async def noted(act: str) -> list[str]:
    """What the audit says of it; the line may come a moment after the answer."""
    await verbs.drained(30)
    return [one["found"] for one in await rows("SELECT detail ->> 'found' AS found FROM audit WHERE act = $1", act)]


async def test_what_is_infected_is_not_kept_and_the_audit_knows(region: Region, scanner: Sandbox) -> None:
    owner = await builders.a_talent()
    with pytest.raises(Infected) as refused:
        await upload(region, owner, INFECTED)
    assert refused.value.fields == {"degree": f"学位证.jpg：{Infected.__doc__}"} and "Eicar" not in refused.value.text
    assert await noted("file.infected") == ["Eicar-Test-Signature"]
    assert await rows("SELECT 1 FROM file") == []


@pytest.mark.parametrize("data", [a_picture(), a_pdf(), a_picture("PNG", (1800, 1800))])
async def test_what_is_clean_is_kept_and_was_shown_whole(region: Region, scanner: Sandbox, data: bytes) -> None:
    kept = await upload(region, await builders.a_talent(), data)
    assert kept.held_at is None and await files.content(kept)
    assert [call.answer for call in scanner.state.calls if call.target == "clamd"] == ["stream: OK"]


@pytest.mark.parametrize("kind", ["error", "cut", "hang"])
async def test_a_scanner_that_fails_lets_nothing_pass(region: Region, scanner: Sandbox, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(scanning, "SECONDS", 2)
    scanner.break_down("clamd", kind, seconds=30)
    with pytest.raises(ScannerAway):
        await upload(region, await builders.a_talent(), a_picture())
    assert await rows("SELECT 1 FROM file") == []


async def test_while_the_scanner_is_away_files_are_held_where_the_office_wants_it(
        region: Region, scanner: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await builders.a_talent()
    away(monkeypatch, "refuse")
    with pytest.raises(ScannerAway):
        await upload(region, owner, a_picture())
    away(monkeypatch, "hold")
    clean, infected = await upload(region, owner, a_picture()), await upload(region, owner, a_pdf())
    for one in (clean, infected):
        with pytest.raises(Waiting):
            await files.download(region, await builders.the_actor(owner), one.id, clock.now())
    assert await scanning.release(clock.now()) == 0  # it is still away
    monkeypatch.setenv("GREENLANE_CLAMD_URL", scanner.clamd_url)
    settings.cache_clear()
    await shelf.put(infected.key, _sealed(infected, EICAR))  # re-encoding has no place where a virus would survive: put one there
    assert await scanning.release(clock.now()) == 2 and await scanning.release(clock.now()) == 0
    assert (await files.download(region, await builders.the_actor(owner), clean.id, clock.now())).data
    with pytest.raises(Destroyed):
        await files.download(region, await builders.the_actor(owner), infected.id, clock.now())
    assert not await shelf.has(infected.key) and await noted("file.infected") == ["Eicar-Test-Signature"]
    assert [one for one in await checks.of_files(clock.now()) if infected.key in one.where or clean.key in one.where] == []


def _sealed(file: File, data: bytes) -> bytes:
    return keys().seal_bytes(data, file.region, "file", "content", str(file.id))


async def test_without_a_scanner_nothing_is_asked(region: Region) -> None:
    assert settings().clamd_url == ""
    kept = await upload(region, await builders.a_talent(), INFECTED)
    assert EICAR not in await files.content(kept)  # a picture is encoded anew in any case


async def test_doctor_and_readiness_say_how_it_is(
        client: httpx.AsyncClient, scanner: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await client.get("/readyz")).json()["scanner"] == "off"  # the served product was set up without one
    assert await machine._scanner(Settings()) == "应答正常"
    away(monkeypatch, "hold")
    with pytest.raises(Trouble, match="暂存"):
        await machine._scanner(settings())
    assert "不查病毒" in await machine._scanner(Settings(clamd_url=""))


@pytest.mark.parametrize("url", ["localhost:3310", "tcp://localhost", "http://x:1", "unix:relative"])
def test_an_address_that_is_none_stops_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="clamd_url"):
        Settings(clamd_url=url)


async def test_a_photo_that_only_a_phone_can_open_is_refused_with_what_to_do(region: Region) -> None:
    with pytest.raises(Heic, match="兼容性最佳"):
        await upload(region, await builders.a_talent(), b"\0\0\0\x18ftypheic" + bytes(2000), "IMG_0001.HEIC")


async def test_a_file_without_bytes_and_bytes_without_a_file_are_found(region: Region) -> None:
    owner = await builders.a_talent()
    kept, robbed = await upload(region, owner, a_picture()), await upload(region, owner, a_pdf())
    await shelf.discard(robbed.key)
    stray = shelf.key_for(region.code, owner.id, clock.now())
    await shelf.put(stray, b"x")
    now, later = clock.now(), clock.now() + 2 * files.keeping.UNDER_WAY
    ours = {robbed.key, stray, kept.key}
    assert {one.invariant for one in await checks.of_files(now) if one.where.split()[1] in ours} == {checks.FILE_HAS_BYTES}
    found = {one.where.split()[1]: one.invariant for one in await checks.of_files(later) if one.where.split()[1] in ours}
    assert found == {robbed.key: checks.FILE_HAS_BYTES, stray: checks.BYTES_HAVE_FILE}
    await shelf.discard(stray)
    assert (await row("SELECT count(*) AS files FROM file"))["files"] == 2  # it only looks
