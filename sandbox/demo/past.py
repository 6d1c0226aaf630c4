"""The months before the story: so many people, bookings, visits and ratings that the figures have something to say.

The story itself is lived through act by act; these are written in a few statements, as the services would have left them. Their people have no
telephone and are introduced nowhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from math import exp
from random import Random
from typing import Any
from uuid import UUID

from config.routes import Matter, Step
from config.vocabulary import Action, OrganisationKind
from models.account import AccountKind
from models.card import CardState
from models.case import seal_data, seal_said
from models.catalogue import Service
from models.database import execute, json_text, new_id, row
from models.visit import Rating
from sandbox.demo.happenings import Stage
from services import bookings, follow_ups
from services.actors import Actor
from services.figures import counting

DAYS, PEOPLE, BOOKINGS, VISITS = 190, 150, 620, 1100
#: The story has the last days for itself; bad ratings of so many days before are still being followed up.
UNTIL_DAYS, STILL_OPEN_DAYS = 2, 12
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹"
GIVEN = ("文静", "志远", "晓彤", "建国", "雨桐", "明轩", "思远", "海燕", "国栋", "欣怡", "立新", "雪莹",
         "一鸣", "春华", "子墨", "丽娟", "宏伟", "佳宁", "永强")
STARS, HOW_MANY = (5, 4, 3, 2, 1), (66, 20, 8, 4, 2)
FIRST_HOUR, BUSY = 8, (2, 5, 9, 11, 9, 6, 5, 8, 10, 9, 6, 3)
NEED = "希望尽快安排，工作日都方便。"
GOOD_WORDS = ("办得很快，谢谢。", "工作人员很耐心。", "流程清楚。", "", "", "")
BAD_WORDS = ("等了很久没有人联系。", "说法前后不一致，跑了两趟。", "现场没有人接待。", "电话一直打不通。")
DONE_WORDS = ("已电话致歉并说明原因，调整了值班安排。", "已与评价人沟通，补办完成。", "核实后对当班人员进行了提醒和培训。")
REPLY = "给您添麻烦了，我们已调整值班安排，今后请直接拨打窗口电话，会有专人接待。"


@dataclass(frozen=True)
class Person:
    id: UUID
    name: str
    card: UUID
    level: str


@dataclass
class Past:
    """Rows by table, as they will be inserted; ``open``: bad ratings that are still followed up, with who gave them."""

    stage: Stage
    people: list[Person]
    chance: Random
    cases: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    visits: list[dict[str, Any]] = field(default_factory=list)
    ratings: list[dict[str, Any]] = field(default_factory=list)
    open: list[tuple[Rating, Actor]] = field(default_factory=list)

    def __post_init__(self) -> None:
        cast = self.stage.cast
        self.region = cast.region
        self.booking = self.region.matter(bookings.MATTER)
        role = self._role(self.booking)
        self.windows = [one for one in cast.organisations.values() if one.kind is OrganisationKind.WINDOW and (one.id, role) in cast.handlers]
        self.services = [one for one in self.stage.services.values() if one.bookable and one.every_window]
        self.places = list(self.stage.boards)
        self.follow_up = follow_ups.matter_of(self.region)

    @staticmethod
    def _role(matter: Matter) -> str:
        return matter.route[0].handler[0].role or ""

    def moments(self, count: int, *, working: bool) -> Iterator[datetime]:
        """So many, more of them lately than long ago; at the hours when people come."""
        zone, today = self.stage.calendar.zone, self.stage.now.astimezone(self.stage.calendar.zone).date()
        while count:
            day = today - timedelta(days=UNTIL_DAYS + int((DAYS - UNTIL_DAYS) * self.chance.random() ** 1.3))
            hour = self.chance.choices(range(FIRST_HOUR, FIRST_HOUR + len(BUSY)), BUSY)[0]
            if not working or self.stage.calendar.is_working_day(day):
                count -= 1
                yield datetime.combine(day, time(hour, self.chance.randrange(60), self.chance.randrange(60)), zone)

    def book(self, person: Person, at: datetime) -> None:
        """A booking that went its whole way, and most times was rated."""
        window, service = self._popular(self.windows), self._popular(self.services)
        form = {"need": NEED, "district": window.district, "window": str(window.id)}
        done = self._case(self.booking, person, at, service.name, window.id, self._role(self.booking), form, service=service)
        if done is not None and self.chance.random() < 0.55:
            self._rate(person, done[1] + timedelta(hours=self.chance.randrange(1, 30)), window.id, service.name, case_id=done[0])

    def visit(self, person: Person, at: datetime) -> None:
        code = self._popular(self.places)
        venue, board, id = self.stage.venues[code], self.stage.boards[code], new_id()
        self.visits.append({
            "region": self.region.code, "id": id, "holder_id": person.id, "card_id": person.card, "venue_id": venue.id, "board_id": board.id,
            "board_serial": board.serial, "nonce": new_id(), "verdict": "admitted", "category": venue.category, "level": person.level,
            "companions": self.chance.choice((0, 0, 1)), "at": at, "confirmed_at": at + timedelta(seconds=40)})
        if self.chance.random() < 0.2:
            self._rate(person, at + timedelta(hours=2), venue.operator_id, venue.name, visit_id=id)

    def _popular(self, several: list[Any]) -> Any:
        """Of a list, its first ones more often."""
        return several[int(len(several) * self.chance.random() ** 1.8)]

    def _case(self, matter: Matter, person: Person, at: datetime, subject: str, office: UUID, role: str, form: dict[str, Any], *,
              service: Service | None = None, reply: str = "") -> tuple[UUID, datetime] | None:
        """One that is completed by now, with its history; nothing where it would not be."""
        id, clerk, moment = new_id(), self.stage.cast.handler_of(office, role), at
        acts = [self._event(id, 1, at, "submit", person.id, person.name, None, None, matter.route[0].step, {}, "")]
        for step in matter.route:
            if reply:
                acts.append(self._event(id, len(acts) + 1, moment + timedelta(hours=3), "supplement", clerk.account_id, clerk.name, office, step.step,
                                        step.step, {"done": "已回复评价人"}, reply))
            used = self._used(step)
            moment = max(self.stage.calendar.shift(moment, used), acts[-1]["at"] + timedelta(minutes=1))
            last = step is matter.route[-1]
            onward = next(iter(matter.route[matter.route.index(step) + 1:]), step).step
            acts.append(self._act(id, len(acts) + 1, moment, step, clerk, office, onward, used, last=last))
        if moment >= self.stage.now:
            return None
        self.events += acts
        self.cases.append({
            "region": self.region.code, "id": id, "matter": matter.code, "number": f"{matter.prefix}{at:%y%m%d}", "subject": subject,
            "applicant_id": person.id, "service_id": service.id if service else None, "state": "completed", "step": matter.route[-1].step,
            "handler_org": office, "handler_role": role, "step_at": acts[-2]["at"], "version": len(acts), "profile_version": self.region.version,
            "data_sealed": seal_data(form, self.region.code, id), "facts": json_text({name: form[name] for name in form if name == "district"}),
            "created_at": at, "updated_at": moment, "closed_at": moment})
        return id, moment

    def _used(self, step: Step) -> int:
        """Working seconds: most steps are done in a third of their time, some too late."""
        return max(120, int(self.stage.calendar.seconds(step.limit.value) * min(1.8, 0.3 * exp(self.chance.gauss(0, 0.75)))))

    def _act(self, id: UUID, seq: int, at: datetime, step: Step, clerk: Actor, office: UUID, onward: str, used: int, *, last: bool) -> dict[str, Any]:
        action = Action.COMPLETE if last else Action.APPROVE
        can = step.allows(action)
        results = list(can.choices) if can else []
        chosen = {"choice": self._popular(results)} if results else {}
        said = (self.chance.choice(DONE_WORDS) if self.follow_up and step in self.follow_up.route else "已为您安排妥当。") if last else ""
        return self._event(id, seq, at, action.value, clerk.account_id, clerk.name, office, step.step, onward,
                           {**chosen, "done": can.done if can else "", "used": used}, said)

    def _event(self, id: UUID, seq: int, at: datetime, action: str, who: UUID | None, name: str, office: UUID | None, here: str | None, onward: str,
               detail: dict[str, Any], said: str) -> dict[str, Any]:
        organisation = next((one.name for one in self.stage.cast.organisations.values() if one.id == office), "")
        return {"region": self.region.code, "case_id": id, "seq": seq, "actor_id": who, "actor_name": name, "organisation_id": office,
                "organisation_name": organisation, "channel": "desk" if office else "phone", "action": action, "from_step": here, "to_step": onward,
                "said_sealed": seal_said(said, {}, self.region.code, id, seq), "detail": json_text(detail), "at": at}

    def _rate(self, person: Person, at: datetime, office: UUID | None, about: str, *, case_id: UUID | None = None,
              visit_id: UUID | None = None) -> None:
        if at >= self.stage.now:
            return
        stars = self.chance.choices(STARS, HOW_MANY)[0]
        bad = stars <= follow_ups.bad_stars(self.region)
        rating = Rating(region=self.region.code, id=new_id(), case_id=case_id, visit_id=visit_id, rater_id=person.id, stars=stars, at=at)
        rating.put_words(self.chance.choice(BAD_WORDS if bad else GOOD_WORDS))
        followed = None
        if bad and self.follow_up is not None:
            if (self.stage.now - at).days < STILL_OPEN_DAYS:
                self.open.append((rating, Actor(self.region.code, person.id, person.name, AccountKind.TALENT, (), "phone")))
            else:
                followed = self._followed(self.follow_up, person, at, office, about, stars)
        self.ratings.append({"region": rating.region, "id": rating.id, "case_id": case_id, "visit_id": visit_id, "rater_id": person.id,
                             "stars": stars, "words_sealed": rating.words_sealed, "at": at, "follow_up_id": followed})

    def _followed(self, matter: Matter, person: Person, at: datetime, office: UUID | None, about: str, stars: int) -> UUID | None:
        """A follow-up that is done; where nobody of the organisation works here, by the last branch of the route."""
        first, last = matter.route[0].handler[0], matter.route[0].handler[-1]
        there = office is not None and (office, first.role) in self.stage.cast.handlers
        code = last.organisation.code if last.organisation else None
        handler, role = (office, first.role) if there else (self.stage.cast.organisations[code].id if code else None, last.role)
        if handler is None or role is None or (handler, role) not in self.stage.cast.handlers:
            return None
        form = {"organisation": str(office) if office else None, "about": about, "stars": stars, "handled_there": there}
        kept = {name: value for name, value in form.items() if value is not None}
        done = self._case(matter, person, at, f"{matter.name}：{about}", handler, role, kept, reply=REPLY if self.chance.random() < 0.7 else "")
        return done[0] if done else None


async def tell(stage: Stage) -> None:
    """Write it all, in the transaction of the story, and count the figures of it."""
    chance = Random(190)
    past = Past(stage, await _people(stage, chance), chance)
    for at in past.moments(BOOKINGS, working=True):
        past.book(chance.choice(past.people), at)
    for at in past.moments(VISITS, working=False):
        past.visit(chance.choice(past.people), at)
    for table, made in (("cases", past.cases), ("case_event", past.events), ("visit", past.visits), ("rating", past.ratings)):
        await _insert(table, made)
    for rating, holder in past.open:
        await follow_ups.begin(stage.cast.region, holder, rating, rating.at)


async def count(stage: Stage) -> None:
    """The figures of all the days, the story's own among them: the page has them before the worker looks for the first time."""
    today = stage.now.astimezone(stage.calendar.zone).date()
    await counting.count(stage.cast.region, today - timedelta(days=max(DAYS, stage.cast.story.founded)), today, stage.now)


async def _people(stage: Stage, chance: Random) -> list[Person]:
    """Holders whose cards are older than anything that is told of them; numbered like all cards, without gaps."""
    region, issued = stage.cast.region, stage.now - timedelta(days=DAYS + 20)
    levels, day = [level.code for level in region.profile.card.levels], issued.astimezone(stage.calendar.zone).date()
    counted = await row("INSERT INTO counter (region, name, value) VALUES ($1, $2, $3) ON CONFLICT (region, name) DO UPDATE "
                        "SET value = counter.value + $3 RETURNING value", region.code, f"card:{day.year}", PEOPLE)
    assert counted is not None
    names = chance.sample([surname + given for surname in SURNAMES for given in GIVEN], PEOPLE)
    people = [Person(new_id(), name, new_id(), chance.choices(levels, range(1, len(levels) + 1))[0]) for name in names]
    registered, terms = issued - timedelta(days=9), region.profile.terms
    await _insert("account", [{"region": region.code, "id": one.id, "kind": "talent", "name": one.name, "login_name": f"holder{number:03d}",
                               "created_at": registered, "terms_version": terms.version if terms else "", "terms_at": registered if terms else None}
                              for number, one in enumerate(people, 1)])
    rule, first = region.profile.card.number, counted["value"] - PEOPLE
    until = day.replace(year=day.year + region.profile.card.valid_years.value, day=1)
    await _insert("card", [{"region": region.code, "id": one.card, "number": rule.format(year=day.year, serial=first + number), "holder_id": one.id,
                            "level": one.level, "state": CardState.ACTIVE.value, "issued_on": day, "valid_until": until, "state_at": issued}
                           for number, one in enumerate(people, 1)])
    await _insert("card_event", [{"region": region.code, "id": new_id(), "card_id": one.card, "act": "issue", "reason": "颁发", "at": issued}
                                 for one in people])
    return people


#: How a column's values are sent; text unless it stands here.
TYPES = {"id": "uuid", "at": "timestamptz", "stars": "smallint", "companions": "smallint", "seq": "integer", "version": "integer",
         "profile_version": "integer", "board_serial": "bigint", "nonce": "uuid", "issued_on": "date", "valid_until": "date", "handler_org": "uuid"}


async def _insert(table: str, made: list[dict[str, Any]]) -> None:
    """One statement; the names are this file's."""
    if not made:
        return
    columns = list(made[0])
    sent = ", ".join(f"${number}::{_type(name)}[]" for number, name in enumerate(columns, 1))
    given = ", ".join("number || lpad(nextval('case_number')::text, 5, '0')" if (table, name) == ("cases", "number")
                      else f"{name}::jsonb" if name in ("facts", "detail") else name for name in columns)
    more, values = (", organisations", ", ARRAY[handler_org]") if table == "cases" else ("", "")
    sql = f"INSERT INTO {table} ({', '.join(columns)}{more}) SELECT {given}{values} FROM unnest({sent}) AS made ({', '.join(columns)})"  # noqa: S608
    await execute(sql, *([one[name] for one in made] for name in columns))


def _type(column: str) -> str:
    if column in TYPES:
        return TYPES[column]
    return "uuid" if column.endswith("_id") else "timestamptz" if column.endswith("_at") else "bytea" if column.endswith("_sealed") else "text"
