"""What a paper's code proves: that we printed it, when, and whether the case still says the same (BZ-14).

What an application contains is kept unchanged under its dossier's version and in its case, so the digest is taken over these: not over the words on
the paper, which a renamed organisation would change.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import orjson

from config.keys import keys
from config.vocabulary import Labelled
from models.account import Account
from models.case import Case, CaseState
from qr import paper_code
from qr.paper_code import PaperCode
from services import regions
from services.masking import masked_name
from services.regions import Region


class Standing(Labelled):
    """How the case stands to the paper that shows it."""

    SAME = "same", "与系统记录一致"
    MOVED = "moved", "申请内容一致，打印后办理有进展"
    CHANGED = "changed", "打印后申请内容有修改"


@dataclass(frozen=True)
class Proof:
    """What whoever holds the paper may know of its case; ``name`` is masked, and ``check`` stands at the foot of every page."""

    case: Case
    matter: str
    name: str
    printed_at: datetime
    state: CaseState
    standing: Standing
    check: str


def code_of(case: Case, now: datetime) -> str:
    """For the paper that is printed now."""
    return paper_code.encode(keys(), case.region, PaperCode(case.id, case.version, now, fingerprint(case)))


def fingerprint(case: Case) -> bytes:
    """16 bytes of what was applied for, by whom and about whom; the same as long as nothing of it is changed."""
    said = [case.matter, case.number, case.applicant_id, case.about_id, case.unit_id, case.dossier_id, case.dossier_number, case.data]
    written = orjson.dumps(said, default=str, option=orjson.OPT_SORT_KEYS)  # str: ids come from the driver as a type of its own
    return hashlib.sha256(written).digest()[:paper_code.DIGEST_BYTES]


async def prove(region: Region, text: str) -> Proof:
    """For everybody who holds the paper. Raises :class:`qr.paper_code.PaperCodeInvalid`, and :class:`NotFound` for a case that is gone."""
    printed = paper_code.decode(keys(), region.code, text)
    case = await Case.find(region.code, printed.case_id)
    kept = await regions.at(region.code, case.profile_version)
    whose = await Account.find(region.code, case.about_id or case.applicant_id)
    return Proof(case, kept.matter(case.matter).name, masked_name(whose.name), printed.printed_at, case.state, _standing(printed, case),
                 paper_code.check_letters(text))


def _standing(printed: PaperCode, case: Case) -> Standing:
    if printed.digest != fingerprint(case):
        return Standing.CHANGED
    return Standing.SAME if printed.version == case.version else Standing.MOVED
