"""A unit's invitation: read back by its region alone, until its last day, and by nobody who changed it."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from config.keys import keys
from qr import invitation
from qr.invitation import Invitation, InvitationInvalid

UNIT, LAST = UUID("01970000-0000-7000-8000-000000000001"), date(2026, 12, 20)


@pytest.mark.req("BZ-07")
def test_it_says_which_unit_and_until_when() -> None:
    code = invitation.encode(keys(), "somewhere", Invitation(UNIT, LAST))
    assert invitation.decode(keys(), "somewhere", code.lower(), LAST) == Invitation(UNIT, LAST)


@pytest.mark.parametrize("region, changed, today", [
    ("elsewhere", lambda code: code, LAST), ("somewhere", lambda code: code, LAST + timedelta(days=1)),
    ("somewhere", lambda code: code[:5] + ("0" if code[5] != "0" else "1") + code[6:], LAST), ("somewhere", lambda code: code[:-1], LAST),
    ("somewhere", lambda code: "", LAST), ("somewhere", lambda code: "V" + code[1:], LAST)])
def test_what_is_changed_over_or_of_another_region_invites_nobody(region: str, changed: object, today: date) -> None:
    code = invitation.encode(keys(), "somewhere", Invitation(UNIT, LAST))
    with pytest.raises(InvitationInvalid):
        invitation.decode(keys(), region, changed(code), today)  # type: ignore[operator]
