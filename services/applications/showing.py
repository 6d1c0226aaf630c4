"""Everything that the page of one matter shows before it is submitted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.forms import Section
from config.routes import Matter
from config.vocabulary import Requirement
from models.account import Account
from models.case import Case
from models.dossier import Content, Dossier
from services import dossiers
from services.actors import Actor
from services.applications.applicants import applicant, lacking, under_way
from services.applications.holding import Holding, holding
from services.applications.saving import draft_of
from services.dossiers import Gap, Part
from services.regions import Region


@dataclass(frozen=True)
class Desk:
    """Everything that the page of one matter shows before it is submitted. ``content``: what would go along.

    ``synchronised``: number of the admitted version that was copied last; ``admitted``: the one in force. ``open``: a case that is under way.
    """

    matter: Matter
    sections: tuple[Section, ...]
    dossier: Dossier
    content: Content
    form: Mapping[str, Any]
    draft_version: int
    lacks: tuple[Requirement, ...]
    gaps: tuple[Gap, ...]
    synchronised: int | None
    open: Case | None
    holding: Holding

    @property
    def outdated(self) -> bool:
        """Whether a newer version was admitted since the last 数据同步."""
        return self.matter.content == "admitted" and self.synchronised != self.dossier.admitted


async def desk(region: Region, actor: Actor, matter_code: str, now: datetime, about: UUID | None = None) -> Desk:
    """The matter as its page shows it. Raises :class:`NotFound`, :class:`NotPermitted`."""
    matter = region.matter(matter_code)
    who = await applicant(region, actor, matter, about)
    dossier = await dossiers.of(region, who.owner, now)
    draft = await draft_of(region, actor, matter.code, about)
    sections = tuple(section for section in region.profile.sections_of(who.owner.kind) if section.section in matter.sections)
    synchronised = draft.dossier_number if draft else None
    content = await _content(region, matter, dossier, synchronised)
    lacks, gaps = await lacking(region, matter, who), dossiers.missing(sections, content)
    return Desk(matter, sections, dossier, content, draft.data if draft else {}, draft.version if draft else 0, tuple(lacks), tuple(gaps),
                synchronised, await under_way(region, matter, who), await holding(region, matter, who.person, now))


async def _content(region: Region, matter: Matter, dossier: Dossier, synchronised: int | None) -> Content:
    if matter.content == "draft":
        return dossier.draft
    return {} if synchronised is None else await dossiers.version(region, dossier.id, synchronised)


async def difference(region: Region, shown: Desk) -> list[Part]:
    """What another 数据同步 would change: the admitted version in words, against the one that was copied last (WH-30)."""
    return [part for part in await dossiers.in_words(region, shown.sections, await admitted(region, shown), shown.content) if part.has_changes]


async def admitted(region: Region, shown: Desk) -> Content:
    """The version that is in force; empty before the first."""
    return {} if shown.dossier.admitted is None else await dossiers.version(region, shown.dossier.id, shown.dossier.admitted)


async def whom(region: Region, about: UUID | None) -> Account | None:
    """The person whom a matter is about (SD-10), once :func:`desk` has let the actor at her."""
    return None if about is None else await Account.find(region.code, about)
