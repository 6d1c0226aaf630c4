"""What Weihai says about itself, held against its manual."""

import re
from pathlib import Path

import pytest

from config.loading import read_profile
from config.profile import Profile
from config.vocabulary import Action, FieldType, OrganisationKind, Permission

REGIONS = Path(__file__).parents[2] / "config" / "regions"


@pytest.fixture(scope="module")
def weihai() -> Profile:
    return read_profile(REGIONS / "weihai")


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
