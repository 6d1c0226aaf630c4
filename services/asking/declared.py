"""Everything that can be asked, by subject: the one place where a field of a question is named (WH-64, WH-33, WH-35)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum

from config.vocabulary import Labelled, Permission
from models.account import AccountState
from models.card import CardState
from models.case import CaseState
from models.visit import Verdict
from services.asking.fields import Choice, Field, Kind, Subject
from services.regions import Region

QUERY = (Permission.QUERY_OWN, Permission.QUERY_REGION)


def _labels(words: type[Labelled]) -> Callable[[Region], Sequence[Choice]]:
    choices = [(word.value, word.label) for word in words]
    return lambda region: choices


class Standing(StrEnum):
    """Of a unit's or a talent's account: whether its registration was approved."""

    PROVISIONAL = "true"
    APPROVED = "false"


def _approved(region: Region) -> Sequence[Choice]:
    return (Standing.APPROVED, "已通过"), (Standing.PROVISIONAL, "审核中")


def _levels(region: Region) -> Sequence[Choice]:
    return [(level.code, level.name) for level in region.profile.card.levels]


def _classes(region: Region) -> Sequence[Choice]:
    return list(region.profile.classes.items())


def _districts(region: Region) -> Sequence[Choice]:
    return [(district.code, district.name) for district in region.profile.districts]


def _matters(region: Region) -> Sequence[Choice]:
    return [(matter.code, matter.name) for matter in region.profile.matters.values()]


def _steps(region: Region) -> Sequence[Choice]:
    return list({step.step: step.name for matter in region.profile.matters.values() for step in matter.route}.items())


def _categories(region: Region) -> Sequence[Choice]:
    return [(category.code, category.name) for category in region.profile.venue_categories]


def _books(region: Region) -> bool:
    """Whether services are booked there."""
    return bool(region.profile.content.catalogue)


def _has_venues(region: Region) -> bool:
    return bool(region.profile.venue_categories)


def _has_cards(region: Region) -> bool:
    return region.profile.issues_cards or not region.profile.classes


def _has_classes(region: Region) -> bool:
    return bool(region.profile.classes)


_OFFICES = "SELECT id::text AS value, name AS label FROM organisation WHERE region = $1 AND kind <> 'unit' AND state = 'active' ORDER BY kind, code"
_SERVICES = "SELECT id::text AS value, name AS label FROM service WHERE region = $1 ORDER BY position, code"
_VENUES = "SELECT id::text AS value, name AS label FROM venue WHERE region = $1 ORDER BY serial"


#: Where a test is made in another table: what is found there, one column ``id``.
_ACCOUNTS = "SELECT id FROM account WHERE region = $1 AND {test}"
_UNITS = "SELECT id FROM organisation WHERE region = $1 AND kind = 'unit' AND {test}"
_CLASSED = "SELECT account_id AS id FROM dossier WHERE region = $1 AND account_id IS NOT NULL AND standing <> '' AND {test}"
_WORKERS = "SELECT h.id FROM account h JOIN organisation w ON (w.region, w.id) = (h.region, h.unit_id) WHERE h.region = $1 AND {test}"
_CARDS = "SELECT holder_id AS id FROM card WHERE region = $1 AND state <> 'ended' AND {test}"
_ALL_CARDS = "SELECT holder_id AS id FROM card WHERE region = $1 AND {test}"
_RATED_CASES = "SELECT case_id AS id FROM rating WHERE region = $1 AND case_id IS NOT NULL AND {test}"
_RATED_VISITS = "SELECT visit_id AS id FROM rating WHERE region = $1 AND visit_id IS NOT NULL AND {test}"
_STANDING = "(SELECT standing FROM dossier WHERE region = b.region AND account_id = {key})"


def _of_person(key: str, holder: str = "姓名") -> tuple[Field, ...]:
    """A person's name and numbers, where ``key`` is her account in ``b`` and ``p`` the joined account. Found by whole words and numbers alone."""
    within = f"{key} = ANY ({{ids}})"
    return (
        Field("person", holder, Kind.EXACT, column="p.name", asked="name", among=_ACCOUNTS, within=within, width=12),
        Field("id_number", "身份证号", Kind.NUMBERED, column="p.id_number_sealed", asked="id_number_index", among=_ACCOUNTS, within=within,
              type="bytea", index="id_number", sealed="id_number", width=22),
        Field("phone", "手机号", Kind.NUMBERED, column="p.phone_sealed", asked="phone_index", among=_ACCOUNTS, within=within, type="bytea",
              index="phone", sealed="phone", width=14),
    )


def _unit(key: str) -> Field:
    """The unit that ``key`` names in ``b``, joined as ``u``."""
    return Field("unit", "所在单位", Kind.TEXT, column="u.name", asked="name", optional=True, width=30,
                 among=_UNITS, within=f"{key} = ANY ({{ids}})")


def _standing(key: str) -> Field:
    return Field("standing", "认定类别", Kind.CHOICE, choices=_classes, shown=_has_classes, optional=True, width=12, asked="standing",
                 column=_STANDING.replace("{key}", key), among=_CLASSED, within=f"{key} = ANY ({{ids}})")


_DISTRICT = "coalesce(b.facts, b.data) ->> 'district'"
#: Whoever handles a case is among its organisations.
_HANDLED = "SELECT 1 FROM cases WHERE region = $1 AND handler_org = ANY ({own})"
_LATE = "(b.state = 'handling' AND b.due_at < $2)"
_SUBMITTED = "b.about_id = ANY ({ids}) OR b.applicant_id = ANY ({ids})"


def _of_case_person(field: Field) -> Field:
    """Two indexes, the applicant's and that of whom it is about: a condition on either is quick, one on the first that is there is not."""
    return replace(field, within=_SUBMITTED)


CASES = Subject(
    "cases", "办件", "件", "inbox", table="cases", only="true", person="p.id", link="cases/{id}/", order="created", needs=QUERY,
    own="b.id = ANY ({ids})", own_many="(b.organisations && {own} OR b.unit_id = ANY ({own}))",
    own_among="SELECT id FROM cases WHERE region = $1 AND (organisations && {own} OR unit_id = ANY ({own}))", own_surely=_HANDLED,
    joins="""JOIN account a ON (a.region, a.id) = (b.region, b.applicant_id)
             JOIN account p ON (p.region, p.id) = (b.region, coalesce(b.about_id, b.applicant_id))
             JOIN organisation o ON (o.region, o.id) = (b.region, b.handler_org)
             LEFT JOIN organisation u ON (u.region, u.id) = (b.region, b.unit_id)
             LEFT JOIN rating r ON (r.region, r.case_id) = (b.region, b.id)""",
    columns=("number", "subject", "person", "unit", "office", "state", "step", "created", "due", "standing", "stars", "words"),
    story="CASE WHEN p.kind = 'talent' THEN p.id END",
    fields=(
        Field("number", "编号", Kind.EXACT, column="b.number", asked="b.number", capitals=True, width=18),
        Field("subject", "办理内容", Kind.TEXT, column="b.subject", asked="b.subject", width=28),
        *map(_of_case_person, _of_person("")),
        _unit("b.unit_id"),
        Field("matter", "事项", Kind.CHOICE, column="b.matter", asked="b.matter", choices=_matters, width=18),
        Field("service", "服务项目", Kind.CHOICE, column="b.service_id::text", asked="b.service_id", type="uuid", listed=_SERVICES, optional=True,
              shown=_books, width=24),
        Field("state", "状态", Kind.CHOICE, column="b.state", asked="b.state", choices=_labels(CaseState), toned=True, width=12),
        Field("step", "环节", Kind.CHOICE, column="b.step", asked="b.step", choices=_steps, width=12),
        Field("office", "承办机构", Kind.CHOICE, column="o.name", asked="b.handler_org", type="uuid", listed=_OFFICES, width=28),
        Field("district", "所属区县", Kind.CHOICE, column=_DISTRICT, asked=_DISTRICT, choices=_districts, width=12),
        Field("late", "是否超时", Kind.YES_NO, column=_LATE, asked=_LATE, width=10),
        Field("created", "提交时间", Kind.MOMENT, column="b.created_at", asked="b.created_at", order="b.created_at", width=17),
        Field("due", "办理期限", Kind.MOMENT, column="b.due_at", asked="b.due_at", optional=True, width=17,
              order="b.due_at", order_where="b.state = 'handling'"),
        Field("updated", "最近办理", Kind.MOMENT, column="b.updated_at", width=17),
        Field("closed", "办结时间", Kind.MOMENT, column="b.closed_at", asked="b.closed_at", optional=True, width=17),
        Field("stars", "评分", Kind.NUMBER, column="r.stars", asked="stars", type="integer", optional=True, shown=_books, width=8,
              among=_RATED_CASES, within="b.id = ANY ({ids})"),
        Field("words", "评价", Kind.TEXT, column="r.words_sealed", rating="r.id", shown=_books, width=36),
        _standing("coalesce(b.about_id, b.applicant_id)"),
    ))

TALENTS = Subject(
    "talents", "人才", "人", "users", table="account", only="b.kind = 'talent'", person="b.id", link="persons/{id}", order="registered", needs=QUERY,
    own="(b.unit_id = ANY ({own}) OR b.id = ANY ({ids}))",
    own_among="SELECT unnest(ARRAY[applicant_id, about_id]) AS id FROM cases WHERE region = $1 AND organisations && {own}", own_surely=_HANDLED,
    own_many="""(b.unit_id = ANY ({own}) OR (SELECT true FROM cases WHERE region = $1 AND applicant_id = b.id AND organisations && {own} LIMIT 1)
                 OR (SELECT true FROM cases WHERE region = $1 AND about_id = b.id AND organisations && {own} LIMIT 1))""",
    joins="""JOIN account p ON (p.region, p.id) = (b.region, b.id)
             LEFT JOIN organisation u ON (u.region, u.id) = (b.region, b.unit_id)
             LEFT JOIN card c ON c.region = b.region AND c.holder_id = b.id AND c.state <> 'ended'""",
    columns=("person", "unit", "state", "approved", "level", "card_state", "standing", "open", "registered"),
    fields=(
        *_of_person("b.id"),
        _unit("b.unit_id"),
        Field("state", "账号状态", Kind.CHOICE, column="b.state", asked="b.state", choices=_labels(AccountState), toned=True, width=12),
        Field("approved", "注册审核", Kind.CHOICE, column="b.provisional::text", asked="b.provisional", type="boolean", choices=_approved, width=12),
        Field("level", "卡等级", Kind.CHOICE, column="c.level", asked="level", choices=_levels, optional=True, shown=_has_cards, width=12,
              among=_CARDS, within="b.id = ANY ({ids})"),
        Field("card_state", "卡状态", Kind.CHOICE, column="c.state", asked="state", choices=_labels(CardState), optional=True, shown=_has_cards,
              toned=True, width=10, among=_ALL_CARDS, within="b.id = ANY ({ids})"),
        _standing("b.id"),
        Field("open", "办理中", Kind.NUMBER, width=8,
              column="(SELECT count(*) FROM cases WHERE region = b.region AND applicant_id = b.id AND closed_at IS NULL)"),
        Field("registered", "注册时间", Kind.MOMENT, column="b.created_at", asked="b.created_at", order="b.created_at", width=17),
    ))

UNITS = Subject(
    "units", "单位", "家", "building", table="organisation", only="b.kind = 'unit'", person="NULL::uuid", link="units/{id}", order="name",
    needs=QUERY,
    own="(b.id = ANY ({own}) OR b.id = ANY ({ids}))",
    own_among="SELECT unit_id AS id FROM cases WHERE region = $1 AND organisations && {own} AND unit_id IS NOT NULL",
    own_many="(b.id = ANY ({own}) OR (SELECT true FROM cases WHERE region = $1 AND unit_id = b.id AND organisations && {own} LIMIT 1))",
    joins="",
    columns=("name", "unit_code", "district", "approved", "contact", "people", "open"), story="NULL::uuid",
    fields=(
        Field("name", "单位名称", Kind.TEXT, column="b.name", asked="b.name", order="b.name", width=32),
        Field("unit_code", "统一社会信用代码", Kind.EXACT, column="b.unit_code", asked="b.unit_code", capitals=True, width=22),
        Field("district", "所属区县", Kind.CHOICE, column="b.district", asked="b.district", choices=_districts, optional=True, width=12),
        Field("approved", "入库", Kind.CHOICE, column="b.provisional::text", asked="b.provisional", type="boolean", choices=_approved, width=10),
        Field("contact", "联系人", Kind.TEXT, column="b.contact", width=12),
        Field("people", "人才", Kind.NUMBER, width=8,
              column="(SELECT count(*) FROM account WHERE region = b.region AND unit_id = b.id AND kind = 'talent')"),
        Field("open", "办理中", Kind.NUMBER, width=8,
              column="(SELECT count(*) FROM cases WHERE region = b.region AND unit_id = b.id AND closed_at IS NULL)"),
    ))

CARDS = Subject(
    "cards", "人才卡", "张", "id", table="card", only="true", person="p.id", link="cards/{id}", order="issued", own="",
    needs=(Permission.QUERY_CARDS,),
    joins="""JOIN account p ON (p.region, p.id) = (b.region, b.holder_id)
             LEFT JOIN organisation u ON (u.region, u.id) = (p.region, p.unit_id)""",
    columns=("number", "person", "unit", "level", "state", "issued", "until", "reason"), shown=_has_cards,
    fields=(
        Field("number", "卡号", Kind.EXACT, column="b.number", asked="b.number", capitals=True, width=18),
        *_of_person("b.holder_id", "持卡人"),
        replace(_unit("b.holder_id"), optional=False, among=_WORKERS, asked="w.name"),
        Field("level", "等级", Kind.CHOICE, column="b.level", asked="b.level", choices=_levels, width=12),
        Field("state", "状态", Kind.CHOICE, column="b.state", asked="b.state", choices=_labels(CardState), toned=True, width=10),
        Field("issued", "颁发日期", Kind.DAY, column="b.issued_on", asked="b.issued_on", type="date", order="b.issued_on", width=12),
        Field("until", "有效期至", Kind.DAY, column="b.valid_until", asked="b.valid_until", type="date", order="b.valid_until", width=12),
        Field("reason", "原因", Kind.TEXT, column="b.reason_sealed", reason="card", width=36),
    ))

VISITS = Subject(
    "visits", "现场服务", "次", "map-pin", table="visit", only="true", person="p.id", link="persons/{person_id}", order="at",
    needs=(Permission.QUERY_REGION,), own="",
    joins="""JOIN account p ON (p.region, p.id) = (b.region, b.holder_id)
             LEFT JOIN venue v ON (v.region, v.id) = (b.region, b.venue_id)
             LEFT JOIN rating r ON (r.region, r.visit_id) = (b.region, b.id)""",
    columns=("at", "person", "venue", "category", "verdict", "companions", "undone", "stars"), shown=_has_venues,
    fields=(
        Field("at", "时间", Kind.MOMENT, column="b.at", asked="b.at", order="b.at", width=17),
        *_of_person("b.holder_id", "持卡人"),
        Field("venue", "服务场所", Kind.CHOICE, column="b.venue_id::text", asked="b.venue_id", type="uuid", listed=_VENUES, optional=True, width=26),
        Field("category", "类别", Kind.CHOICE, column="b.category", asked="b.category", choices=_categories, optional=True, width=12),
        Field("verdict", "核验结果", Kind.CHOICE, column="b.verdict", asked="b.verdict", choices=_labels(Verdict), width=18),
        Field("level", "卡等级", Kind.CHOICE, column="b.level", asked="b.level", choices=_levels, optional=True, width=12),
        Field("companions", "随行人数", Kind.NUMBER, column="b.companions", asked="b.companions", type="integer", width=8),
        Field("undone", "已撤销", Kind.YES_NO, column="(b.undone_at IS NOT NULL)", asked="(b.undone_at IS NOT NULL)", width=8),
        Field("stars", "评分", Kind.NUMBER, column="r.stars", asked="stars", type="integer", optional=True, width=8,
              among=_RATED_VISITS, within="b.id = ANY ({ids})"),
    ))

SUBJECTS = {subject.code: subject for subject in (CASES, TALENTS, UNITS, CARDS, VISITS)}
