"""Writing letters of the platform's mailbox (WH-40): to whom, drafts, answering, passing on, sending."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Invalid, NotFound, NotPermitted
from config.vocabulary import OrganisationKind
from models.database import execute, new_id, rows, transaction
from models.file import File
from models.notice import Mail, MailDraft
from models.organisation import Organisation
from services import audit, files, live, mailbox, organisations
from services.actors import Actor
from services.cases.calendar import day_in_words
from services.files import Attached, Inspected, Subject
from services.files.refusals import TooManyFiles
from services.mailbox import EVENT
from services.regions import Region
from services.verbs import verb

MOST_RECIPIENTS = 300
MOST_FILES = 5
MOST_DRAFTS = 50
MOST_FOUND = 20
FIELD = "files"
#: How a subject begins; one that begins so already is left as it is.
ANSWER, PASSED_ON = "回复：", "转发："


@dataclass(frozen=True)
class Written:
    """What its author fills in. ``to``: offices and units; ``units``: full names or credit codes of units; ``organisation``: in whose name, needed
    where the author may write in more than one.

    ``answers``: the letter that it answers. ``carried``: files of another letter, or of the draft, that go along. ``draft``: what it was begun as.
    """

    subject: str
    body: str
    to: Sequence[UUID] = ()
    units: Sequence[str] = ()
    organisation: UUID | None = None
    answers: UUID | None = None
    carried: Sequence[UUID] = ()
    draft: UUID | None = None


@verb
async def send(region: Region, actor: Actor, written: Written, attached: Sequence[Attached], now: datetime) -> Mail:
    """Send a letter, with its files, all or nothing. Raises :class:`NotPermitted`, :class:`Invalid`, ``NotFound``, ``FileRefused``."""
    sender, to = _sender(region, actor, written.organisation), await _addressed(region, written)
    if written.answers:
        await mailbox.read(region, actor, written.answers, now)
    looked_at = await _looked_at(region, actor, written, attached, now)
    mail = Mail(region=region.code, id=new_id(), organisation_id=sender, sender_id=actor.account_id, subject=written.subject, sent_at=now,
                answers_id=written.answers)
    mail.put_body(written.body.replace("\r\n", "\n"))
    async with transaction():
        await mail.save(force_create=True)
        await execute("INSERT INTO mail_to (region, mail_id, organisation_id, sent_at) SELECT $1, $2, o, $4 FROM unnest($3::uuid[]) o",
                      region.code, mail.id, list(to), now)
        for name, found in looked_at:
            await files.keep(region, actor, Subject.MAIL, mail.id, FIELD, name, found, now, most=MOST_FILES)
        if written.draft:
            await _drop(region, actor, written.draft, now)
        await audit.record(actor, "mail.send", "mail", mail.id, {"to": list(to.values())}, now)
    await live.publish(region.code, *(f"mail:{one}" for one in to), event=EVENT, data={})
    return mail


def _sender(region: Region, actor: Actor, chosen: UUID | None) -> UUID:
    own = mailbox.offices(region, actor)
    if not own:
        raise NotPermitted
    if chosen is None and len(own) == 1:
        return next(iter(own))
    if chosen is None or chosen not in own:
        raise Invalid({"organisation": "请选择以哪个机构的名义发送。"})
    return chosen


async def _looked_at(region: Region, actor: Actor, written: Written, attached: Sequence[Attached], now: datetime) -> list[tuple[str, Inspected]]:
    """What goes along: what came up now, and copies of what is carried on."""
    carried = await carriable(region, actor, written.carried)
    if len(attached) + len(carried) > MOST_FILES:
        raise TooManyFiles(FIELD, "")
    copies = [(one.name, Inspected(one.media_type, await files.content(one), one.pages)) for one in carried]
    return copies + [(one.name, await files.inspected(actor, FIELD, one.name, one.data, now)) for one in attached]


async def carriable(region: Region, actor: Actor, ids: Sequence[UUID]) -> list[File]:
    """Files of letters and drafts that the actor may read. Raises ``NotFound`` when one of them is not."""
    found = [await files.find(region, id) for id in dict.fromkeys(ids)]
    for one in found:
        if one.subject not in (Subject.MAIL, Subject.MAIL_DRAFT) or not await files.may_read(region, actor, one):
            raise NotFound
    return found


async def _addressed(region: Region, written: Written) -> dict[UUID, str]:
    """Id → name, each once. Raises :class:`Invalid` beside the field that names one who is not there."""
    asked = set(written.to)
    found = await named(region, list(asked))
    if found.keys() != asked:
        raise Invalid({"to": "请从给出的选项中选择。"})
    found |= await _units(region, [name for name in dict.fromkeys(one.strip() for one in written.units) if name])
    if not found:
        raise Invalid({"to": "请至少选择一个收件单位。"})
    if len(found) > MOST_RECIPIENTS:
        raise Invalid({"units": f"一封信最多发给 {MOST_RECIPIENTS} 个单位，请分几封发送。"})
    return found


async def named(region: Region, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Those of ``ids`` that may be written to: id → name."""
    there = await rows("SELECT id, name FROM organisation WHERE region = $1 AND id = ANY($2) AND state = 'active'", region.code, list(ids))
    return {one["id"]: one["name"] for one in there}


async def _units(region: Region, names: Sequence[str]) -> dict[UUID, str]:
    there = await rows("SELECT id, name, unit_code FROM organisation WHERE region = $1 AND kind = $2 AND state = 'active' "
                       "AND (name = ANY($3) OR unit_code = ANY($3))", region.code, OrganisationKind.UNIT.value, list(names))
    if unknown := [name for name in names if not any(name in (one["name"], one["unit_code"]) for one in there)]:
        raise Invalid({"units": f"没有找到：{'、'.join(unknown[:5])}。请写单位全称或统一社会信用代码，一行一个。"})
    if twins := [name for name in names if sum(name == one["name"] for one in there) > 1]:
        raise Invalid({"units": f"有几个单位都叫：{'、'.join(twins[:5])}。请改写统一社会信用代码。"})
    return {one["id"]: one["name"] for one in there}


@dataclass(frozen=True)
class Branch:
    """An office that may be written to, with those below it."""

    id: UUID
    name: str
    below: Sequence["Branch"]


async def tree(region: Region) -> list[Branch]:
    """All offices as they stand below each other; those without one above them are the roots."""
    every = await organisations.every(region)
    known = {one.id for one in every}

    def branch(one: Organisation) -> Branch:
        return Branch(one.id, one.name, [branch(other) for other in every if other.parent_id == one.id])

    return [branch(one) for one in every if one.parent_id not in known]


def ids_in(branches: Sequence[Branch]) -> set[UUID]:
    """Of all offices of the tree."""
    return {one.id for one in branches} | {id for one in branches for id in ids_in(one.below)}


async def found_units(region: Region, actor: Actor, words: str) -> Mapping[UUID, str]:
    """Units whose name or code has the words, for who may write. Raises :class:`NotPermitted`."""
    if not mailbox.offices(region, actor):
        raise NotPermitted
    if len(words.strip()) < 2:
        return {}
    there = await rows("SELECT id, name FROM organisation WHERE region = $1 AND kind = $2 AND state = 'active' "
                       "AND position(lower($3) IN lower(name || E'\\n' || coalesce(unit_code, ''))) > 0 ORDER BY length(name), name LIMIT $4",
                       region.code, OrganisationKind.UNIT.value, words.strip(), MOST_FOUND)
    return {one["id"]: one["name"] for one in there}


@dataclass(frozen=True)
class Begun:
    """What stands in the form of a letter that is begun from another one, or goes on from a draft."""

    subject: str = ""
    body: str = ""
    to: Sequence[UUID] = ()
    organisation: UUID | None = None
    answers: UUID | None = None
    draft: UUID | None = None
    files: Sequence[File] = ()


async def answering(region: Region, actor: Actor, id: UUID, now: datetime) -> Begun:
    """To whom it came from, with its words below. Raises ``NotFound``."""
    letter = await mailbox.read(region, actor, id, now)
    own = [one for one in mailbox.offices(region, actor) if one != letter.mail.organisation_id]
    return Begun(_called(ANSWER, letter.mail.subject), _quoted(region, letter), [letter.mail.organisation_id],
                 own[0] if len(own) == 1 else None, letter.mail.id)


async def passing_on(region: Region, actor: Actor, id: UUID, now: datetime) -> Begun:
    """Its words and its files, to nobody yet. Raises ``NotFound``."""
    letter = await mailbox.read(region, actor, id, now)
    return Begun(_called(PASSED_ON, letter.mail.subject), _quoted(region, letter), files=letter.files)


def _called(word: str, subject: str) -> str:
    return subject if subject.startswith(word) else f"{word}{subject}"[:80]


def _quoted(region: Region, letter: mailbox.Letter) -> str:
    sent = letter.mail.sent_at.astimezone(region.profile.tz)
    lines = letter.mail.body.split("\n")
    head = f"{sent.year}年{day_in_words(sent.date())} {sent:%H:%M}，{letter.organisation} {letter.sender} 写道："
    return "\n".join(["", "", f"—— 原信：{letter.mail.subject} ——", head, *(f"> {line}".rstrip() for line in lines)])[:6000]


@dataclass(frozen=True)
class DraftLine:
    """One row of the drafts. ``party``: the first of ``recipients``."""

    id: UUID
    subject: str
    party: str
    recipients: int
    files: int
    edited_at: datetime


_DRAFTS = """
SELECT d.id, d.subject, d.edited_at, cardinality(d.to_ids) AS recipients,
       coalesce((SELECT o.name FROM organisation o WHERE o.region = d.region AND o.id = d.to_ids[1]), '') AS party,
       (SELECT count(*) FROM file f WHERE f.region = d.region AND f.subject = 'mail_draft' AND f.subject_id = d.id AND f.removed_at IS NULL) AS files
FROM mail_draft d WHERE d.region = $1 AND d.account_id = $2 ORDER BY d.edited_at DESC, d.id DESC
"""


async def drafts(region: Region, actor: Actor) -> list[DraftLine]:
    """The actor's own letters that are not sent yet, the last first."""
    return [DraftLine(**one) for one in await rows(_DRAFTS, region.code, actor.account_id)]


async def going_on(region: Region, actor: Actor, id: UUID) -> Begun:
    """A draft of the actor's own. Raises ``NotFound``."""
    draft = await _own_draft(region, actor, id)
    return Begun(draft.subject, draft.body, draft.to_ids, draft.organisation_id, draft.answers_id, draft.id,
                 await files.of_subject(region.code, Subject.MAIL_DRAFT, id))


async def _own_draft(region: Region, actor: Actor, id: UUID) -> MailDraft:
    draft = await MailDraft.find(region.code, id)
    if draft.account_id != actor.account_id:
        raise NotFound
    return draft


@verb
async def keep(region: Region, actor: Actor, written: Written, attached: Sequence[Attached], now: datetime) -> MailDraft:
    """Keep what is there of a letter, however little, with its files; once more under ``written.draft``. What was written last is kept.

    Raises :class:`NotPermitted`, :class:`Invalid`, ``NotFound``, ``FileRefused``.
    """
    own = mailbox.offices(region, actor)
    if not own:
        raise NotPermitted
    to = list(await named(region, written.to)) + list(await _units(region, [one.strip() for one in written.units if one.strip()]))
    looked_at = await _looked_at(region, actor, written, attached, now)
    columns: dict[str, Any] = {"subject": written.subject, "to_ids": to, "edited_at": now, "answers_id": written.answers,
                               "organisation_id": written.organisation if written.organisation in own else None}
    async with transaction():
        draft = await _own_draft(region, actor, written.draft) if written.draft else await _fresh(region, actor)
        draft.update_from_dict({**columns, "version": draft.version + 1}).put_body(written.body.replace("\r\n", "\n"))
        await draft.save(force_create=written.draft is None)
        for one in await files.of_subject(region.code, Subject.MAIL_DRAFT, draft.id):
            if one.id not in written.carried:
                await files.remove(region, actor, Subject.MAIL_DRAFT, draft.id, one.id, now)
        for name, found in looked_at:  # what it has already is the same file again
            await files.keep(region, actor, Subject.MAIL_DRAFT, draft.id, FIELD, name, found, now, most=MOST_FILES)
    return draft


async def _fresh(region: Region, actor: Actor) -> MailDraft:
    if await MailDraft.of(region.code, account_id=actor.account_id).count() >= MOST_DRAFTS:
        raise Invalid({"subject": f"草稿最多留 {MOST_DRAFTS} 封，请先发送或删除一些。"})
    return MailDraft(region=region.code, id=new_id(), account_id=actor.account_id, version=0)


@verb
async def drop(region: Region, actor: Actor, id: UUID, now: datetime) -> None:
    """Throw a draft of one's own away, with its files. Raises ``NotFound``."""
    async with transaction():
        await _drop(region, actor, id, now)


async def _drop(region: Region, actor: Actor, id: UUID, now: datetime) -> None:
    await _own_draft(region, actor, id)
    for one in await files.of_subject(region.code, Subject.MAIL_DRAFT, id):
        await files.remove(region, actor, Subject.MAIL_DRAFT, id, one.id, now)
    await MailDraft.of(region.code, id=id).delete()
