"""What an accepted report of a change does by itself (SD-14), in the region whose manual knows it."""

from dataclasses import dataclass
from typing import Any

import pytest

from config import clock
from config.errors import Invalid
from config.vocabulary import Action, NotificationKind, Requirement
from models.account import Account, AccountKind, AccountState, RoleGrant
from models.card import Card, CardState
from models.case import Case, CaseState, seal_data
from models.database import execute, new_id
from models.notification import Notification
from models.organisation import Organisation
from models.roster import Binding
from services import applications, checks, expert_changes, regions, todo
from services.actors import Actor
from services.applications import NotYet
from services.cases import engine, progress
from services.expert_changes import Change, UnitNotAdmitted
from services.regions import Region
from tests.builders import a_card, an_account, the_actor
from tests.office import a_unit_code

pytestmark = pytest.mark.timeout(180)
OLD, NEW, UNKNOWN = "91370100MA00000018", "91370200MA00000025", "91370300MA00000032"


@dataclass
class Scene:
    """A talent with a card, bound to a specialist of her unit, and the office that accepts what the unit reports."""

    region: Region
    old: Organisation
    new: Organisation
    talent: Account
    specialist: Account
    card: Card
    office: Actor

    async def report(self, change: str, **more: Any) -> Case:
        """As the province has it, after unit and roster."""
        now, id = clock.now(), new_id()
        place = await Organisation.of(self.region.code, code="sd_hrss").get()
        case = await Case.create(
            region=self.region.code, id=id, matter="expert_change", number=f"BD{id.hex[-8:]}", subject="专家变动", applicant_id=self.specialist.id,
            about_id=self.talent.id, unit_id=self.old.id, state=CaseState.HANDLING, step="province", handler_org=place.id, handler_role="reviewer",
            organisations=[self.old.id, place.id], step_at=now, due_at=now, remind_plan=[], version=1, profile_version=self.region.version,
            data_sealed=seal_data({"change_type": change, "happened_on": "2026-11-01", "description": "说明", **more}, self.region.code, id),
            facts={}, created_at=now, updated_at=now)
        await execute("INSERT INTO case_event (region, case_id, seq, actor_id, actor_name, channel, action, to_step, at) "
                      "VALUES ($1, $2, 1, $3, '专员', 'desk', 'submit', 'province', $4)", self.region.code, id, self.specialist.id, now)
        return case

    async def application(self, step: str, place: Organisation, state: CaseState = CaseState.HANDLING) -> Case:
        """Hers for a card, as it waits at ``step`` of ``place``."""
        now, id = clock.now(), new_id()
        rules = self.region.matter("card").step(step)
        case = await Case.create(
            region=self.region.code, id=id, matter="card", number=f"HC{id.hex[-8:]}", subject="惠才卡申领", applicant_id=self.talent.id,
            unit_id=self.old.id, state=state, step=step, handler_org=place.id, handler_role=rules.handler[-1].role, organisations=[place.id],
            step_at=now, due_at=now if state is CaseState.HANDLING else None, due_left=None if state is CaseState.HANDLING else 3600, remind_plan=[],
            claimed_by=self.specialist.id if rules.bound else None, version=1, profile_version=self.region.version, created_at=now, updated_at=now)
        await execute("INSERT INTO case_event (region, case_id, seq, actor_id, actor_name, channel, action, to_step, at) "
                      "VALUES ($1, $2, 1, $3, '本人', 'phone', 'submit', $4, $5)", self.region.code, id, self.talent.id, step, now)
        return case

    async def accept(self, case: Case) -> None:
        await engine.act(self.region, self.office, case.id, engine.Request(Action.COMPLETE, case.version), clock.now())

    async def told(self, kind: NotificationKind, whom: Account) -> int:
        return await Notification.of(self.region.code, kind=kind, account_id=whom.id).count()


async def a_unit(region: Region, name: str, code: str, *, provisional: bool = False) -> Organisation:
    return await Organisation.create(region=region.code, id=new_id(), code=code.lower(), name=name, kind="unit", contact="", phone="", address="",
                                     unit_code=code, provisional=provisional)


async def somebody(region: Region, kind: AccountKind, role: str, place: Organisation) -> Account:
    account = await an_account(kind, name=f"{role}甲", region=region.code)
    await RoleGrant.create(region=region.code, id=new_id(), account_id=account.id, organisation_id=place.id, role=role, granted_at=clock.now())
    return account


@pytest.fixture
async def scene(database: None) -> Scene:
    region = await regions.current("shandong")
    old, new = await a_unit(region, "泉城大学", OLD), await a_unit(region, "海湾研究院", NEW)
    talent = await an_account(AccountKind.TALENT, name="陆专家", region=region.code)
    await Account.of(region.code, id=talent.id).update(unit_id=old.id)
    specialist = await somebody(region, AccountKind.UNIT, "specialist", old)
    await Binding.create(region=region.code, id=new_id(), talent_id=talent.id, specialist_id=specialist.id, unit_id=old.id, bound_by=specialist.id,
                         bound_at=clock.now())
    province = await somebody(region, AccountKind.STAFF, "reviewer", await Organisation.of(region.code, code="sd_hrss").get())
    return Scene(region, old, new, talent, specialist, await a_card(holder=talent), await the_actor(province, "desk"))


def test_every_type_that_a_profile_offers_has_its_consequence() -> None:
    from config.loading import read_profile
    from config.loading import regions as shipped
    from config.settings import settings
    from config.vocabulary import Effect

    folder = settings().regions
    for profile in (read_profile(folder / code) for code in shipped(folder)):
        for matter in profile.matters.values():
            if matter.effect is Effect.CHANGE_EXPERT:
                field = matter.field(expert_changes.TYPE_FIELD)
                assert field is not None and set(field.options) <= {change.value for change in Change}
    assert set(expert_changes.CONSEQUENCES) == set(Change)


@pytest.mark.req("SD-14")
async def test_a_transfer_moves_the_talent_ends_the_binding_keeps_the_card_and_tells_both_sides(scene: Scene) -> None:
    leader = await somebody(scene.region, AccountKind.UNIT, "unit_leader", scene.new)
    await scene.accept(await scene.report("transfer", new_unit_name="海湾研究院", new_unit_code=NEW))
    assert (await Account.find(scene.region.code, scene.talent.id)).unit_id == scene.new.id
    assert await Binding.of(scene.region.code, talent_id=scene.talent.id, ended_at=None).count() == 0
    assert (await Card.find(scene.region.code, scene.card.id)).state is CardState.ACTIVE
    assert await scene.told(NotificationKind.UNIT_CHANGED, scene.talent) == 1
    assert await scene.told(NotificationKind.PERSON_JOINED, leader) == 1
    assert await scene.told(NotificationKind.CASE_COMPLETED, scene.specialist) == 1


@pytest.mark.req("SD-14")
@pytest.mark.parametrize(("state", "step", "then"), [
    (CaseState.HANDLING, "unit_review", "unit_review"), (CaseState.RETURNED, "unit_review", "unit_review"), (CaseState.HANDLING, "report", "report"),
    (CaseState.HANDLING, "supplement", "bind")])  # at the new unit nobody is bound to her yet
async def test_what_waits_at_the_old_unit_goes_on_at_the_new_one(scene: Scene, state: CaseState, step: str, then: str) -> None:
    leader = await somebody(scene.region, AccountKind.UNIT, "unit_leader", scene.new)
    mine = await scene.application(step, scene.old, state)
    await scene.accept(await scene.report("transfer", new_unit_name="海湾研究院", new_unit_code=NEW))
    after = await Case.find(scene.region.code, mine.id)
    assert (after.handler_org, after.unit_id, after.step, after.state) == (scene.new.id, scene.new.id, then, state)
    last = (await progress.history(scene.region.code, mine.id))[-1]
    assert last.action is Action.FOLLOW and "海湾研究院" in last.opinion
    assert await scene.told(NotificationKind.CASE_TRANSFERRED, scene.talent) == 1
    waiting = await todo.waiting(scene.region, await the_actor(leader, "desk"))
    assert [one.id for one in waiting] == ([mine.id] if state is CaseState.HANDLING else [])


@pytest.mark.req("SD-14")
async def test_what_another_office_has_stays_there_and_comes_back_to_the_new_unit(scene: Scene) -> None:
    mine = await scene.application("province", await Organisation.of(scene.region.code, code="sd_hrss").get())
    await scene.accept(await scene.report("transfer", new_unit_name="海湾研究院", new_unit_code=NEW))
    after = await Case.find(scene.region.code, mine.id)
    assert (after.handler_org, after.step, after.unit_id, after.version) == (mine.handler_org, "province", scene.new.id, mine.version)


@pytest.mark.req("SD-14")
async def test_what_the_old_unit_still_had_to_decide_on_her_ends(scene: Scene) -> None:
    other = await scene.report("lost_standing")
    await Case.of(scene.region.code, id=other.id).update(step="unit_review", handler_org=scene.old.id, handler_role="unit_leader")
    await scene.accept(await scene.report("transfer", new_unit_name="海湾研究院", new_unit_code=NEW))
    assert (await Case.find(scene.region.code, other.id)).state is CaseState.REJECTED
    assert (await Card.find(scene.region.code, scene.card.id)).state is CardState.ACTIVE


@pytest.mark.req("SD-10")
async def test_a_transfer_to_a_unit_that_is_not_admitted_is_refused_when_it_is_reported(scene: Scene) -> None:
    form = {"change_type": "transfer", "happened_on": "2026-11-01", "description": "工作调动", "new_unit_name": "新注册公司",
            "new_unit_code": a_unit_code()}
    with pytest.raises(Invalid) as refused:
        await applications.submit(scene.region, await the_actor(scene.specialist, "desk"), "expert_change", form, clock.now(), scene.talent.id)
    assert "还没有入库" in refused.value.fields["new_unit_code"]


@pytest.mark.req("SD-14")
async def test_who_holds_a_suspended_card_can_be_reported_and_who_holds_none_cannot(scene: Scene) -> None:
    form = {"change_type": "leaving", "happened_on": "2026-11-01", "description": "调往外省"}
    specialist = await the_actor(scene.specialist, "desk")
    await Card.of(scene.region.code, id=scene.card.id).update(state=CardState.ENDED)
    with pytest.raises(NotYet):
        await applications.submit(scene.region, specialist, "expert_change", form, clock.now(), scene.talent.id)
    await Card.of(scene.region.code, id=scene.card.id).update(state=CardState.SUSPENDED)
    case = (await applications.submit(scene.region, specialist, "expert_change", form, clock.now(), scene.talent.id)).case
    assert (case.about_id, case.step) == (scene.talent.id, "unit_review")


@pytest.mark.req("SD-14")
@pytest.mark.parametrize("known", [False, True], ids=["unknown", "provisional"])
async def test_a_transfer_to_a_unit_that_is_not_admitted_is_not_completed_and_says_what_to_do(scene: Scene, known: bool) -> None:
    if known:
        await a_unit(scene.region, "新注册公司", UNKNOWN, provisional=True)
    case = await scene.report("transfer", new_unit_name="新注册公司", new_unit_code=UNKNOWN)
    with pytest.raises(UnitNotAdmitted, match="还没有入库"):
        await scene.accept(case)
    assert (await Case.find(scene.region.code, case.id)).state is CaseState.HANDLING
    assert (await Account.find(scene.region.code, scene.talent.id)).unit_id == scene.old.id


@pytest.mark.req("SD-14")
@pytest.mark.parametrize(("change", "state", "kind"), [
    ("leaving", CardState.ENDED, NotificationKind.CARD_ENDED), ("lost_standing", CardState.SUSPENDED, NotificationKind.CARD_SUSPENDED)])
async def test_leaving_ends_the_card_and_losing_ones_standing_stops_it(scene: Scene, change: str, state: CardState, kind: NotificationKind) -> None:
    await scene.accept(await scene.report(change))
    assert (await Card.find(scene.region.code, scene.card.id)).state is state
    assert await scene.told(kind, scene.talent) == 1
    assert (await Account.find(scene.region.code, scene.talent.id)).state is AccountState.ACTIVE
    assert await Binding.of(scene.region.code, talent_id=scene.talent.id, ended_at=None).count() == (0 if change == "leaving" else 1)


@pytest.mark.req("SD-14")
@pytest.mark.parametrize(("change", "state", "told"), [
    ("leaving", CaseState.REJECTED, NotificationKind.CARD_ENDED), ("lost_standing", CaseState.HELD, NotificationKind.CARD_SUSPENDED)])
async def test_what_is_open_and_needs_the_card_is_settled_with_it(scene: Scene, change: str, state: CaseState, told: NotificationKind) -> None:
    """As a booking, where a region has both."""
    card = scene.region.matter("card")
    needing = card.model_copy(update={"who": card.who.model_copy(update={"needs": (Requirement.ACTIVE_CARD,)})})
    profile = scene.region.profile
    scene.region = await regions.load(profile.model_copy(update={"matters": {**profile.matters, "card": needing}}), clock.now())
    mine = await scene.application("province", await Organisation.of(scene.region.code, code="sd_hrss").get())
    await scene.accept(await scene.report(change))
    assert (await Case.find(scene.region.code, mine.id)).state is state
    assert await scene.told(told, scene.talent) == 1
    assert await checks.run(clock.now()) == []


@pytest.mark.req("SD-14")
async def test_a_death_closes_account_and_card_and_everything_open_and_writes_to_nobody_who_died(scene: Scene) -> None:
    own = await scene.report("leaving")
    await Case.of(scene.region.code, id=own.id).update(applicant_id=scene.talent.id, about_id=None)
    await scene.accept(await scene.report("death"))
    assert (await Account.find(scene.region.code, scene.talent.id)).state is AccountState.CLOSED
    assert (await Card.find(scene.region.code, scene.card.id)).state is CardState.ENDED
    assert (await Case.find(scene.region.code, own.id)).state is CaseState.REJECTED
    assert await Notification.of(scene.region.code, account_id=scene.talent.id).count() == 0


async def test_a_card_that_is_stopped_already_stays_so(scene: Scene) -> None:
    await Card.of(scene.region.code, id=scene.card.id).update(state=CardState.SUSPENDED)
    await scene.accept(await scene.report("lost_standing"))
    assert (await Card.find(scene.region.code, scene.card.id)).version == scene.card.version


async def test_who_has_no_card_any_more_is_moved_all_the_same(scene: Scene) -> None:
    await Card.of(scene.region.code, id=scene.card.id).update(state=CardState.ENDED)
    await scene.accept(await scene.report("transfer", new_unit_name="海湾研究院", new_unit_code=NEW))
    assert (await Account.find(scene.region.code, scene.talent.id)).unit_id == scene.new.id
