"""The platform's mailbox 平台邮箱 (WH-40): the boxes of letters between organisations, and reading them. Writing is in ``services/letters.py``.

A letter goes from one organisation to one or more, offices or units. Whoever has a role in one of them reads it; what is new, and what was put
away, is each person's own. What was sent stays as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import NotFound, NotPermitted
from config.vocabulary import Permission
from models.account import Account
from models.database import execute, row, rows, transaction
from models.file import File
from models.notice import Mail
from services import files, live, organisations
from services.actors import Actor
from services.files import Subject
from services.regions import Region
from services.verbs import verb

PAGE = 20
#: What open pages hear when a letter came, or was opened or put away elsewhere.
EVENT = "mail"


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
    """``opened_at``: when somebody there opened it first, and ``opened_by`` who that was."""

    name: str
    opened_at: datetime | None
    opened_by: str


@dataclass(frozen=True)
class Related:
    """Another letter that this one answers, or that answers it."""

    id: UUID
    subject: str
    organisation: str
    sent_at: datetime


@dataclass(frozen=True)
class Letter:
    """A letter as it is read. ``recipients``: for those of the office that sent it; whom else it went to is nobody else's to know.

    ``answers``: the letter that it answers; ``answered``: what answers it, as far as the reader may read that.
    """

    mail: Mail
    organisation: str
    sender: str
    files: Sequence[File]
    recipients: Sequence[Recipient]
    sent_by_us: bool
    sent_to_us: bool
    away: bool
    answers: Related | None
    answered: Sequence[Related]


def offices(region: Region, actor: Actor) -> dict[UUID, str]:
    """In whose name the actor may write: id → name."""
    return {grant.organisation_id: grant.organisation_name for grant in actor.grants
            if grant.role in region.profile.roles and Permission.SEND_MAIL in region.profile.roles[grant.role].can}


#: What is new for $2: sent to an organisation of hers since she has her role there, and neither opened nor put away by herself.
_UNREAD = """
SELECT count(DISTINCT t.mail_id) AS unread
FROM role_grant g JOIN mail_to t ON (t.region, t.organisation_id) = (g.region, g.organisation_id) AND t.sent_at >= g.granted_at
WHERE g.region = $1 AND g.account_id = $2 AND g.ended_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM mail_read r WHERE (r.region, r.mail_id, r.account_id) = (t.region, t.mail_id, $2))
  AND NOT EXISTS (SELECT 1 FROM mail_away w WHERE (w.region, w.mail_id, w.account_id) = (t.region, t.mail_id, $2))
"""


async def unread(region: Region, actor: Actor) -> int:
    found = await row(_UNREAD, region.code, actor.account_id)
    return int(found["unread"]) if found else 0


#: What is found of a letter by words: subject, the other side, the sender, and names of files. The body is sealed.
_FILES = "(SELECT string_agg(f.name, E'\\n') FROM file f WHERE f.region = m.region AND f.subject = 'mail' AND f.subject_id = m.id)"
_COUNTED = "(SELECT count(*) FROM file f WHERE f.region = m.region AND f.subject = 'mail' AND f.subject_id = m.id AND f.removed_at IS NULL) AS files"
_AWAY = "EXISTS (SELECT 1 FROM mail_away w WHERE (w.region, w.mail_id, w.account_id) = (m.region, m.id, $3))"
#: Whether it is new for her, $3.
_IS_NEW = """r.account_id IS NULL AND EXISTS (
           SELECT 1 FROM role_grant g JOIN mail_to t ON (t.region, t.organisation_id) = (g.region, g.organisation_id) AND t.sent_at >= g.granted_at
           WHERE (t.region, t.mail_id) = (m.region, m.id) AND g.account_id = $3 AND g.ended_at IS NULL)"""
_INBOX = " ".join((
    "SELECT m.id, m.subject, o.name AS party, a.name AS sender, m.sent_at, 0 AS recipients, 0 AS opened, count(*) OVER () AS total,", _COUNTED, ",",
    _IS_NEW, """AS unread
FROM mail m JOIN organisation o ON (o.region, o.id) = (m.region, m.organisation_id) JOIN account a ON (a.region, a.id) = (m.region, m.sender_id)
LEFT JOIN mail_read r ON (r.region, r.mail_id, r.account_id) = (m.region, m.id, $3)
WHERE m.region = $1 AND EXISTS (SELECT 1 FROM mail_to t WHERE (t.region, t.mail_id) = (m.region, m.id) AND t.organisation_id = ANY($2)) AND NOT""",
    _AWAY, "AND position(lower($4) IN lower(concat_ws(E'\\n', m.subject, o.name, a.name,", _FILES, "))) > 0 AND (NOT $7 OR", _IS_NEW, """)
ORDER BY m.sent_at DESC, m.id DESC LIMIT $5 OFFSET $6"""))


async def inbox(region: Region, actor: Actor, words: str = "", *, new: bool = False, page: int = 1) -> Found:
    """Letters to the actor's organisations, newest first; ``words`` stand in subject, sender or a file's name. ``new``: only what is unread."""
    return _found(await rows(_INBOX, region.code, actor.organisations, actor.account_id, words.strip(), PAGE, (page - 1) * PAGE, new))


_TO = """CROSS JOIN LATERAL (
    SELECT min(o.name) AS party, count(*) AS recipients, count(t.opened_at) AS opened, string_agg(o.name, E'\\n') AS names
    FROM mail_to t JOIN organisation o ON (o.region, o.id) = (t.region, t.organisation_id) WHERE (t.region, t.mail_id) = (m.region, m.id)) t"""
_OUTBOX = " ".join((
    "SELECT m.id, m.subject, t.party, a.name AS sender, m.sent_at, t.recipients, t.opened, false AS unread, count(*) OVER () AS total,", _COUNTED,
    "FROM mail m JOIN account a ON (a.region, a.id) = (m.region, m.sender_id)", _TO,
    "WHERE m.region = $1 AND m.organisation_id = ANY($2) AND NOT", _AWAY,
    "AND position(lower($4) IN lower(concat_ws(E'\\n', m.subject, t.names, a.name,", _FILES, "))) > 0",
    "ORDER BY m.sent_at DESC, m.id DESC LIMIT $5 OFFSET $6"))


async def outbox(region: Region, actor: Actor, words: str = "", *, page: int = 1) -> Found:
    """What the offices in whose name the actor may write have sent. Raises :class:`NotPermitted`."""
    if not (own := offices(region, actor)):
        raise NotPermitted
    return _found(await rows(_OUTBOX, region.code, list(own), actor.account_id, words.strip(), PAGE, (page - 1) * PAGE))


_PUT_AWAY = " ".join((
    "SELECT m.id, m.subject, o.name AS party, a.name AS sender, m.sent_at, 0 AS recipients, 0 AS opened, false AS unread, count(*) OVER () AS total,",
    _COUNTED, """FROM mail_away w JOIN mail m ON (m.region, m.id) = (w.region, w.mail_id)
JOIN organisation o ON (o.region, o.id) = (m.region, m.organisation_id) JOIN account a ON (a.region, a.id) = (m.region, m.sender_id)
WHERE w.region = $1 AND w.account_id = $3 AND position(lower($4) IN lower(m.subject || E'\\n' || o.name)) > 0
  AND (m.organisation_id = ANY($2) OR EXISTS (
      SELECT 1 FROM mail_to t WHERE (t.region, t.mail_id) = (m.region, m.id) AND t.organisation_id = ANY($2)))
ORDER BY w.at DESC, m.id DESC LIMIT $5 OFFSET $6"""))


async def put_away(region: Region, actor: Actor, words: str = "", *, page: int = 1) -> Found:
    """What the actor put away and may still read, the last first."""
    return _found(await rows(_PUT_AWAY, region.code, actor.organisations, actor.account_id, words.strip(), PAGE, (page - 1) * PAGE))


def _found(found: list[dict[str, Any]]) -> Found:
    return Found([Line(**{name: one[name] for name in Line.__dataclass_fields__}) for one in found], found[0]["total"] if found else 0)


@verb
async def read(region: Region, actor: Actor, id: UUID, now: datetime) -> Letter:
    """A letter from or to an organisation of the actor's; it is no longer unread for her, and opened for its sender. Raises :class:`NotFound`."""
    mail, to_us = await _let_see(region, actor, id)
    if to_us:
        await _opened(region, actor, mail, now)
    sent_by_us = mail.organisation_id in actor.organisations
    account = await Account.find(region.code, mail.sender_id)
    return Letter(mail, await organisations.name_of(region, mail.organisation_id), account.name,
                  await files.of_subject(region.code, Subject.MAIL, id),
                  await _recipients(region, id) if sent_by_us else (), sent_by_us, to_us, await _is_away(region, actor, id),
                  next(iter(await _related(region, actor, [mail.answers_id] if mail.answers_id else [], None)), None),
                  await _related(region, actor, [], id))


async def _let_see(region: Region, actor: Actor, id: UUID) -> tuple[Mail, bool]:
    """The letter, and whether it came to her. Raises :class:`NotFound` for one that is of no office of hers."""
    mail, own = await Mail.find(region.code, id), actor.organisations
    to_us = await row("SELECT 1 FROM mail_to WHERE region = $1 AND mail_id = $2 AND organisation_id = ANY($3)", region.code, id, own) is not None
    if not to_us and mail.organisation_id not in own:
        raise NotFound
    return mail, to_us


async def _opened(region: Region, actor: Actor, mail: Mail, now: datetime) -> None:
    async with transaction():
        fresh = await execute("INSERT INTO mail_read (region, mail_id, account_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                              region.code, mail.id, actor.account_id, now)
        first = await execute("UPDATE mail_to SET opened_at = $4, opened_by = $5 WHERE region = $1 AND mail_id = $2 AND organisation_id = ANY($3) "
                              "AND opened_at IS NULL", region.code, mail.id, actor.organisations, now, actor.account_id)
    if fresh:
        await live.publish(region.code, f"account:{actor.account_id}", event=EVENT, data={})
    if first:
        await live.publish(region.code, f"mail:{mail.organisation_id}", event=EVENT, data={})


async def _is_away(region: Region, actor: Actor, id: UUID) -> bool:
    found = await row("SELECT 1 FROM mail_away WHERE region = $1 AND mail_id = $2 AND account_id = $3", region.code, id, actor.account_id)
    return found is not None


async def _recipients(region: Region, id: UUID) -> list[Recipient]:
    found = await rows("SELECT o.name, t.opened_at, coalesce(a.name, '') AS opened_by FROM mail_to t "
                       "JOIN organisation o ON (o.region, o.id) = (t.region, t.organisation_id) "
                       "LEFT JOIN account a ON (a.region, a.id) = (t.region, t.opened_by) "
                       "WHERE t.region = $1 AND t.mail_id = $2 ORDER BY t.opened_at IS NULL DESC, o.kind, o.code", region.code, id)
    return [Recipient(one["name"], one["opened_at"], one["opened_by"]) for one in found]


#: $2 these letters, or $3 what answers this one; of them those that $4's offices sent or were sent.
_RELATED = """
SELECT m.id, m.subject, o.name AS organisation, m.sent_at FROM mail m JOIN organisation o ON (o.region, o.id) = (m.region, m.organisation_id)
WHERE m.region = $1 AND (m.id = ANY($2) OR m.answers_id = $3) AND (m.organisation_id = ANY($4) OR EXISTS (
    SELECT 1 FROM mail_to t WHERE (t.region, t.mail_id) = (m.region, m.id) AND t.organisation_id = ANY($4)))
ORDER BY m.sent_at LIMIT 50
"""


async def _related(region: Region, actor: Actor, ids: Sequence[UUID], answered: UUID | None) -> list[Related]:
    return [Related(**one) for one in await rows(_RELATED, region.code, list(ids), answered, actor.organisations)]


#: Of $3, the letters that an office of hers sent or was sent.
_OWN = """
SELECT m.id FROM mail m WHERE m.region = $1 AND m.id = ANY($3) AND (m.organisation_id = ANY($2) OR EXISTS (
    SELECT 1 FROM mail_to t WHERE (t.region, t.mail_id) = (m.region, m.id) AND t.organisation_id = ANY($2)))
"""


async def _own(region: Region, actor: Actor, ids: Sequence[UUID]) -> list[UUID]:
    """Raises :class:`NotFound` when one of them is of no office of hers."""
    own = [one["id"] for one in await rows(_OWN, region.code, actor.organisations, list(ids))]
    if set(own) != set(ids):
        raise NotFound
    return own


@verb
async def keep_away(region: Region, actor: Actor, ids: Sequence[UUID], now: datetime) -> None:
    """Put letters away for the actor alone; colleagues and the other side keep them. Harmless twice. Raises :class:`NotFound`."""
    await execute("INSERT INTO mail_away (region, mail_id, account_id, at) SELECT $1, m, $3, $4 FROM unnest($2::uuid[]) m ON CONFLICT DO NOTHING",
                  region.code, await _own(region, actor, ids), actor.account_id, now)
    await live.publish(region.code, f"account:{actor.account_id}", event=EVENT, data={})


@verb
async def bring_back(region: Region, actor: Actor, ids: Sequence[UUID]) -> None:
    """Into the boxes where they were. Harmless twice. Raises :class:`NotFound`."""
    await execute("DELETE FROM mail_away WHERE region = $1 AND mail_id = ANY($2) AND account_id = $3",
                  region.code, await _own(region, actor, ids), actor.account_id)
    await live.publish(region.code, f"account:{actor.account_id}", event=EVENT, data={})


@verb
async def call_read(region: Region, actor: Actor, ids: Sequence[UUID], now: datetime) -> None:
    """No longer new for the actor, without having been opened: its sender is told nothing. Harmless twice. Raises :class:`NotFound`."""
    await execute("INSERT INTO mail_read (region, mail_id, account_id, at) SELECT $1, m, $3, $4 FROM unnest($2::uuid[]) m ON CONFLICT DO NOTHING",
                  region.code, await _own(region, actor, ids), actor.account_id, now)
    await live.publish(region.code, f"account:{actor.account_id}", event=EVENT, data={})
