"""Everything that the sandbox remembers, in memory: people, codes, messages, calls. One object a sandbox, gone with it."""

import base64
import itertools
import secrets
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from config import clock
from sandbox.faults import Faults
from sandbox.options import Options

KEPT_CALLS: Final = 500
KEPT_MESSAGES: Final = 2000
KEPT_MEDIA: Final = 200
MASKED: Final = frozenset({"secret", "appsecret", "access_token", "session_key", "signature", "accesskeyid", "ticket"})


class Target(StrEnum):
    """What can be called, and can be made to fail."""

    SMS = "sms"
    WECHAT = "wechat"
    SMTP = "smtp"
    RECEIPTS = "receipts"
    CLAMD = "clamd"
    CALLBACK = "callback"  # the other direction: what the sandbox posts to the product's official account


@dataclass(slots=True)
class Person:
    """Somebody with a phone. The two accounts know a person by different openids, joined by the unionid, as in life."""

    openid: str
    name: str
    phone: str = ""
    unionid: str = ""
    mini_openid: str = ""
    snapshot: bool = False  # looks at a preview page: a virtual account

    def __post_init__(self) -> None:
        self.unionid = self.unionid or f"u-{self.openid}"
        self.mini_openid = self.mini_openid or f"m-{self.openid}"

    def openids(self, options: Options) -> set[str]:
        return {self.openid_for(app_id, options) for app_id in options.apps}

    def openid_for(self, app_id: str, options: Options) -> str:
        """One person is somebody else to every account."""
        return {options.mini_app_id: self.mini_openid, options.official_app_id: self.openid}.get(app_id, f"{self.openid}-{app_id}")


class Speaker(StrEnum):
    PERSON = "person"
    ACCOUNT = "account"
    CARD = "card"  # a subscription message
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class ChatLine:
    """``picture``: number of one in ``State.media``. ``choices``: id → words of lines to tap. ``of``: the region whose own account it was said by or
    to; empty: the installation's."""

    openid: str
    speaker: Speaker
    text: str
    at: datetime
    picture: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    of: str = ""


@dataclass(slots=True)
class TextMessage:
    """An SMS in somebody's phone. ``status`` as QuerySendDetails tells it: 1 waiting, 2 failed, 3 delivered."""

    phone: str
    sign: str
    template: str
    text: str
    params: Mapping[str, str]
    out_id: str
    biz_id: str
    sent_at: datetime
    status: int = 1
    err_code: str = ""
    received_at: datetime | None = None
    key_id: str = ""  # of the account that it went out on
    silent: bool = False  # dropped by a fault: accepted, and never heard of again


@dataclass(frozen=True, slots=True)
class SmsTemplate:
    code: str
    text: str  # with ${name} for each parameter
    verification: bool = False
    status: int = 1  # 0 under review, 1 approved, 2 refused


@dataclass(frozen=True, slots=True)
class Mail:
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Board:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Code:
    """A single-use code of wx.login, the phone button or the web login."""

    kind: str
    app_id: str
    person: Person
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Call:
    number: int
    at: datetime
    target: Target
    what: str
    request: Any
    status: int | str
    answer: Any
    fault: str = ""


class State:
    """The memory of one sandbox. ``clock`` is a parameter so that tests may let five minutes pass."""

    def __init__(self, options: Options, now: Callable[[], datetime] = clock.now) -> None:
        self.options, self.now = options, now
        self.faults = Faults()
        self.forget()

    def forget(self) -> None:
        """Empty everything but the options."""
        self.people: dict[str, Person] = {}
        self.boards: list[Board] = []
        self.templates: dict[str, SmsTemplate] = {}
        self.replies = 0
        self.subscriptions: dict[str, list[str]] = {}  # templates of subscription messages → their fields
        self.signs: dict[str, int] = {}
        self.texts: deque[TextMessage] = deque(maxlen=KEPT_MESSAGES)
        self.chat: deque[ChatLine] = deque(maxlen=KEPT_MESSAGES)
        self.mails: deque[Mail] = deque(maxlen=KEPT_MESSAGES)
        self.calls: deque[Call] = deque(maxlen=KEPT_CALLS)
        self.codes: dict[str, Code] = {}
        self.spent_codes: set[str] = set()
        self.tokens: dict[str, tuple[str, datetime]] = {}
        self.former_tokens: list[tuple[str, str, datetime]] = []  # app id, token: replaced, and good for some minutes still
        self.session_keys: dict[str, str] = {}  # openid → the newest key; who has none has not used the mini program
        self.left: set[str] = set()  # who unfollowed the official account
        self.pages: set[str] = set()  # of the released mini program; empty: any
        self.wechat_templates: dict[str, frozenset[str]] = {}  # template → its keys; empty: any
        self.message_numbers: dict[str, int] = {}  # the sender's own number → ours
        self.quota: int | None = None  # calls a minute and path; beyond them 45009
        self._asked: Counter[tuple[str, int]] = Counter()
        self.menus: dict[str, list[dict[str, Any]]] = {}  # app id of an official account → its menu
        self.media: dict[str, bytes] = {}
        self.consents: Counter[tuple[str, str]] = Counter()
        self.windows: dict[str, tuple[datetime, int]] = {}  # openid → until when, how many answers are left
        self.nonces: set[str] = set()
        self.callback_url, self.receipts_url = self.options.callback_url, self.options.receipts_url
        self.flow_control = True
        self.account_region = next(iter(self.options.regions), "")  # where the official account's address leads to
        self.version = 0
        self._numbers = itertools.count(1)
        self.faults.clear()

    def changed(self) -> None:
        """Tell the page that there is something new to show."""
        self.version += 1

    def add_person(self, person: Person) -> Person:
        self.people[person.openid] = person
        self.changed()
        return person

    def person_of(self, openid: str) -> Person | None:
        """By the openid of any account."""
        return self.people.get(openid) or next((person for person in self.people.values() if openid in person.openids(self.options)), None)

    @property
    def menu(self) -> list[dict[str, Any]]:
        """Of the installation's official account."""
        return self.menus.setdefault(self.options.official_app_id, [])

    @menu.setter
    def menu(self, buttons: list[dict[str, Any]]) -> None:
        self.menus[self.options.official_app_id] = buttons

    def say(self, openid: str, speaker: Speaker, text: str, picture: str = "", choices: Mapping[str, str] | None = None, of: str = "") -> None:
        self.chat.append(ChatLine(openid, speaker, text, self.now(), picture, choices or {}, of))
        self.changed()

    def keep_media(self, data: bytes) -> str:
        """A picture by its number, for as long as the sandbox runs."""
        number = secrets.token_urlsafe(32)
        self.media[number] = data
        while len(self.media) > KEPT_MEDIA:
            self.media.pop(next(iter(self.media)))
        return number

    def new_code(self, kind: str, app_id: str, person: Person) -> str:
        """``login``: the person called ``wx.login``, which replaces her session at once, before anybody spends the code."""
        if kind == "login":
            self.session_keys[person.openid_for(app_id, self.options)] = base64.b64encode(secrets.token_bytes(16)).decode()
        code = secrets.token_urlsafe(24)
        self.codes[code] = Code(kind, app_id, person, self.now() + timedelta(seconds=self.options.code_seconds))
        return code

    def spend_code(self, text: str, kind: str, app_id: str) -> Code | int:
        """The code, or the errcode that the real platform gives: 40163 used, 40029 anything else that is wrong with it."""
        if text in self.spent_codes:
            return 40163
        code = self.codes.get(text)
        if code is None or code.kind != kind or code.app_id != app_id or code.ends_at < self.now():
            return 40029
        del self.codes[text]
        self.spent_codes.add(text)
        return code

    def open_window(self, openid: str, span: timedelta, answers: int) -> None:
        """After a message 5 answers within 48 h, after a tap, a scan or a subscription 3 within a minute; a longer one stays."""
        until = self.now() + span
        if openid not in self.windows or self.windows[openid][0] < until:
            self.windows[openid] = until, answers

    def over_quota(self, path: str) -> bool:
        """Count one call; whether it is one too many in this minute."""
        minute = path, int(self.now().timestamp()) // 60
        self._asked[minute] += 1
        return self.quota is not None and self._asked[minute] > self.quota

    def record(self, target: Target, what: str, request: Any, status: int | str, answer: Any, fault: str = "") -> None:
        self.calls.appendleft(Call(next(self._numbers), self.now(), target, what, masked(request), status, masked(answer), fault))
        self.changed()


def masked(value: Any) -> Any:
    """The same structure, its secrets cut to four characters."""
    if isinstance(value, Mapping):
        return {key: _cut(item) if str(key).lower() in MASKED else masked(item) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, list | tuple) else value


def _cut(value: Any) -> str:
    return f"{str(value)[:4]}…"
