"""What a table of figures is: its columns and rows, and how it is drawn. Screen, chart, Excel and report are made of this and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

Value = int | float | str | None


class Drawn(StrEnum):
    """How a table is drawn; the columns that are ``drawn`` are the series."""

    BARS = "bars"        # a bar a row, its columns stacked
    BESIDE = "beside"    # a bar a row and column
    LINES = "lines"      # a line a column, the rows along the time
    HEAT = "heat"        # rows against columns, in shades


@dataclass(frozen=True)
class Column:
    """``unit``: stands behind the title; ``percent`` values are 0 to 100."""

    title: str
    unit: str = ""
    drawn: bool = False

    @property
    def head(self) -> str:
        return f"{self.title}（{self.unit}）" if self.unit else self.title


@dataclass(frozen=True)
class Line:
    """``href``: the page behind the line, below the desk's root."""

    label: str
    values: tuple[Value, ...]
    href: str = ""


@dataclass(frozen=True)
class Sheet:
    """One table. ``of``: what its lines are; ``note``: how its numbers are meant; ``live``: as it is now, whatever the period; ``href``: the list of
    what was counted, one by one."""

    key: str
    title: str
    of: str
    columns: Sequence[Column]
    lines: Sequence[Line]
    drawn: Drawn
    note: str = ""
    live: bool = False
    href: str = ""

    @property
    def most(self) -> float:
        """The largest value that is drawn; at least one."""
        drawn = [number for number, column in enumerate(self.columns) if column.drawn]
        return max((value for line in self.lines for number in drawn if isinstance(value := line.values[number], int | float)), default=1) or 1

    def records(self) -> list[dict[str, Value]]:
        """For Excel: title → value."""
        return [{self.of: line.label, **{column.head: value for column, value in zip(self.columns, line.values, strict=True)}} for line in self.lines]


def shown(value: Value) -> str:
    """As people read it: thousands apart, one decimal at most, nothing where there is nothing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:,.1f}".removesuffix(".0") if isinstance(value, float) else f"{value:,}"
