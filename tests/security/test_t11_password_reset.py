"""T11, T14: a link by mail sets a password once, and asking for one tells as little as the manual's own sentence allows."""

import asyncio
import contextlib
import statistics
import time
from datetime import datetime, timedelta

import pytest

from config import clock
from config.errors import Invalid
from models.account import Account, AccountState
from models.database import row, rows
from models.notification import Notification
from services import captchas, limits, login, password_reset, regions, security, sessions
from services.captchas import Answer, CaptchaNeeded, CaptchaWrong
from services.codes import Sender
from services.limits import UsedUp
from services.login import LoginWrong
from services.notifications import read_params
from services.password_reset import Forgotten, LinkOver, NoMatch, ResetOff
from services.regions import Region
from tests import builders
from tests.acceptance.desk import picture_says

NEW = "Another-Way-2027"
SENTENCE = "填写的帐号和邮箱不匹配，请核查后重试"


@pytest.fixture
async def offering(region: Region) -> Region:
    """The shipped region, with the way by mail opened."""
    return await offer(region)


async def offer(region: Region) -> Region:
    opened = region.profile.login.model_copy(update={"reset_by_mail": True})
    return await regions.load(region.profile.model_copy(update={"login": opened}), clock.now())


async def with_email(account: Account, address: str = "zhou.min@example.com") -> Account:
    account.put_email(address)
    await account.save(update_fields=["email_sealed", "email_index"])
    return account


def sender(number: int = 1) -> Sender:
    return Sender(f"198.51.100.{number % 250}", f"device-{number}")


async def ask(region: Region, account: str, email: str, *, by: Sender | None = None, now: datetime | None = None) -> None:
    now = now or clock.now()
    challenge = captchas.new_challenge(region.code, now)
    await password_reset.request(region, Forgotten(account, email, Answer(challenge, picture_says(region, challenge))), by or sender(), "phone", now)


async def last_token(region: Region) -> str:
    found = await Notification.of(region.code, kind="password_reset").order_by("-created_at", "-id").first()
    assert found is not None, "no link was mailed"
    return read_params(found)["token"]


async def redeem(region: Region, token: str, password: str = NEW, now: datetime | None = None) -> None:
    await password_reset.redeem(region, token, password, sender(), now or clock.now())


@pytest.mark.req("DZ-10", "T14")
async def test_a_link_sets_a_new_password_once_and_ends_every_session(offering: Region) -> None:
    account = await with_email(await builders.a_talent())
    tokens = [sessions.hash_token(await builders.a_session(account, face)) for face in ("phone", "mini")]
    await ask(offering, account.login_name, "ZHOU.Min@example.com")
    token = await last_token(offering)
    await redeem(offering, token)
    assert [await sessions.resolve(one, offering.code, clock.now()) for one in tokens] == [None, None]
    assert (await login.by_password(offering, account.login_name, NEW, sender(), "phone", clock.now())).account_id == account.id
    with pytest.raises(LoginWrong):
        await login.by_password(offering, account.login_name, builders.PASSWORD, sender(), "phone", clock.now())
    with pytest.raises(LinkOver):
        await redeem(offering, token, "And-Yet-Another-2028")


@pytest.mark.req("DZ-10")
async def test_a_link_is_over_after_an_hour_and_after_a_newer_one(offering: Region) -> None:
    account, now = await with_email(await builders.a_talent()), clock.now()
    await ask(offering, account.login_name, "zhou.min@example.com", now=now)
    older = await last_token(offering)
    await ask(offering, str(account.phone), "zhou.min@example.com", now=now + timedelta(minutes=1))
    newer = await last_token(offering)
    assert older != newer and not await password_reset.is_live(offering, older, now + timedelta(minutes=2))
    with pytest.raises(LinkOver):
        await redeem(offering, older, now=now + timedelta(minutes=2))
    with pytest.raises(LinkOver):
        await redeem(offering, newer, now=now + timedelta(minutes=62))


@pytest.mark.req("DZ-10")
@pytest.mark.parametrize("changed", ["password", "email"])
async def test_a_link_is_over_once_password_or_address_were_changed(offering: Region, changed: str) -> None:
    account = await with_email(await builders.a_talent())
    await ask(offering, account.login_name, "zhou.min@example.com")
    actor, token = await builders.the_actor(account), await last_token(offering)
    if changed == "password":
        await security.change_password(actor, builders.PASSWORD, "Changed-Myself-27", clock.now())
    else:
        challenge = await security.request_email_code(offering, actor, "new@example.com", sender(), clock.now())
        sent = await Notification.of(offering.code, kind="email_code").get()
        given = security.Given(str(challenge), read_params(sent)["code"])
        await security.change_email(actor, "new@example.com", builders.PASSWORD, given, clock.now(), keep=None)
    with pytest.raises(LinkOver):
        await redeem(offering, token)


@pytest.mark.req("DZ-10")
async def test_a_link_of_an_account_that_was_stopped_sets_nothing(offering: Region) -> None:
    account = await with_email(await builders.a_talent())
    await ask(offering, account.login_name, "zhou.min@example.com")
    await Account.of(offering.code, id=account.id).update(state=AccountState.SUSPENDED)
    with pytest.raises(LinkOver):
        await redeem(offering, await last_token(offering))
    assert (await Account.find(offering.code, account.id)).password_hash == builders.password_hash()


@pytest.mark.req("DZ-10")
async def test_a_password_that_is_too_plain_leaves_the_link_as_it_was(offering: Region) -> None:
    account = await with_email(await builders.a_talent())
    await ask(offering, account.login_name, "zhou.min@example.com")
    with pytest.raises(Invalid):
        await redeem(offering, await last_token(offering), "short")
    await redeem(offering, await last_token(offering))


@pytest.mark.req("DZ-10")
@pytest.mark.timeout(180)
async def test_of_many_who_bring_one_link_at_once_one_sets_the_password(offering: Region) -> None:
    account = await with_email(await builders.a_talent())
    await ask(offering, account.login_name, "zhou.min@example.com")
    token = await last_token(offering)
    done = await asyncio.gather(*(redeem(offering, token, f"{NEW}-{number}") for number in range(8)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["LinkOver"] * 7 + ["NoneType"]


@pytest.mark.req("DZ-10")
@pytest.mark.timeout(180)
async def test_of_two_links_asked_for_at_once_one_is_live(offering: Region) -> None:
    account = await with_email(await builders.a_talent())
    names = [account.login_name, str(account.phone)]
    await asyncio.gather(*(ask(offering, name, "zhou.min@example.com", by=sender(number)) for number, name in enumerate(names)))
    live = await rows("SELECT 1 FROM password_reset WHERE used_at IS NULL")
    assert len(live) == 1


@pytest.mark.req("T14")
async def test_no_row_holds_a_token_that_could_be_used(offering: Region) -> None:
    account = await with_email(await builders.a_talent())
    await ask(offering, account.login_name, "zhou.min@example.com")
    token = await last_token(offering)
    tables = ("password_reset", "notification", "audit", "limit_use")
    lines = [await row(f"SELECT string_agg(t::text, ' ') AS all FROM {table} t") for table in tables]
    assert len(token) == 43 and not any(token in str(line) or token.encode().hex() in str(line) for line in lines)


@pytest.mark.req("DZ-10", "T11")
@pytest.mark.parametrize("wrong", ["account", "email", "other", "suspended"])
async def test_a_pair_that_nobody_has_is_told_in_the_manuals_words(offering: Region, wrong: str) -> None:
    account = await with_email(await builders.a_talent(suspended=wrong == "suspended"))
    await with_email(await builders.a_talent(), "other@example.com")
    name = "nobody" if wrong == "account" else account.login_name
    address = {"email": "nobody@example.com", "other": "other@example.com"}.get(wrong, "zhou.min@example.com")
    with pytest.raises(NoMatch) as refused:
        await ask(offering, name, address)
    assert refused.value.fields == {"email": SENTENCE} and not await Notification.of(offering.code).exists()


@pytest.mark.req("T11")
async def test_a_right_pair_takes_as_long_as_a_wrong_one(offering: Region) -> None:
    async def seconds(name: str, index: int) -> float:
        began = time.perf_counter()
        with contextlib.suppress(NoMatch):
            await ask(offering, name, f"person{index}@example.com", by=sender(index))
        return time.perf_counter() - began

    known = [(await with_email(await builders.a_talent(), f"person{index}@example.com")).login_name for index in range(7)]
    here = statistics.median([await seconds(name, index) for index, name in enumerate(known)])
    nowhere = statistics.median([await seconds(f"nobody{index}", 10 + index) for index in range(7)])
    assert 0.8 < here / nowhere < 1.25


@pytest.mark.req("T11", "T12")
async def test_guessing_the_address_of_an_account_ends_after_three_tries_from_wherever(offering: Region) -> None:
    account, told = await with_email(await builders.a_talent()), []
    for number in range(6):
        try:
            await ask(offering, account.login_name, f"guess{number}@example.com", by=sender(number))
        except (NoMatch, UsedUp) as refused:
            told.append(refused.code)
    assert told == ["reset_no_match"] * 3 + ["too_many"] * 3
    with pytest.raises(UsedUp):  # the right pair is told the same, so nothing is learnt by going on
        await ask(offering, account.login_name, "zhou.min@example.com", by=sender(99))


@pytest.mark.req("T11")
async def test_one_sender_does_not_go_through_many_accounts(offering: Region) -> None:
    allowed = next(one.times for one in password_reset.allowances("", "", Sender("198.51.100.7")) if one.what == "reset-sender")
    refused = 0
    for number in range(allowed + 5):
        try:
            await ask(offering, f"nobody{number}", f"nobody{number}@example.com", by=Sender("198.51.100.7"))
        except UsedUp:
            refused += 1
        except NoMatch:
            pass
    assert refused == 5


@pytest.mark.req("DZ-10")
async def test_without_the_right_picture_nothing_is_looked_up(offering: Region) -> None:
    account = await with_email(await builders.a_talent())
    for captcha, refusal in ((None, CaptchaNeeded), (Answer(captchas.new_challenge(offering.code, clock.now()), "????"), CaptchaWrong)):
        with pytest.raises(refusal):
            await password_reset.request(offering, Forgotten(account.login_name, "zhou.min@example.com", captcha), sender(), "phone", clock.now())
    used = [await limits.used(offering.code, one, clock.now()) for one in password_reset.allowances(account.login_name, "", sender())]
    assert set(used) == {0} and not await Notification.of(offering.code).exists()


@pytest.mark.req("DZ-10", "T12")
async def test_who_was_locked_out_by_wrong_passwords_comes_in_with_the_new_one(offering: Region) -> None:
    account, now = await with_email(await builders.a_talent()), clock.now()
    for number in range(login.CHECKS):
        challenge = captchas.new_challenge(offering.code, now)
        with pytest.raises(LoginWrong):
            await login.by_password(offering, account.login_name, f"Guess-Number-{number}", sender(number), "phone", now,
                                    Answer(challenge, picture_says(offering, challenge)))
    await ask(offering, account.login_name, "zhou.min@example.com")
    await redeem(offering, await last_token(offering))
    assert (await login.by_password(offering, account.login_name, NEW, sender(77), "phone", now)).account_id == account.id


@pytest.mark.req("DZ-10")
async def test_where_the_profile_does_not_offer_it_no_link_is_made_or_taken(region: Region) -> None:
    account = await with_email(await builders.a_talent())
    with pytest.raises(ResetOff):
        await ask(region, account.login_name, "zhou.min@example.com")
    opened = await offer(region)
    await ask(opened, account.login_name, "zhou.min@example.com")
    with pytest.raises(ResetOff):
        await redeem(region, await last_token(region))
