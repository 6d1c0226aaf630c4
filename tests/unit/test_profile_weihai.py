"""What Weihai says about itself, held against its manual; and what every region's profile must be fit for."""

import re
import time
from pathlib import Path

import pytest

from config.loading import read_profile, regions
from config.profile import Profile
from config.vocabulary import CODES, MAILED, Action, FieldType, NotificationKind, OrganisationKind, Permission

REGIONS = Path(__file__).parents[2] / "config" / "regions"

#: The stand-in for each value when a text's length is measured: the longest that is usual.
USUAL = {"code": "123456", "minutes": "5", "number": "YY2611230001", "phone": "0631-5550100", "due": "11月23日 17:30"}


@pytest.fixture(scope="module", params=regions(REGIONS))
def profile(request: pytest.FixtureRequest) -> Profile:
    return read_profile(REGIONS / request.param)


@pytest.fixture(scope="module")
def weihai() -> Profile:
    return read_profile(REGIONS / "weihai")


@pytest.mark.parametrize("code", regions(REGIONS))
def test_every_shipped_profile_loads_in_under_a_second(code: str) -> None:
    began = time.process_time()
    assert read_profile(REGIONS / code).code == code
    assert time.process_time() - began < 1


def test_every_notification_has_a_text_and_a_template_of_its_own(profile: Profile) -> None:
    texts = profile.sending.texts
    assert set(texts) == set(NotificationKind) - MAILED
    assert len({telling.sms_template for telling in texts.values()} - {""}) == len(texts)


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


@pytest.mark.req("WH-54")
def test_every_district_has_a_bureau_and_a_window_with_contact_phone_address_and_position(profile: Profile) -> None:
    for district in profile.districts:
        there = [organisation for organisation in profile.content.organisations if organisation.district == district.code]
        assert OrganisationKind.DISTRICT_BUREAU in {organisation.kind for organisation in there}, district.name
        windows = [organisation for organisation in there if organisation.kind is OrganisationKind.WINDOW]
        assert windows, district.name
        assert all(window.contact and window.phone and window.address and window.position for window in windows), district.name


def test_what_the_shipped_files_call_by_telephone_is_reserved_or_from_the_manual(weihai: Profile) -> None:
    phones = [o.phone for o in weihai.content.organisations] + [v.phone for v in weihai.content.venues]
    assert [phone for phone in phones if not re.fullmatch(r"0631-5550\d{3}", phone)] == []
    assert weihai.help_phone == "0531-55575449"
    assert len(set(phones)) == len(phones)


@pytest.mark.req("WH-25")
def test_the_manuals_examples_of_supervising_organisations_are_in_the_tree(weihai: Profile) -> None:
    in_charge = {title: organisation.name for organisation in weihai.content.organisations for title in organisation.in_charge_of}
    assert in_charge["威海市乡村之星"] == "威海市农业农村局"
    wendeng = next(d.code for d in weihai.districts if d.name == "文登区")
    (bureau,) = [o.name for o in weihai.content.organisations if (o.district, o.kind) == (wendeng, OrganisationKind.DISTRICT_BUREAU)]
    assert bureau == "文登区人力资源和社会保障局"
    assert {"威海市人力资源和社会保障局"} == {o.name for o in weihai.content.organisations if o.kind is OrganisationKind.CITY_BUREAU}


@pytest.mark.req("WH-05")
def test_both_ways_of_logging_in_are_open(weihai: Profile) -> None:
    assert set(weihai.login.methods) == {"password", "sms_code"}


@pytest.mark.req("WH-51")
def test_a_booking_asks_for_the_need_the_district_and_its_window(weihai: Profile) -> None:
    booking = weihai.matters["booking"]
    assert [field.field for field in booking.form if field.required] == ["need", "district", "window"]
    assert booking.form[2].type is FieldType.ORGANISATION
    assert booking.form[2].kinds == (OrganisationKind.WINDOW,)
    assert {need.value for need in booking.who.needs} == {"active_card"}


@pytest.mark.req("WH-61")
@pytest.mark.req("WH-62")
@pytest.mark.parametrize("step", ["accept", "pre_review"])
def test_accepting_and_pre_reviewing_offer_the_same_three_choices(weihai: Profile, step: str) -> None:
    offered = weihai.matters["booking"].step(step)
    assert {can.action for can in offered.can} == {Action.APPROVE, Action.TRANSFER, Action.RETURN}
    assert offered.allows(Action.RETURN).opinion == "required"


@pytest.mark.req("WH-63")
def test_completing_asks_for_a_result_and_an_opinion_and_is_rated(weihai: Profile) -> None:
    complete = weihai.matters["booking"].step("complete").allows(Action.COMPLETE)
    assert (complete.opinion, set(complete.choices)) == ("required", {"done", "unable"})
    assert weihai.matters["booking"].rated


@pytest.mark.req("WH-65")
def test_the_city_window_watches_what_is_late(weihai: Profile) -> None:
    watching = weihai.roles[weihai.supervision.watch_role]
    assert watching.name == "市级窗口"
    assert {Permission.SUPERVISE, Permission.QUERY_REGION} <= watching.can


@pytest.mark.req("WH-50")
def test_the_catalogue_has_services_with_a_guide_in_every_category(weihai: Profile) -> None:
    catalogue = weihai.content.catalogue
    assert len(catalogue) >= 6
    assert all(3 <= len(category.services) <= 6 for category in catalogue)
    services = [service for category in catalogue for service in category.services]
    assert all(len(service.guide) >= 30 and service.takes for service in services)
    assert any(service.levels for service in services)
    assert sum(service.slots is not None for service in services) >= 2


@pytest.mark.req("WH-55")
def test_the_lounges_of_the_manual_are_venues_and_hours_of_every_kind_occur(weihai: Profile) -> None:
    venues = {venue.name: venue for venue in weihai.content.venues}
    assert {"威海国际机场商务贵宾区", "威海国际机场国际贵宾室"} <= set(venues)
    hours = [opening for venue in venues.values() for opening in venue.opening]
    spans = [{(str(span.opens)[:5], str(span.closes)[:5]) for span in opening.spans} for opening in hours]
    assert {("00:00", "23:59")} in spans, "round the clock"
    assert any(len(day) == 2 and any(opens == "00:00" for opens, _ in day) for day in spans), "overnight"
    assert any({day for opening in venue.opening for day in opening.days} == {2, 3, 4, 5, 6, 7} for venue in venues.values()), (
        "closed on Mondays"
    )
