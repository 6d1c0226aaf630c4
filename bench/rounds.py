"""The only figure that counts on a shared machine: a ratio of two sides that took turns, with the range in which it moved."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median

#: One side's turn: its figure for this round (requests a second, or seconds).
Turn = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Line:
    """One row of the table. ``met`` none: nothing was promised."""

    what: str
    floor: str
    figure: str
    goal: str
    met: bool | None

    def __str__(self) -> str:
        return f"| {self.what} | {self.floor} | {self.figure} | {self.goal} | {'' if self.met is None else 'yes' if self.met else '**no**'} |"


HEAD = "| what | compared with | median (range) | goal | met |\n|---|---|---|---|---|"


async def alternate(ours: Turn, floor: Turn, rounds: int) -> list[tuple[float, float]]:
    """Both sides once a round, who begins drawn by lot; (ours, floor) of each round. A first round warms both and is not counted."""
    found = []
    for number in range(rounds + 1):
        turns = [("ours", ours), ("floor", floor)]
        random.shuffle(turns)
        figures = {name: await turn() for name, turn in turns}
        if number:
            found.append((figures["ours"], figures["floor"]))
    return found


def speeds(pairs: Sequence[tuple[float, float]]) -> list[float]:
    """Ratios of figures of which more is better."""
    return [ours / floor for ours, floor in pairs]


def spread(ratios: Sequence[float], digits: int = 2) -> str:
    """Median and range: ``0.81 (0.78–0.85)``."""
    return f"{median(ratios):.{digits}f} ({min(ratios):.{digits}f}–{max(ratios):.{digits}f})"


def at_least(what: str, floor: str, ratios: Sequence[float], goal: float) -> Line:
    return Line(what, floor, spread(ratios), f"≥ {goal:.2f}", median(ratios) >= goal)


def at_most(what: str, floor: str, ratios: Sequence[float], goal: float) -> Line:
    return Line(what, floor, spread(ratios), f"≤ {goal:g}", median(ratios) <= goal)
