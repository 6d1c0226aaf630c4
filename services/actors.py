"""Who acts: resolved once at the edge of a face, then handed to every verb."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from config.profile import Profile
from config.vocabulary import Permission
from models.account import AccountKind


@dataclass(frozen=True)
class Grant:
    """A role in an organisation, as it was when the actor was resolved."""

    organisation_id: UUID
    organisation_name: str
    role: str


@dataclass(frozen=True)
class StandIn:
    """A role of somebody who is away, for whom the actor handles cases (``services.deputies``)."""

    account_id: UUID
    name: str
    grant: Grant


@dataclass(frozen=True)
class Actor:
    """An account with its roles, on one channel. ``address``: network address, for the audit alone. ``terms``: the version that she agreed to.

    ``standing_in``: roles of others that count where cases are handled, and nowhere else. ``confirmed``: whether it is known to be her, not only that
    somebody has her number; until then her name is masked. ``cools_until``: what could hand the account over waits until then
    (``services.confirming``).
    """

    region: str
    account_id: UUID | None
    name: str
    kind: AccountKind | None
    grants: tuple[Grant, ...] = ()
    channel: str = "system"
    address: str = ""
    terms: str = ""
    standing_in: tuple[StandIn, ...] = ()
    confirmed: bool = True
    cools_until: datetime | None = None

    @classmethod
    def system(cls, region: str) -> Self:
        """The product itself: sweeps, and what follows from somebody's act."""
        return cls(region, None, "系统", None)

    @property
    def is_system(self) -> bool:
        return self.account_id is None and self.kind is None

    @property
    def is_staff(self) -> bool:
        return self.kind is AccountKind.STAFF

    @property
    def is_of_unit(self) -> bool:
        """Of a unit's people: operator, leader, specialist."""
        return self.kind is AccountKind.UNIT

    @property
    def is_at_desk(self) -> bool:
        """Staff, and the people of units: who work at the desk."""
        return self.is_staff or self.is_of_unit

    @property
    def works_at_desk(self) -> bool:
        """Whether there is work for her: at the desk, with a role."""
        return self.is_at_desk and bool(self.grants)

    @property
    def is_talent(self) -> bool:
        return self.kind is AccountKind.TALENT

    def may(self, permission: Permission, profile: Profile) -> bool:
        """Whether any role grants it; a role that the profile does not know grants nothing."""
        return any(permission in profile.roles[grant.role].can for grant in self.grants if grant.role in profile.roles)

    def has_role(self, organisation: UUID, role: str) -> bool:
        return any(grant.organisation_id == organisation and grant.role == role for grant in self.grants)

    def grant_in(self, organisation: UUID) -> Grant | None:
        return next((grant for grant in self.grants if grant.organisation_id == organisation), None)

    @property
    def organisations(self) -> list[UUID]:
        return list(dict.fromkeys(grant.organisation_id for grant in self.grants))

    @property
    def offices(self) -> list[UUID]:
        """Where cases wait for her: her organisations, and those of whom she stands in for."""
        return list(dict.fromkeys([*self.organisations, *(one.grant.organisation_id for one in self.standing_in)]))

    def handles(self, organisation: UUID, role: str) -> bool:
        """Whether cases of this role there are hers to handle, or of one for whom she stands in."""
        return self.has_role(organisation, role) or any((one.grant.organisation_id, one.grant.role) == (organisation, role)
                                                        for one in self.standing_in)

    def on(self, channel: str) -> Self:
        return replace(self, channel=channel)
