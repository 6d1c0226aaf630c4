"""What every region's profile must be fit for, whatever its manual says."""

import re
import time
from pathlib import Path

import pytest

from config.loading import read_profile, regions
from config.profile import Profile
from config.vocabulary import CHAT_ONLY, CODES, MAILED, NotificationKind, OrganisationKind

REGIONS = Path(__file__).parents[2] / "config" / "regions"

#: The stand-in for each value when a text's length is measured: the longest that is usual.
USUAL = {"code": "123456", "minutes": "5", "number": "YY2611230001", "phone": "0631-5550100", "due": "11月23日 17:30"}


@pytest.fixture(scope="module", params=regions(REGIONS))
def profile(request: pytest.FixtureRequest) -> Profile:
    return read_profile(REGIONS / request.param)


@pytest.mark.parametrize("code", regions(REGIONS))
def test_every_shipped_profile_loads_in_under_a_second(code: str) -> None:
    began = time.process_time()
    assert read_profile(REGIONS / code).code == code
    assert time.process_time() - began < 1


def test_every_notification_has_a_text_and_a_template_of_its_own(profile: Profile) -> None:
    texts = profile.sending.texts
    assert set(texts) == set(NotificationKind) - MAILED
    by_sms = [telling.sms_template for kind, telling in texts.items() if kind not in CHAT_ONLY]
    assert len(set(by_sms) - {""}) == len(by_sms)


def test_every_text_uses_only_what_its_notification_knows(profile: Profile) -> None:
    assert [kind for kind, telling in profile.sending.texts.items() if not telling.placeholders <= kind.params] == []
    assert [kind for kind in CODES - MAILED if profile.sending.texts[kind].placeholders != {"code", "minutes"}] == []


def test_a_text_as_it_is_written_fits_one_short_message(profile: Profile) -> None:
    """70 characters; with long opinions a message takes two parts, which the gateway joins."""
    assert [kind for kind, telling in profile.sending.texts.items() if len(telling.text) > 70] == []


def test_the_fixed_words_of_a_text_leave_room_for_its_values(profile: Profile) -> None:
    def length(text: str) -> int:
        return len(re.sub(r"\{(\w+)\}", lambda found: USUAL.get(found[1], "八个字那么长的词"), text)) + len(profile.sending.sms_sign) + 2

    assert {kind: length(telling.text) for kind, telling in profile.sending.texts.items() if length(telling.text) > 100} == {}


def test_the_days_digest_is_sent_while_messages_may_go_out(profile: Profile) -> None:
    quiet = profile.sending.hours
    assert quiet.opens <= profile.supervision.digest_at.value < quiet.closes


def test_every_level_has_a_benefit_in_every_category_of_venues(profile: Profile) -> None:
    wanted = {(category.code, level.code) for category in profile.venue_categories for level in profile.card.levels}
    assert {(benefit.category, benefit.level) for benefit in profile.content.benefits} == wanted


def test_a_better_level_never_gives_less(profile: Profile) -> None:
    rank = {level.code: place for place, level in enumerate(profile.card.levels)}
    for category in profile.venue_categories:
        ranked = sorted((b for b in profile.content.benefits if b.category == category.code), key=lambda b: rank[b.level])
        yearly = [float("inf") if benefit.yearly.value is None else benefit.yearly.value for benefit in ranked]
        companions = [benefit.companions.value for benefit in ranked]
        assert yearly == sorted(yearly, reverse=True), category.name
        assert companions == sorted(companions, reverse=True), category.name


def test_every_district_has_an_office_of_its_own(profile: Profile) -> None:
    offices = {OrganisationKind.DISTRICT_BUREAU, OrganisationKind.TALENT_OFFICE}
    served = {organisation.district for organisation in profile.content.organisations if organisation.kind in offices}
    assert {district.code for district in profile.districts} <= served


@pytest.mark.req("WH-54")
def test_where_services_are_booked_every_district_has_a_window_that_can_be_found_and_called(profile: Profile) -> None:
    for district in profile.districts if profile.content.catalogue else ():
        there = [organisation for organisation in profile.content.organisations if organisation.district == district.code]
        windows = [organisation for organisation in there if organisation.kind is OrganisationKind.WINDOW]
        assert windows, district.name
        assert all(window.contact and window.phone and window.address and window.position for window in windows), district.name
