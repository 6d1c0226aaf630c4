"""Uploaded files: what they may be, where they lie, who sees them.

``keeping`` puts, lists, removes; ``reading`` decides who may see and lets out; ``inspection`` and its ``quarantine`` open foreign bytes; ``shelf``
is the store.
"""

from services.files.inspection import MOST_BYTES, Inspected, NotDrawn, codes
from services.files.keeping import (
    MOST_A_FIELD,
    Attached,
    Subject,
    clear,
    content,
    destroy,
    find,
    hand_over,
    inspected,
    keep,
    noting,
    of_subject,
    put,
    remove,
)
from services.files.names import disposition
from services.files.reading import Outgoing, download, may_read, preview
from services.files.refusals import FileRefused, TooManyFiles
from services.files.shelf import Damaged, ShelfAway

__all__ = [
    "MOST_A_FIELD", "MOST_BYTES", "Attached", "Damaged", "FileRefused", "Inspected", "NotDrawn", "Outgoing", "ShelfAway", "Subject", "TooManyFiles",
    "clear", "codes", "content", "destroy", "disposition", "download", "find", "hand_over", "inspected", "keep", "may_read", "noting",
    "of_subject", "preview", "put", "remove",
]
