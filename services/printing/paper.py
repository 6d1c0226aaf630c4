"""What a paper says 申请表、审批表、名册: plain values, ready to be set. All texts are printed as they are, never as markup."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Facts:
    """A section of single answers: label → value, in their order. An empty value leaves its cell empty."""

    title: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """A section that repeats: each row has a value for every column. No rows are printed as 无."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Review:
    """One act of the review trail. ``result``: 通过, 退回修改; ``on``: the day in the region's own time, none while it is still to come."""

    step: str
    result: str
    opinion: str
    organisation: str
    who: str
    on: date | None


@dataclass(frozen=True)
class Paper:
    """One document on A4. Without a title or a number, its place stays empty."""

    title: str
    scheme: str
    """Who issues the paper, above its title: the region's scheme."""
    number: str
    printed_at: datetime
    """In the region's own time."""
    sections: tuple[Facts | Table, ...]
    photo: bytes | None = None
    """JPEG or PNG; stands in the first section of facts."""
    reviews: tuple[Review, ...] = ()
    statement: str = ""
    """What whoever signs declares, above the places for stamps."""
    stamps: tuple[str, ...] = ()
    """Places to sign or stamp, e.g. 申请人（签字）."""
    proof: str = ""
    """What the QR says (:func:`qr.paper_code.url`); none: no QR."""
    check: str = ""
    """Letters that stand on every page (:func:`qr.paper_code.check_letters`)."""
    caption: str = "扫码核验真伪"
    """What stands under the QR."""
    landscape: bool = False
