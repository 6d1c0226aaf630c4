"""Mail against the sandbox's server over the wire: what each answer makes of a row, and what a letter looks like when it arrives."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from config.errors import Invalid
from config.settings import Settings
from config.vocabulary import NotificationKind
from models.database import execute
from models.notification import Delivery, Notification
from sandbox.embedded import Sandbox, running_sandbox
from services import delivery, mail
from services.mail import Letter, MailServer
from services.notifications import tell
from services.regions import Region
from sms.errors import Misconfigured, Rejected, Throttled
from tests import builders

NIGHT = datetime.fromisoformat("2026-11-23T23:30:00+08:00")
ADDRESS = "zhou.min@example.com"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running_sandbox() as running:
        yield running


def server(sandbox: Sandbox, **changes: object) -> MailServer:
    """As development wires it, but it waits half a second only."""
    made = MailServer.from_settings(Settings(smtp_url=sandbox.smtp_url, smtp_starttls=False, smtp_from="noreply@greenlane.example"))
    return MailServer(**{**vars(made), "seconds": 0.5, **changes})


async def a_row(region: Region, kind: NotificationKind = NotificationKind.EMAIL_CODE, **params: str) -> UUID:
    key = str(uuid4())
    said = {"code": "402871", "minutes": "5"} if kind is NotificationKind.EMAIL_CODE else params
    await tell(region, kind, dedupe_key=key, params=said, email=ADDRESS, now=NIGHT, expires_at=NIGHT + timedelta(hours=1))
    return (await Notification.of(region.code, dedupe_key=key).get()).id


async def state_of(region: Region, id: UUID) -> tuple[Delivery, str]:
    found = await Notification.find(region.code, id)
    return found.state, found.provider_code


def a_letter(**changes: str) -> Letter:
    return Letter(**{"id": str(uuid4()), "to": ADDRESS, "sender": "人才服务绿色通道", "subject": "邮箱验证码", "text": "您好\n.\n再见",
                     "html": "<p>您好</p>", "at": NIGHT, **changes})


async def test_a_letter_goes_out_once_also_at_night_and_nothing_is_asked_afterwards(region: Region, sandbox: Sandbox) -> None:
    id = await a_row(region)
    assert [await delivery.drain_mail(server(sandbox), NIGHT) for _ in range(3)] == [1, 0, 0]
    assert (await state_of(region, id))[0] is Delivery.ACCEPTED
    assert await delivery.settle(_no_sms, NIGHT + timedelta(days=30)) == 0
    arrived, = sandbox.state.mails
    assert arrived.recipients == (ADDRESS,) and "402871" in arrived.text and arrived.subject.startswith("邮箱验证码")


_no_sms: object = object()


async def test_sms_and_mail_do_not_take_each_others_rows(region: Region, sandbox: Sandbox) -> None:
    talent = await builders.a_talent()
    await tell(region, NotificationKind.LOGIN_CODE, dedupe_key="sms", params={"code": "1", "minutes": "5"}, account_id=talent.id, now=NIGHT)
    assert await delivery.drain_mail(server(sandbox), NIGHT) == 0
    await a_row(region)
    await execute("UPDATE notification SET state = 'dropped' WHERE channel = 'sms'")
    assert await delivery.drain(_no_sms, NIGHT) == 0


@pytest.mark.parametrize(("code", "state"), [("451", Delivery.PENDING), ("552", Delivery.FAILED)])
async def test_a_server_that_says_later_is_asked_again_and_one_that_says_no_is_not(
        region: Region, sandbox: Sandbox, code: str, state: Delivery) -> None:
    id = await a_row(region)
    sandbox.break_down("smtp", "error", code=code, times=1)
    await delivery.drain_mail(server(sandbox), NIGHT)
    assert await state_of(region, id) == (state, code)
    await delivery.drain_mail(server(sandbox), NIGHT + timedelta(seconds=mail.AGAIN_SECONDS))
    assert len(sandbox.state.mails) == (1 if state is Delivery.PENDING else 0)


@pytest.mark.parametrize("fault", ["accept_then_cut", "accept_then_hang"])
async def test_r05_a_letter_without_an_answer_is_never_sent_again_by_itself(region: Region, sandbox: Sandbox, fault: str) -> None:
    id = await a_row(region)
    sandbox.break_down("smtp", fault, times=1, seconds=1)
    await delivery.drain_mail(server(sandbox), NIGHT)
    assert (await state_of(region, id))[0] is Delivery.UNKNOWN
    await delivery.settle(_no_sms, NIGHT + timedelta(minutes=1))
    await delivery.drain_mail(server(sandbox), NIGHT + timedelta(minutes=2))
    assert await state_of(region, id) == (Delivery.FAILED, "no_answer") and len(sandbox.state.mails) <= 1


async def test_a_server_that_is_away_is_tried_again_until_the_letter_is_of_no_use(region: Region, sandbox: Sandbox) -> None:
    id = await a_row(region)
    away = server(sandbox, port=1)
    await delivery.drain_mail(away, NIGHT)
    assert await state_of(region, id) == (Delivery.PENDING, "SMTPConnectError")
    await delivery.drain_mail(server(sandbox), NIGHT + timedelta(hours=1))
    assert await state_of(region, id) == (Delivery.DROPPED, "expired") and not sandbox.state.mails


async def test_without_starttls_where_it_is_asked_for_nothing_is_sent(sandbox: Sandbox) -> None:
    with pytest.raises(Misconfigured):
        await server(sandbox, starttls=True).send(a_letter())
    assert not sandbox.state.mails


async def test_over_tls_a_server_that_speaks_none_gets_nothing(sandbox: Sandbox) -> None:
    with pytest.raises((Misconfigured, Throttled)):
        await server(sandbox, tls=True).send(a_letter())
    assert not sandbox.state.mails


async def test_without_a_server_every_letter_says_so() -> None:
    with pytest.raises(Misconfigured) as refused:
        await MailServer.from_settings(Settings(smtp_url="")).send(a_letter())
    assert refused.value.code == "not_configured"


def test_a_url_says_how_the_way_is_encrypted_and_a_password_may_hold_anything() -> None:
    tls = MailServer.from_settings(Settings(smtp_url="smtps://clerk%40example.com:p%2Fw%40d@mail.example.com", smtp_from="a@example.com"))
    assert (tls.port, tls.tls, tls.starttls, tls.user, tls.password) == (465, True, False, "clerk@example.com", "p/w@d")
    assert "p/w@d" not in repr(tls)
    plain = MailServer.from_settings(Settings(smtp_url="smtp://mail.example.com", smtp_from="a@example.com"))
    assert (plain.port, plain.tls, plain.starttls) == (587, False, True)


@pytest.mark.parametrize("changes", [{"to": "a@example.com\r\nBcc: b@example.com"}, {"subject": "您好\r\nBcc: b@example.com"},
                                     {"sender": "人才\nBcc: b@example.com"}, {"to": "nobody"}])
async def test_no_header_can_be_smuggled_in(sandbox: Sandbox, changes: dict[str, str]) -> None:
    with pytest.raises(Rejected):
        await server(sandbox).send(a_letter(**changes))
    assert not sandbox.state.mails


async def test_a_letter_arrives_as_it_was_written_in_text_and_html(sandbox: Sandbox) -> None:
    await server(sandbox).send(a_letter())
    assert sandbox.state.mails[0].text.replace("\r\n", "\n") == "您好\n.\n再见\n"
    made = mail.compose(a_letter(), "noreply@greenlane.example")
    assert [part.get_content_type() for part in made.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert {part.get_content_charset() for part in made.walk()} == {None, "utf-8"}
    assert made["From"].addresses[0].display_name == "人才服务绿色通道"


@pytest.mark.parametrize(("typed", "kept"), [(" Zhou.Min@Example.COM ", ADDRESS), ("a@测试.com", "a@xn--0zwm56d.com")])
def test_an_address_has_one_spelling(typed: str, kept: str) -> None:
    assert mail.address(typed) == kept


@pytest.mark.parametrize("typed", ["", "a@b", "名@example.com", "a@example.com,b@example.com", "<a@example.com>", "a@example.com\r\nBcc: x@y.com",
                                   "x" * 300 + "@example.com"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        mail.address(typed)
