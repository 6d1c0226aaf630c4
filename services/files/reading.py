"""Who may see a file, and its ways out: a page under a watermark, or the file itself; each leaves a line in the audit (T01)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.errors import NotFound
from config.vocabulary import Permission
from models.case import Case
from models.database import row, rows, transaction
from models.file import File
from services import audit
from services.actors import Actor
from services.cases import scope
from services.files import inspection, keeping
from services.files.keeping import Subject
from services.regions import Region
from services.verbs import verb


@dataclass(frozen=True)
class Outgoing:
    """What leaves the house: its bytes as ``media_type``, and the file that it is of."""

    file: File
    media_type: str
    data: bytes


async def preview(region: Region, actor: Actor, id: UUID, page: int, now: datetime) -> Outgoing:
    """A page, from 1, as a JPEG that says who looks and when. Raises ``NotFound``, :class:`~services.files.inspection.NotDrawn`."""
    file = await _let_see(region, actor, id, "file.view", now)
    words = f"{actor.name} {now.astimezone(region.profile.tz):%Y-%m-%d %H:%M}"
    drawn = await inspection.draw(await keeping.content(file), file.media_type, page, words)
    return Outgoing(file, "image/jpeg", drawn)


async def download(region: Region, actor: Actor, id: UUID, now: datetime) -> Outgoing:
    """The file as it is kept. Raises ``NotFound``."""
    file = await _let_see(region, actor, id, "file.download", now)
    return Outgoing(file, file.media_type, await keeping.content(file))


@verb
async def _let_see(region: Region, actor: Actor, id: UUID, act: str, now: datetime) -> File:
    async with transaction():
        file = await keeping.find(region, id)
        if not await may_read(region, actor, file):
            raise NotFound
        await audit.record(actor, act, "file", file.id, {"field": file.field, "for": Subject(file.subject).label}, now)
    return file


async def may_read(region: Region, actor: Actor, file: File) -> bool:
    """Whether she may see it: the person who uploaded it, or whoever may see what it belongs to.

    Those who act for an organisation go by the subject alone, also with what they uploaded themselves: who has left sees nothing any more.
    """
    if actor.is_system or (actor.is_talent and actor.account_id == file.owner_id):
        return True
    rule = RULES.get(file.subject)
    return rule is not None and await rule(region, actor, file)


async def _of_account(region: Region, actor: Actor, file: File) -> bool:
    return actor.account_id == file.subject_id or actor.may(Permission.MANAGE_ACCOUNTS, region.profile)


async def _of_draft(region: Region, actor: Actor, file: File) -> bool:
    found = await row("SELECT account_id FROM draft WHERE region = $1 AND id = $2", region.code, file.subject_id)
    return found is not None and actor.account_id == found["account_id"]


async def _of_case(region: Region, actor: Actor, file: File) -> bool:
    found = await row("SELECT * FROM cases WHERE region = $1 AND id = $2", region.code, file.subject_id)
    return found is not None and scope.may_see(region, actor, Case.read(found))


#: $1 region, $2 dossier, $3 when the file came, $4 when it was taken back. Cases whose submitted version has the file.
_CASES_WITH_FILE = """
SELECT c.* FROM cases c JOIN dossier_version v ON (v.region, v.dossier_id, v.number) = (c.region, c.dossier_id, c.dossier_number)
WHERE c.region = $1 AND c.dossier_id = $2 AND v.made_at >= $3 AND ($4::timestamptz IS NULL OR v.made_at <= $4)
"""


async def _of_dossier(region: Region, actor: Actor, file: File) -> bool:
    """Its owner; and whoever may see a case in which it was submitted: what was only drafted is nobody else's to see."""
    owner = await row("SELECT account_id, organisation_id FROM dossier WHERE region = $1 AND id = $2", region.code, file.subject_id)
    if owner is None:
        return False
    if owner["account_id"] is not None and owner["account_id"] == actor.account_id:
        return True
    if owner["organisation_id"] in actor.organisations:
        return True
    found = await rows(_CASES_WITH_FILE, region.code, file.subject_id, file.made_at, file.removed_at)
    return any(scope.may_see(region, actor, Case.read(one)) for one in found)


#: $3 the actor's organisations, $4 whether she is staff: a unit sees no roster that names people of other units.
_ROSTER = """
SELECT 1 FROM roster r WHERE r.region = $1 AND r.id = $2 AND (r.organisation_id = ANY($3) OR ($4 AND EXISTS (
    SELECT 1 FROM roster_member m JOIN cases c ON (c.region, c.id) = (m.region, m.case_id)
    WHERE (m.region, m.roster_id) = (r.region, r.id) AND c.organisations && $3)))
"""


async def _of_roster(region: Region, actor: Actor, file: File) -> bool:
    if actor.may(Permission.QUERY_REGION, region.profile):
        return True
    return await row(_ROSTER, region.code, file.subject_id, actor.organisations, actor.is_staff) is not None


#: $3 the actor's organisations: the one that sent the letter, or one of those that it went to.
_MAIL = """
SELECT 1 FROM mail m WHERE m.region = $1 AND m.id = $2 AND (m.organisation_id = ANY($3) OR EXISTS (
    SELECT 1 FROM mail_to t WHERE (t.region, t.mail_id) = (m.region, m.id) AND t.organisation_id = ANY($3)))
"""


async def _of_mail(region: Region, actor: Actor, file: File) -> bool:
    return await row(_MAIL, region.code, file.subject_id, actor.organisations) is not None


async def _of_mail_draft(region: Region, actor: Actor, file: File) -> bool:
    found = await row("SELECT account_id FROM mail_draft WHERE region = $1 AND id = $2", region.code, file.subject_id)
    return found is not None and actor.account_id == found["account_id"]


#: Files of a notice go out beside the notice (``services.notices``), to everybody whom it addresses.
RULES: dict[str, Callable[[Region, Actor, File], Awaitable[bool]]] = {
    Subject.ACCOUNT: _of_account, Subject.DRAFT: _of_draft, Subject.CASE: _of_case, Subject.DOSSIER: _of_dossier, Subject.ROSTER: _of_roster,
    Subject.MAIL: _of_mail, Subject.MAIL_DRAFT: _of_mail_draft,
}
