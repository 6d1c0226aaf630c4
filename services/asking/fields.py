"""What a field of a question is: its kind, its operators, where its value stands and how it is asked for.

SQL stands here and in the declarations alone. ``b`` is the row that is asked about, ``$1`` the region, ``$2`` now; a value is always a parameter.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from config.vocabulary import Labelled, Permission
from services.regions import Region


class Kind(StrEnum):
    """``EXACT``: found by the whole word; ``NUMBERED``: sealed, found by its blind index alone."""

    TEXT = "text"
    EXACT = "exact"
    NUMBERED = "numbered"
    CHOICE = "choice"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    YES_NO = "yes_no"


class Operator(Labelled):
    IS = "is", "是"
    IS_NOT = "is_not", "不是"
    CONTAINS = "contains", "包含"
    FROM = "from", "不早于"
    UNTIL = "until", "不晚于"
    LEAST = "least", "至少"
    MOST = "most", "至多"
    FILLED = "filled", "有"
    EMPTY = "empty", "没有"


#: Those that take no value.
ALONE = frozenset({Operator.FILLED, Operator.EMPTY})

OPERATORS: dict[Kind, tuple[Operator, ...]] = {
    Kind.TEXT: (Operator.CONTAINS, Operator.IS),
    Kind.EXACT: (Operator.IS,),
    Kind.NUMBERED: (Operator.IS,),
    Kind.CHOICE: (Operator.IS, Operator.IS_NOT),
    Kind.NUMBER: (Operator.IS, Operator.LEAST, Operator.MOST),
    Kind.DAY: (Operator.FROM, Operator.UNTIL),
    Kind.MOMENT: (Operator.FROM, Operator.UNTIL),
    Kind.YES_NO: (Operator.IS,),
}

#: (value, label).
Choice = tuple[str, str]


@dataclass(frozen=True)
class Field:
    """``column``: what is shown, with the subject's joins; empty: it can only be asked for. ``asked``: the test's left side, on ``b`` alone;
    empty: it can only be shown. ``type``: of the value. Where the test is made in another table, ``among`` finds ids there, ``{test}`` in its place,
    and ``within`` says what of ``b`` must be among ``{ids}``: they are found first, so that the plan is made for as many as there are.

    ``choices`` of the profile, or ``listed``: SQL of (value, label). ``index``: of a sealed number, by which it is found; its ``column`` opens under
    the account's ``sealed``. ``reason``: the table under whose rows the words of ``column`` are sealed; ``rating``: the rating of whose they are.
    ``order``: what it is sorted by, through an index; ``order_where`` must then hold. ``optional``: may be empty; ``toned``: its words have colours;
    ``capitals``: its letters are.
    """

    code: str
    label: str
    kind: Kind
    column: str = ""
    asked: str = ""
    among: str = ""
    within: str = "{test}"
    type: str = "text"
    choices: Callable[[Region], Sequence[Choice]] | None = None
    listed: str = ""
    index: str = ""
    sealed: str = ""
    reason: str = ""
    rating: str = ""
    order: str = ""
    order_where: str = ""
    optional: bool = False
    toned: bool = False
    capitals: bool = False
    width: float = 14
    shown: Callable[[Region], bool] = lambda region: True

    @property
    def operators(self) -> tuple[Operator, ...]:
        if not self.asked:
            return ()
        return (*OPERATORS[self.kind], *(ALONE_IN_ORDER if self.optional else ()))

    @property
    def personal(self) -> bool:
        """Whether its whole value is masked unless somebody else approved (T30, T40)."""
        return bool(self.sealed)


ALONE_IN_ORDER = (Operator.FILLED, Operator.EMPTY)


@dataclass(frozen=True)
class Subject:
    """What is asked about. ``table`` and ``only``: its rows, as ``b``; ``joins``: what its columns need; ``own``: which of them belong to the actor's
    organisations, ``{own}`` in the place of their ids; empty: only who may query the region may ask. Where their cases make them so, ``own_among``
    finds those ids, for ``{ids}``, and ``own_many`` says it for when they are too many to name, of which ``own_surely`` has as many rows in one walk
    along an index. ``person``: whose numbers its columns hold.

    ``story``: the person whose whole story can be opened from a line. ``order``: by which the answer stands when nothing else is said.
    ``needs``: any of these permissions.
    """

    code: str
    label: str
    unit: str
    icon: str
    table: str
    only: str
    joins: str
    own: str
    person: str
    link: str
    order: str
    needs: tuple[Permission, ...]
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    own_among: str = ""
    own_surely: str = ""
    own_many: str = ""
    story: str = "p.id"
    shown: Callable[[Region], bool] = lambda region: True

    def field(self, code: str) -> Field | None:
        return next((field for field in self.fields if field.code == code), None)

    def fields_of(self, region: Region) -> list[Field]:
        return [field for field in self.fields if field.shown(region)]
