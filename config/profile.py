"""What a region may say about itself, whole. How its files are read is in ``loading.py``; its parts are in the modules beside this one.

*Structure* (matters, routes, sections, roles, texts, hours, limits) is kept by version: an open case keeps the version it began under.
*Content* (organisations, catalogue, venues, benefits) is only the first filling of rows that staff edit afterwards.
"""

import re
from datetime import date, time
from decimal import Decimal
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from config.content import Content, District, InformationList, VenueCategory
from config.forms import Honour, Registering, Section, Terms
from config.menu import USUAL, Button
from config.phrases import Phrases
from config.routes import Matter
from config.said import Code, Fact, Members, Said, Span, Spans, Words, WorkingTime
from config.vocabulary import Effect, NotificationKind, Permission

LoginMethod = Literal["password", "sms_code"]


class Calendar(Said):
    """When the region's offices work. National holidays and make-up working days come from the ``holidays`` library."""

    country: str = "CN"
    hours: Spans
    closed: tuple[date, ...] = Field((), description="the region's own days off")
    open: tuple[date, ...] = Field((), description="the region's own extra working days")


class Login(Said):
    methods: tuple[LoginMethod, ...] = Field(min_length=1)
    unit_methods: tuple[LoginMethod, ...] = Field((), description="those of units, where they have not all of them (GL-03)")
    captcha: Literal["always", "after_failures"] = Field("after_failures", description="always: beside every password (WH-02, DZ-02)")
    captcha_after_failures: Fact[int] = Fact(value=3, assumed=True)
    code_minutes: Fact[int] = Fact(value=5, assumed=True)
    reset_by_mail: bool = Field(False, description="whether a forgotten password is set anew by a link to the registered e-mail address")
    log_out: Words = Field("退出登录", description="the word on the button that ends a session (BZ-15: 注销)")

    def methods_of(self, kind: str | None) -> tuple[LoginMethod, ...]:
        """How an account of this kind (``talent``, ``unit`` or ``staff``) may log in; without a kind, every way that anybody may take."""
        if kind is None:
            return tuple(dict.fromkeys((*self.methods, *self.unit_methods)))
        return self.unit_methods if kind == "unit" and self.unit_methods else self.methods


class Level(Said):
    """A level of the card, best first."""

    code: Code
    name: Words


class CardRules(Said):
    """``number``: what a card's number is made of; serials have no gaps and begin anew each year."""

    name: Words
    levels: tuple[Level, ...] = Field(min_length=1)
    valid_years: Fact[int]
    renew_days: Fact[int] = Field(Fact(value=60, assumed=True), description="so many days before its end a card may be applied for again")
    number: str = Field("YC{year}{serial:06d}", pattern=r"^[A-Z0-9-]*\{year\}[A-Z0-9-]*\{serial:0\dd\}$", description="e.g. YC{year}{serial:06d}")


class Role(Said):
    name: Words
    can: Members[Permission]


class Supervision(Said):
    """Who is told how late, and when (WH-65). Working time; one digest a person a day, never at night."""

    due_soon: Fact[WorkingTime] = Field(description="so long before the deadline")
    again_after: Fact[WorkingTime] = Field(description="overdue +n: so long after the deadline the handlers are told again")
    leader_after: Fact[WorkingTime] = Field(description="so long after the deadline the leader is told")
    leader_role: Code
    digest_at: Fact[time] = Field(description="time of the day's digest, in the region's own time")
    watch_role: Code = Field(description="role that sees everything late and may remind by hand")


class WechatText(Said):
    """A subscription message of the mini program; of what is said in the chat, a template message of the official account. ``template``: WeChat's id
    of it; empty while it is not approved: then nobody is told so."""

    template: str = Field("", pattern=r"^[\w-]{0,64}$")
    data: dict[str, Words] = Field(min_length=1, description="the template's fields (thing1, time2 …); placeholders as in the text, and {at}: when")


class Telling(Said):
    """One text. ``{placeholders}`` are the kind's params; the gateway's template has the same ones as variables."""

    text: Words
    channel: Literal["sms", "chat", "none"] = Field(
        "sms", description="none: this turn shows on live pages only; chat: in the official account's chat, never by SMS")
    sms_template: str = Field("", pattern=r"^(SMS_\d+)?$")
    second_template: str = Field("", pattern=r"^(SMS_\d+)?$", description="the same text at the second gateway; empty: it never goes that way")
    wechat: WechatText | None = None

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(re.findall(r"\{(\w+)\}", self.text))


class WechatSending(Said):
    """WeChat first: who consented hears of a turn there, and by SMS when that did not reach her."""

    sms_after_minutes: Fact[int] = Field(Fact(value=30, assumed=True), description="so long WeChat may say nothing, or nobody look")
    sms_when: Literal["undelivered", "unanswered", "unread"] = Field(
        "undelivered", description="undelivered: when WeChat says so, and where it says nothing the office decides; unanswered: also where it says "
                                   "nothing; unread: also when nobody looked. With these two one telling may arrive twice")
    ask_for: tuple[NotificationKind, ...] = Field((), description="what is asked consent for after submitting; at most three templates")


class Sending(Said):
    sms_sign: Words
    second_sign: str = Field("", max_length=20, description="the sign that is registered at the second gateway")
    price: Fact[Decimal] = Field(Fact(value=Decimal("0.045"), assumed=True), description="yuan a part; a part is 70 characters, of a longer text 67")
    hours: Span = Field(description="hours of the day in which SMS may be sent; outside they wait")
    per_number_a_day: Fact[int]
    texts: dict[NotificationKind, Telling]
    wechat: WechatSending | None = None

    def wechat_of(self, kind: NotificationKind) -> WechatText | None:
        """By which template the mini program tells of it, where it does."""
        telling = self.texts.get(kind)
        return telling.wechat if self.wechat and telling and telling.channel == "sms" and telling.wechat and telling.wechat.template else None

    def chat_template(self, kind: NotificationKind) -> WechatText | None:
        """By which template the official account tells of it when the chat is closed, where it does."""
        telling = self.texts.get(kind)
        return telling.wechat if telling and telling.channel == "chat" and telling.wechat and telling.wechat.template else None

    @property
    def in_chat(self) -> bool:
        """Whether staff hear of their day in the official account's chat. A profile that was loaded before there was such a text does not say so."""
        telling = self.texts.get(NotificationKind.DAY_DIGEST)
        return telling is not None and telling.channel == "chat"


class Announcing(Said):
    """Notices and lists of information."""

    content_check: bool = Field(False, description="whether WeChat's content check is asked about what is published to more than staff")


class Profile(Said):
    """One region, whole."""

    code: Code
    name: Words
    scheme: Words
    zone: str = "Asia/Shanghai"
    help_phone: Words
    login: Login
    calendar: Calendar
    card: CardRules
    districts: tuple[District, ...] = Field(min_length=1)
    roles: dict[Code, Role]
    venue_categories: tuple[VenueCategory, ...] = ()
    information: tuple[InformationList, ...] = Field((), description="lists of information that staff keep, in the order of the pages")
    notices: Announcing = Announcing()
    honours: tuple[Honour, ...] = ()
    registration: dict[Literal["person", "unit", "reviewer"], Registering] = Field({}, description="who may register herself, and how")
    terms: Terms | None = None
    person_sections: tuple[Section, ...] = Field((), description="the dossier of a person")
    unit_sections: tuple[Section, ...] = Field((), description="the data of a unit")
    matters: dict[Code, Matter]
    supervision: Supervision
    sending: Sending
    menu: tuple[Button, ...] = Field(USUAL, min_length=1, max_length=3, description="of the region's official account in WeChat")
    offline_pass: Literal["never", "unlimited", "counted_later"] = Field(
        "unlimited", description="day passes admitted without a network: none; where nothing is counted; also where uses are, and counted later")
    undo_seconds: int = Field(60, ge=0, le=300, description="so long a handler may take her act back, and what it tells waits; 0: never")
    phrases: Phrases = Field(Phrases(), description="opinions that everybody has to pick from; of acts that are not named, those of the product")
    content: Content

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def issues_cards(self) -> bool:
        return any(matter.effect is Effect.ISSUE_CARD for matter in self.matters.values())

    @cached_property
    def classifying(self) -> tuple[Code, ...]:
        """The matters at whose end a person may be classified 认定分类 (DZ-06, GL-12)."""
        return tuple(matter.code for matter in self.matters.values() if matter.effect in {Effect.ADMIT_DOSSIER, Effect.RECOGNISE}
                     and any(can.choices for step in matter.route for can in step.can))

    @cached_property
    def classes(self) -> dict[str, str]:
        """What she may be classified as: value → label, in the order of the steps that decide; empty where nobody is."""
        return {value: label for code in self.classifying for step in self.matters[code].route for can in step.can
                for value, label in can.choices.items()}

    def registering(self, matter: str) -> tuple[str, Registering] | None:
        """The kind and the way of registering that this matter reviews."""
        return next(((kind, way) for kind, way in self.registration.items() if way.matter == matter), None)

    def level_name(self, code: str) -> str:
        return next((level.name for level in self.card.levels if level.code == code), code)

    def step_name(self, matter: str, code: str) -> str:
        """Of a step that the profile no longer has, the code: a case keeps the route that it began with."""
        route = self.matters[matter].route if matter in self.matters else ()
        return next((step.name for step in route if step.step == code), code)

    def sections_of(self, kind: str) -> tuple[Section, ...]:
        """The sections that a dossier of this kind (``talent`` or ``unit``) has."""
        return self.unit_sections if kind == "unit" else self.person_sections

    def district_name(self, code: str) -> str:
        return next((district.name for district in self.districts if district.code == code), code)

