"""Mail: the one spelling of an address, what a letter says, and the way to the mail server (DZ-10).

A letter is a notification row first, like an SMS; the worker delivers it (``services.delivery``). A mail server has no records that one could
ask: what it took is *accepted* for good, and a letter without an answer is not sent again by itself. Errors are those of ``sms.errors``, in the
same sense.
"""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)
from email_validator import EmailNotValidError, validate_email
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from config.errors import Invalid
from config.settings import Settings, settings
from models.notification import Notification
from services.notifications import read_params
from services.regions import Region
from sms.errors import Misconfigured, Rejected, SmsError, Throttled, Unclear
from sms.gateway import Accepted

LONGEST = 254
#: For each answer of the server, and for all of them that come before the words: together well within a lease of the worker.
ANSWER_SECONDS, OPEN_SECONDS = 8.0, 30.0
#: Until a server that is away, or puts strangers off at first (grey-listing), is tried again.
AGAIN_SECONDS = 60
#: Where ``smtp_url`` names no port: submission over TLS, and with STARTTLS.
PORTS = {"smtps": 465, "smtp": 587}


def address(text: str, name: str = "email") -> str:
    """The e-mail address in its one spelling, all small, its domain in ASCII. Raises :class:`Invalid` beside the field ``name``."""
    try:
        if len(text) > LONGEST:
            raise EmailNotValidError
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=not settings().in_production)
    except EmailNotValidError:
        raise Invalid({name: "请填写正确的电子邮箱，例如 name@example.com。"}) from None
    return (found.ascii_email or found.normalized).lower()


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person. Address and words stay out of ``repr``, and so out of logs and tracebacks. ``id`` is our own."""

    id: str
    to: str = field(repr=False)
    sender: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    at: datetime


class Post(Protocol):
    """The way to a mail server. Raises what an ``SmsGateway`` raises, and does not repeat a letter on its own."""

    async def send(self, letter: Letter) -> Accepted:
        """Hand over one letter. :class:`Unclear` only when its words were on the way and no answer came."""
        ...


def letter(region: Region, message: Notification, to: str, now: datetime) -> Letter:
    """What a notification row says as a letter; its templates are ``mails/{kind}.txt``, whose first line is the subject, and ``.html``."""
    seen = {**read_params(message), "region": region, "site": settings().public_url}
    subject, _, text = _templates().get_template(f"{message.kind.value}.txt").render(seen).partition("\n")
    html = _templates().get_template(f"{message.kind.value}.html").render(seen, subject=subject)
    return Letter(str(message.id), to, region.scheme, subject, text.lstrip("\n"), html, now)


def compose(letter: Letter, sender: str) -> EmailMessage:
    """The letter as it goes over the wire, from the address ``sender``. A header with a line break in it is refused with ``ValueError``."""
    made = EmailMessage(policy=policy.SMTP)
    made["From"] = Address(letter.sender, addr_spec=sender)
    made["To"] = Address(addr_spec=letter.to)
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(letter.at)
    made["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # holiday answers stay away (RFC 3834)
    made.set_content(letter.text)
    made.add_alternative(letter.html, subtype="html")
    return made


@dataclass(frozen=True)
class MailServer:
    """The :class:`Post` of the product. ``sender``: the address that letters come from. One connection a letter: they are few."""

    host: str
    port: int
    sender: str
    tls: bool = False
    starttls: bool = True
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    seconds: float = ANSWER_SECONDS

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """As ``smtp_url`` says; without one every letter is :class:`Misconfigured`."""
        url = urlsplit(settings.smtp_url)
        tls = url.scheme == "smtps"
        return cls(url.hostname or "", url.port or PORTS.get(url.scheme, 25), settings.smtp_from, tls, settings.smtp_starttls and not tls,
                   unquote(url.username) if url.username else None, unquote(url.password) if url.password else None)

    async def send(self, letter: Letter) -> Accepted:
        """As :meth:`Post.send`. A server that shows a wrong certificate, or no STARTTLS where it is asked for, gets nothing."""
        if not self.host or not self.sender:
            raise Misconfigured("not_configured")
        try:
            content = compose(letter, self.sender).as_bytes()
        except (ValueError, IndexError):  # the library's own word would repeat the address
            raise Rejected("address") from None
        client = self._client()
        try:
            await self._open(client, letter.to)
            await _hand_over(client, content)
            with contextlib.suppress(SMTPException, OSError):  # it has the letter; how we part changes nothing
                await client.quit()
        finally:
            client.close()
        return Accepted(letter.id)

    async def greet(self) -> None:
        """Connect, log in and part, without a letter. Raises as :meth:`send` does."""
        if not self.host or not self.sender:
            raise Misconfigured("not_configured")
        client = self._client()
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await client.connect()
                await client.quit()
        except (SMTPException, OSError) as error:
            raise _translate(error) from None
        finally:
            client.close()

    def _client(self) -> SMTP:
        """``local_hostname`` is given, else the library would look this machine's name up and wait for it."""
        return SMTP(hostname=self.host, port=self.port, use_tls=self.tls, start_tls=self.starttls, username=self.user, password=self.password,
                    timeout=self.seconds, local_hostname=self.sender.rpartition("@")[2])

    async def _open(self, client: SMTP, to: str) -> None:
        """All that goes before the words: whatever fails here, nothing was sent."""
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await client.connect()
                await client.mail(self.sender)
                await client.rcpt(to)
        except (SMTPException, OSError) as error:
            raise _translate(error) from None


async def _hand_over(client: SMTP, content: bytes) -> None:
    try:
        await client.data(content)
    except SMTPDataError as error:
        raise _translate(error) from None
    except (SMTPException, OSError) as error:
        raise Unclear(type(error).__name__) from None


def _translate(error: Exception) -> SmsError:
    """What the server's refusal means; its words repeat addresses and are dropped."""
    if isinstance(error, SMTPAuthenticationError) or isinstance(error.__cause__ or error, ssl.SSLError):
        return Misconfigured(type(error).__name__)
    if isinstance(error, SMTPResponseException):
        return Throttled(str(error.code), AGAIN_SECONDS) if 400 <= error.code < 500 else _refused(error)
    if isinstance(error, (SMTPConnectError, SMTPServerDisconnected, SMTPTimeoutError, OSError)):
        return Throttled(type(error).__name__, AGAIN_SECONDS)
    return Misconfigured(type(error).__name__)  # no STARTTLS, no way to log in


def _refused(error: SMTPResponseException) -> SmsError:
    """For good: this address or these words; or, where it is our address or our host, everything."""
    ours = not isinstance(error, (aiosmtplib.SMTPRecipientRefused, SMTPDataError))
    return Misconfigured(str(error.code)) if ours else Rejected(str(error.code))


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(Path(__file__).parent / "mails"), autoescape=select_autoescape(["html"]), undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)
