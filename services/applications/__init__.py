"""Applications 申报: every matter that is not a booking, from the first look at it to its submission and its answer to a return.

What goes along is a version of the dossier: of the sections as they stand (``content: draft``), or of those that were admitted and copied by
数据同步 (``content: admitted``, WH-30). Nothing is copied twice: a case points at the version, and the version never changes.

``applicants`` says for whom and what she must have first, ``holding`` what a card that she has means, ``offering`` what she may apply for,
``showing`` what the page shows, ``foreseeing`` who will review it; ``saving`` keeps the draft, ``submitting`` and ``correcting`` send it,
``checking`` is what they ask.
"""

from services.applications.applicants import Applicant, applicant, lacking
from services.applications.correcting import resubmit, supplement_dossier
from services.applications.foreseeing import Foreseen, foresee, foresee_route
from services.applications.offering import Offer, offered
from services.applications.refusals import LACKS, Incomplete, NotSynchronised, NotYet
from services.applications.saving import complete_form, draft_of, save_form, synchronise
from services.applications.showing import Desk, admitted, desk, difference, whom
from services.applications.submitting import submit

__all__ = [
    "LACKS", "Applicant", "Desk", "Foreseen", "Incomplete", "NotSynchronised", "NotYet", "Offer", "admitted", "applicant", "complete_form",
    "desk", "difference", "draft_of", "foresee", "foresee_route", "lacking", "offered", "resubmit", "save_form", "submit", "supplement_dossier",
    "synchronise", "whom",
]
