"""What the chat with one person remembers (``services.talks``): which cases the numbers of the last list mean, and what she is in the middle of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Shown:
    """One line of a list. ``version``: of the case as she saw it; 0 where nothing can be done to it."""

    case_id: UUID
    version: int = 0


@dataclass
class Memory:
    """``doing``: what was begun, by its name under ``what``; empty: nothing."""

    shown: list[Shown] = field(default_factory=list)
    doing: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, state: dict[str, Any]) -> "Memory":
        return cls([Shown(UUID(id), version) for id, version in state.get("shown", [])], dict(state.get("doing", {})))

    def state(self) -> dict[str, Any]:
        """To keep."""
        shown = [[str(one.case_id), one.version] for one in self.shown]
        return {name: value for name, value in (("shown", shown), ("doing", self.doing)) if value}

    def list(self, shown: Sequence[Shown]) -> None:
        """Make these the numbers from 1; a new list ends what was begun."""
        self.shown, self.doing = list(shown), {}

    def numbered(self, number: int) -> Shown | None:
        return self.shown[number - 1] if 1 <= number <= len(self.shown) else None

    def moved(self, case_id: UUID, version: int) -> None:
        """She did something to it herself, and was told: her number means the case as it is now."""
        self.shown = [Shown(case_id, version) if one.case_id == case_id else one for one in self.shown]
