"""What a profile may say of the matter that a bad rating begins, and how its route is told."""

from typing import Any

import pytest

from config.advice import advice
from config.drawing.plan import plan_of
from config.loading import read_profile
from config.profile import Profile
from config.references import crossed_references
from config.routes import BadRating
from config.said import Fact
from config.settings import settings


@pytest.fixture(scope="module")
def profile() -> Profile:
    return read_profile(settings().regions / "weihai")


def changed(profile: Profile, code: str, **said: Any) -> Profile:
    return profile.model_copy(update={"matters": profile.matters | {code: profile.matters[code].model_copy(update=said)}})


def mistakes(profile: Profile) -> list[str]:
    return [one.expected for one in crossed_references(profile)]


def test_nobody_misses_a_way_back_in_it(profile: Profile) -> None:
    assert mistakes(profile) == [] and not [one for one in advice(profile) if "follow_up" in one.loc]


def test_it_is_rated_by_nobody_and_brings_no_dossier(profile: Profile) -> None:
    for said in ({"rated": True}, {"sections": ("basic",)}, {"applicant_can": frozenset({"withdraw"})}):
        assert mistakes(changed(profile, "follow_up", **said)) == ["no sections, rated or applicant_can beside begun_by: nobody applies for it"]


@pytest.mark.parametrize("stars", [0, 5])
def test_some_ratings_begin_it_and_others_do_not(profile: Profile, stars: int) -> None:
    assert mistakes(changed(profile, "follow_up", begun_by=BadRating(stars=Fact(value=stars)))) == ["1 to 4 stars"]


def test_its_form_is_what_is_known_of_a_rating(profile: Profile) -> None:
    need = profile.matters["booking"].form[0]
    wrong = mistakes(changed(profile, "follow_up", form=(*profile.matters["follow_up"].form, need)))
    assert wrong == ["only the fields about, handled_there, organisation, stars, not need"]


def test_there_is_one(profile: Profile) -> None:
    second = profile.matters["follow_up"].model_copy(update={"code": "second", "prefix": "GE"})
    wrong = mistakes(profile.model_copy(update={"matters": profile.matters | {"second": second}}))
    assert wrong == ["only once; follow_up has it already"]


def test_its_picture_says_who_begins_it(profile: Profile) -> None:
    plan = plan_of(profile, profile.matters["follow_up"])
    assert (plan.applicant, plan.submits) == ("评价人", "给出 2 星及以下的评价，自动开始")
    assert not [note for note in plan.notes if "退回" in note]
