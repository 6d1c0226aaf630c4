"""The platform's mailbox 平台邮箱 (WH-40): letters between organisations, with an inbox and an outbox each.

A letter goes from one organisation to one or more, offices or units. Whoever has a role in one of them reads it; what is new is each
person's own. What was sent stays as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Invalid, NotFound, NotPermitted
from config.vocabulary import OrganisationKind, Permission
from models.account import Account
from models.database import execute, new_id, row, rows, transaction
from models.file import File
from models.notice import Mail
from models.organisation import Organisation
from services import audit, files, organisations
from services.actors import Actor
from services.files import Subject, inspection
from services.files.refusals import TooManyFiles
from services.regions import Region
from services.verbs import verb

PAGE = 20
MOST_RECIPIENTS = 300
MOST_FILES = 5
FIELD = "files"


@dataclass(frozen=True)
class Line:
    """One row of a box. ``party``: from whom, or to whom; ``opened`` of ``recipients`` have opened it."""

    id: UUID
    subject: str
    party: str
    sender: str
    sent_at: datetime
    files: int
    unread: bool
    recipients: int
    opened: int


@dataclass(frozen=True)
class Found:
    """One page of a box, and how many there are in all."""

    lines: Sequence[Line]
    total: int


@dataclass(frozen=True)
class Recipient:
    name: str
    opened_at: datetime | None


@dataclass(frozen=True)
class Letter:
    """A letter as it is read. ``recipients``: for those of the office that sent it; whom else it went to is nobody else's to know."""

    mail: Mail
    organisation: str
    sender: str
    files: Sequence[File]
    recipients: Sequence[Recipient]
    sent_by_us: bool


def offices(region: Region, actor: Actor) -> dict[UUID, str]:
    """In whose name the actor may write: id → name."""
    return {grant.organisation_id: grant.organisation_name for grant in actor.grants
            if grant.role in region.profile.roles and Permission.SEND_MAIL in region.profile.roles[grant.role].can}


#: What is new for $2: sent to an organisation of hers since she has her role there, and not opened by herself.
_UNREAD = """
SELECT count(DISTINCT t.mail_id) AS unread
FROM role_grant g JOIN mail_to t ON (t.region, t.organisation_id) = (g.region, g.organisation_id) AND t.sent_at >= g.granted_at
WHERE g.region = $1 AND g.account_id = $2 AND g.ended_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM mail_read r WHERE (r.region, r.mail_id, r.account_id) = (t.region, t.mail_id, $2))
"""


async def unread(region: Region, actor: Actor) -> int:
    found = await row(_UNREAD, region.code, actor.account_id)
    return int(found["unread"]) if found else 0


_INBOX = """
SELECT m.id, m.subject, o.name AS party, a.name AS sender, m.sent_at, 0 AS recipients, 0 AS opened, count(*) OVER () AS total,
       (SELECT count(*) FROM file f WHERE f.region = m.region AND f.subject_id = m.id AND f.removed_at IS NULL) AS files,
       r.account_id IS NULL AND EXISTS (
           SELECT 1 FROM role_grant g JOIN mail_to t ON (t.region, t.organisation_id) = (g.region, g.organisation_id) AND t.sent_at >= g.granted_at
           WHERE (t.region, t.mail_id) = (m.region, m.id) AND g.account_id = $3 AND g.ended_at IS NULL) AS unread
FROM mail m JOIN organisation o ON (o.region, o.id) = (m.region, m.organisation_id) JOIN account a ON (a.region, a.id) = (m.region, m.sender_id)
LEFT JOIN mail_read r ON (r.region, r.mail_id, r.account_id) = (m.region, m.id, $3)
WHERE m.region = $1 AND EXISTS (SELECT 1 FROM mail_to t WHERE (t.region, t.mail_id) = (m.region, m.id) AND t.organisation_id = ANY($2))
  AND position(lower($4) IN lower(m.subject || E'\\n' || o.name)) > 0
ORDER BY m.sent_at DESC, m.id DESC LIMIT $5 OFFSET $6
"""


async def inbox(region: Region, actor: Actor, words: str = "", *, page: int = 1) -> Found:
    """Letters to the actor's organisations, newest first; ``words`` stand in the subject or the sender's name."""
    return _found(await rows(_INBOX, region.code, actor.organisations, actor.account_id, words.strip(), PAGE, (page - 1) * PAGE))


_OUTBOX = """
SELECT m.id, m.subject, t.party, a.name AS sender, m.sent_at, t.recipients, t.opened, false AS unread, count(*) OVER () AS total,
       (SELECT count(*) FROM file f WHERE f.region = m.region AND f.subject_id = m.id AND f.removed_at IS NULL) AS files
FROM mail m JOIN account a ON (a.region, a.id) = (m.region, m.sender_id)
CROSS JOIN LATERAL (
    SELECT min(o.name) AS party, count(*) AS recipients, count(t.opened_at) AS opened, string_agg(o.name, E'\\n') AS names
    FROM mail_to t JOIN organisation o ON (o.region, o.id) = (t.region, t.organisation_id) WHERE (t.region, t.mail_id) = (m.region, m.id)) t
WHERE m.region = $1 AND m.organisation_id = ANY($2) AND position(lower($3) IN lower(m.subject || E'\\n' || t.names)) > 0
ORDER BY m.sent_at DESC, m.id DESC LIMIT $4 OFFSET $5
"""


async def outbox(region: Region, actor: Actor, words: str = "", *, page: int = 1) -> Found:
    """What the offices in whose name the actor may write have sent. Raises :class:`NotPermitted`."""
    if not (own := offices(region, actor)):
        raise NotPermitted
    return _found(await rows(_OUTBOX, region.code, list(own), words.strip(), PAGE, (page - 1) * PAGE))


def _found(found: list[dict[str, Any]]) -> Found:
    return Found([Line(**{name: one[name] for name in Line.__dataclass_fields__}) for one in found], found[0]["total"] if found else 0)


@verb
async def read(region: Region, actor: Actor, id: UUID, now: datetime) -> Letter:
    """A letter from or to an organisation of the actor's; it is no longer unread for her, and opened for its sender. Raises :class:`NotFound`."""
    mail, own = await Mail.find(region.code, id), actor.organisations
    sent_by_us = mail.organisation_id in own
    async with transaction():
        to_us = await rows("SELECT 1 FROM mail_to WHERE region = $1 AND mail_id = $2 AND organisation_id = ANY($3)", region.code, id, own)
        if not (sent_by_us or to_us):
            raise NotFound
        if to_us:
            await _opened(region, actor, id, now)
    account = await Account.find(region.code, mail.sender_id)
    attached = await files.of_subject(region.code, Subject.MAIL, id)
    return Letter(mail, await organisations.name_of(region, mail.organisation_id), account.name, attached,
                  await _recipients(region, id) if sent_by_us else (), sent_by_us)


async def _opened(region: Region, actor: Actor, id: UUID, now: datetime) -> None:
    await execute("INSERT INTO mail_read (region, mail_id, account_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                  region.code, id, actor.account_id, now)
    await execute("UPDATE mail_to SET opened_at = $4, opened_by = $5 WHERE region = $1 AND mail_id = $2 AND organisation_id = ANY($3) "
                  "AND opened_at IS NULL", region.code, id, actor.organisations, now, actor.account_id)


async def _recipients(region: Region, id: UUID) -> list[Recipient]:
    found = await rows("SELECT o.name, t.opened_at FROM mail_to t JOIN organisation o ON (o.region, o.id) = (t.region, t.organisation_id) "
                       "WHERE t.region = $1 AND t.mail_id = $2 ORDER BY o.kind, o.code", region.code, id)
    return [Recipient(one["name"], one["opened_at"]) for one in found]


@dataclass(frozen=True)
class Written:
    """What its author fills in. ``to``: offices; ``units``: full names or credit codes of units; ``organisation``: in whose name, needed where
    the author may write in more than one."""

    subject: str
    body: str
    to: Sequence[UUID] = ()
    units: Sequence[str] = ()
    organisation: UUID | None = None


@dataclass(frozen=True)
class Attached:
    """A file as it came up with the letter."""

    name: str
    data: bytes


@verb
async def send(region: Region, actor: Actor, written: Written, attached: Sequence[Attached], now: datetime) -> Mail:
    """Send a letter, with its files, all or nothing. Raises :class:`NotPermitted`, :class:`Invalid`, ``FileRefused``."""
    sender, to = _sender(region, actor, written.organisation), await _addressed(region, written)
    if len(attached) > MOST_FILES:
        raise TooManyFiles(FIELD, "")
    looked_at = [(one.name, await inspection.inspect(FIELD, one.name, one.data)) for one in attached]
    mail = Mail(region=region.code, id=new_id(), organisation_id=sender, sender_id=actor.account_id, subject=written.subject, sent_at=now)
    mail.put_body(written.body.replace("\r\n", "\n"))
    async with transaction():
        await mail.save(force_create=True)
        await execute("INSERT INTO mail_to (region, mail_id, organisation_id, sent_at) SELECT $1, $2, o, $4 FROM unnest($3::uuid[]) o",
                      region.code, mail.id, list(to), now)
        for name, found in looked_at:
            await files.keep(region, actor, Subject.MAIL, mail.id, FIELD, name, found, now, most=MOST_FILES)
        await audit.record(actor, "mail.send", "mail", mail.id, {"to": list(to.values())}, now)
    return mail


def _sender(region: Region, actor: Actor, chosen: UUID | None) -> UUID:
    own = offices(region, actor)
    if not own:
        raise NotPermitted
    if chosen is None and len(own) == 1:
        return next(iter(own))
    if chosen is None or chosen not in own:
        raise Invalid({"organisation": "请选择以哪个机构的名义发送。"})
    return chosen


async def _addressed(region: Region, written: Written) -> dict[UUID, str]:
    """Id → name, each once. Raises :class:`Invalid` beside the field that names one who is not there."""
    asked = set(written.to)
    found = {one.id: one.name for one in await organisations.every(region) if one.id in asked}
    if found.keys() != asked:
        raise Invalid({"to": "请从给出的选项中选择。"})
    found |= await _units(region, [name for name in dict.fromkeys(one.strip() for one in written.units) if name])
    if not found:
        raise Invalid({"to": "请至少选择一个收件单位。"})
    if len(found) > MOST_RECIPIENTS:
        raise Invalid({"units": f"一封信最多发给 {MOST_RECIPIENTS} 个单位，请分几封发送。"})
    return found


async def _units(region: Region, names: Sequence[str]) -> dict[UUID, str]:
    there = await rows("SELECT id, name, unit_code FROM organisation WHERE region = $1 AND kind = $2 AND state = 'active' "
                       "AND (name = ANY($3) OR unit_code = ANY($3))", region.code, OrganisationKind.UNIT.value, list(names))
    if unknown := [name for name in names if not any(name in (one["name"], one["unit_code"]) for one in there)]:
        raise Invalid({"units": f"没有找到：{'、'.join(unknown[:5])}。请写单位全称或统一社会信用代码，一行一个。"})
    if twins := [name for name in names if sum(name == one["name"] for one in there) > 1]:
        raise Invalid({"units": f"有几个单位都叫：{'、'.join(twins[:5])}。请改写统一社会信用代码。"})
    return {one["id"]: one["name"] for one in there}


@dataclass(frozen=True)
class Answering:
    """How the answer to a letter begins: to whom, an office or a unit, and the subject."""

    to: UUID | None
    unit: str
    subject: str


async def answering(region: Region, actor: Actor, id: UUID, now: datetime) -> Answering:
    """Raises :class:`NotFound`."""
    letter = await read(region, actor, id, now)
    from_office = await Organisation.find(region.code, letter.mail.organisation_id)
    subject = letter.mail.subject if letter.mail.subject.startswith("回复：") else f"回复：{letter.mail.subject}"
    if from_office.kind is OrganisationKind.UNIT:
        return Answering(None, from_office.unit_code or from_office.name, subject)
    return Answering(from_office.id, "", subject)
