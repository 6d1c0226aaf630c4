"""What no single part of a profile can see: names that point to nothing, routes that lead nowhere, texts that nobody can fill."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config import template_fields
from config.content import SeedOrganisation
from config.forms import FACT_TYPES, REGISTERED, FormField, Section
from config.profile import Profile, WechatText
from config.routes import Handler, Matter, OrganisationPick, Step
from config.vocabulary import CHAT_ONLY, CODES, MAILED, Action, Effect, FieldType, NotificationKind, OrganisationKind, Permission

Loc = tuple[str | int, ...]


class Found(NamedTuple):
    """A mistake at ``loc``. ``names`` is the part that the name was looked up in: where that part cannot be read, nothing is proven."""

    loc: Loc
    expected: str
    names: Loc | None = None


#: As many ids as one call of ``wx.requestSubscribeMessage`` takes.
MOST_ASKED = 3
ORGANISATIONS: Loc = ("content", "organisations")


def crossed_references(profile: Profile) -> Iterator[Found]:
    """All mistakes of a profile whose parts are well-formed one by one."""
    try:
        ZoneInfo(profile.zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Found(("zone",), "a time zone such as Asia/Shanghai")
    if extra := {str(method) for method in profile.login.unit_methods if method not in profile.login.methods}:
        yield Found(("login", "unit_methods"), f"some of {', '.join(profile.login.methods)}, not {_list(extra)}", ("login", "methods"))
    yield from _people(profile)
    for code, matter in profile.matters.items():
        yield from _matter(("matters", code), profile, matter)
        if matter.code != code:
            yield Found(("matters", code, "code"), f"the file's name, {code}")
    yield from _role(("supervision", "leader_role"), profile, profile.supervision.leader_role)
    yield from _role(("supervision", "watch_role"), profile, profile.supervision.watch_role, Permission.SUPERVISE)
    yield from _texts(profile)
    yield from _organisations(profile)
    yield from _catalogue(profile)
    yield from _venues(profile)
    yield from _benefits(profile)
    yield from _repeated(profile)


def _role(here: Loc, profile: Profile, role: str, needs: Permission | None = None) -> Iterator[Found]:
    if role not in profile.roles:
        yield Found(here, f"one of the roles {', '.join(profile.roles)}", ("roles", role))
    elif needs and needs not in profile.roles[role].can:
        yield Found(here, f"a role that can {needs} ({needs.label})", ("roles", role, "can"))


def _texts(profile: Profile) -> Iterator[Found]:
    for kind in (kind for kind in NotificationKind if kind not in MAILED):
        here: Loc = ("sending", "texts", kind.value)
        if (telling := profile.sending.texts.get(kind)) is None:
            yield Found(here[:2], f"a text for {kind} ({kind.label})", here)
        elif unknown := telling.placeholders - kind.params:
            yield Found((*here, "text"), f"only the placeholders {_list(kind.params)}, not {_list(unknown)}")
        elif telling.channel == ("sms" if kind in CHAT_ONLY else "chat"):
            yield Found((*here, "channel"), "chat or none" if kind in CHAT_ONLY else "sms or none")
        if telling and telling.wechat:
            yield from _wechat_text((*here, "wechat"), kind, telling.wechat)
    if profile.sending.wechat:
        yield from _asked_for(("sending", "wechat", "ask_for"), profile, profile.sending.wechat.ask_for)


def _wechat_text(here: Loc, kind: NotificationKind, text: WechatText) -> Iterator[Found]:
    """A template's fields take little, and refuse the whole message for one that does not fit."""
    if kind in CODES:
        yield Found(here, "no wechat beside a code: it is wanted at once, and where its owner is known")
    for key, words in text.data.items():
        if wanted := template_fields.expected(key, words):
            yield Found((*here, "data", key), wanted)
        if unknown := set(re.findall(r"\{(\w+)\}", words)) - kind.params - {template_fields.AT}:
            yield Found((*here, "data", key), f"only the placeholders {_list({*kind.params, template_fields.AT})}, not {_list(unknown)}")


def _asked_for(here: Loc, profile: Profile, kinds: Sequence[NotificationKind]) -> Iterator[Found]:
    texts = [profile.sending.texts[kind].wechat if kind in profile.sending.texts and kind not in CHAT_ONLY else None for kind in kinds]
    for number, (kind, text) in enumerate(zip(kinds, texts, strict=True)):
        if text is None:
            yield Found((*here, number), f"a kind with a text for WeChat; {kind} has none", ("sending", "texts", kind.value, "wechat"))
    if len({text.template for text in texts if text and text.template}) > MOST_ASKED:
        yield Found(here, f"at most {MOST_ASKED} templates: WeChat asks for no more at once")


def _matter(here: Loc, profile: Profile, matter: Matter) -> Iterator[Found]:
    names = [step.step for step in matter.route]
    for number, step in enumerate(matter.route):
        at = (*here, "route", number)
        for branch, handler in enumerate(step.handler):
            yield from _handler((*at, "handler", branch), profile, matter, handler, names[:number])
        if step.handler[-1].when:
            yield Found((*at, "handler"), "a last branch without «when», so that every case has a handler")
        yield from _acts(at, step, names[:number], ends=number == len(names) - 1)
        for index, column in enumerate(step.columns):
            yield from _column((*at, "columns", index, "path"), profile, matter, column.path)
        for index, column in enumerate(step.roster.columns if step.roster else ()):
            yield from _column((*at, "roster", "columns", index, "path"), profile, matter, column.path)
    sections = [section.section for section in profile.sections_of(matter.who.dossier)]
    for number, code in enumerate(matter.sections):
        if code not in sections:
            place = ("unit_sections",) if matter.who.dossier == "unit" else ("person_sections",)
            yield Found((*here, "sections", number), f"one of the sections {', '.join(sections) or '(there is none)'}", place)
    if matter.who.role is not None:
        yield from _role((*here, "who", "role"), profile, matter.who.role)
    yield from _begun(here, profile, matter)
    yield from _leaving(here, profile, matter)
    yield from _once((*here, "route"), names, "step")
    yield from _once((*here, "form"), [field.field for field in matter.form], "field")
    yield from _asked((*here, "form"), matter.form)
    for number, field in enumerate(matter.form):
        if field.fixed:
            yield Found((*here, "form", number, "fixed"), "fixed only in sections; a form is filled in once")


def _begun(here: Loc, profile: Profile, matter: Matter) -> Iterator[Found]:
    """What a bad rating begins: who rated has no part in it, and there is one such matter."""
    if matter.begun_by is None:
        return
    if matter.rated or matter.sections or matter.applicant_can:
        yield Found((*here, "begun_by"), "no sections, rated or applicant_can beside begun_by: nobody applies for it")
    if not 1 <= matter.begun_by.stars.value <= 4:
        yield Found((*here, "begun_by", "stars"), "1 to 4 stars")
    if unknown := {field.field for field in matter.form} - RATED:
        yield Found((*here, "form"), f"only the fields {', '.join(sorted(RATED))}, not {_list(unknown)}")
    if (first := next(one for one in profile.matters.values() if one.begun_by)) is not matter:
        yield Found((*here, "begun_by"), f"only once; {first.code} has it already")


def _leaving(here: Loc, profile: Profile, matter: Matter) -> Iterator[Found]:
    """How a person leaves: asked for on her own page of data, with nothing but a reason, and there is one such matter."""
    if matter.effect is not Effect.CLOSE_ACCOUNT:
        return
    if matter.who.kind != "talent" or matter.sections or {field.field for field in matter.form} - {"reason"}:
        yield Found((*here, "effect"), "for persons, without sections, and with no field but «reason»: she asks for it on the page of her data")
    if (first := next(one for one in profile.matters.values() if one.effect is Effect.CLOSE_ACCOUNT)) is not matter:
        yield Found((*here, "effect"), f"only once; {first.code} has it already")


#: What is known of a rating: the form of the matter that it begins.
RATED = frozenset({"organisation", "handled_there", "about", "stars"})


def _acts(here: Loc, step: Step, earlier: list[str], *, ends: bool) -> Iterator[Found]:
    onward = {can.action for can in step.can} & {Action.APPROVE, Action.COMPLETE, Action.BIND}
    if step.roster is not None and onward:
        yield Found((*here, "can"), "no approve, complete or bind beside a roster: what is on it goes on with it")
    elif step.roster is None and not onward:
        yield Found((*here, "can"), "approve or complete; from this step a case could never go on")
    elif ends and Action.COMPLETE not in onward:
        yield Found((*here, "can"), "complete, at the last step of a route")
    for index, can in enumerate(step.can):
        if can.to is not None and (can.action is not Action.RETURN or can.to not in earlier):
            yield Found((*here, "can", index, "to"), "an earlier step, and only beside return", (*here[:2], "route"))
    yield from _once((*here, "can"), [can.action for can in step.can])


def _handler(here: Loc, profile: Profile, matter: Matter, handler: Handler, earlier: list[str]) -> Iterator[Found]:
    if handler.role is not None:
        yield from _role((*here, "role"), profile, handler.role, Permission.HANDLE_CASES)
    for path in handler.when:
        yield from _fact_path((*here, "when", path), profile, matter, path)
    if handler.organisation:
        yield from _pick((*here, "organisation"), profile, matter, handler.organisation, earlier)


def _pick(here: Loc, profile: Profile, matter: Matter, pick: OrganisationPick, earlier: list[str]) -> Iterator[Found]:
    if pick.code and pick.code not in {organisation.code for organisation in profile.content.organisations}:
        yield Found((*here, "code"), "the code of an organisation", ORGANISATIONS)
    if pick.otherwise and pick.otherwise not in {organisation.code for organisation in profile.content.organisations}:
        yield Found((*here, "otherwise"), "the code of an organisation", ORGANISATIONS)
    if pick.same_as and pick.same_as not in earlier:
        yield Found((*here, "same_as"), f"an earlier step: {', '.join(earlier) or 'there is none'}", (*here[:2], "route"))
    if pick.chosen and getattr(matter.field(pick.chosen), "type", None) is not FieldType.ORGANISATION:
        known = [number for number, field in enumerate(matter.form) if field.field == pick.chosen]
        yield Found((*here, "chosen"), "a field of the form with the type organisation", (*here[:2], "form", *known[:1]))
    for name in ("district_bureau_of", "talent_office_of", "in_charge_of", "at"):
        if path := getattr(pick, name):
            yield from _fact_path((*here, name), profile, matter, path)


#: What is always known of an applicant and of a unit, beside the facts of their dossiers.
OF_APPLICANT, OF_UNIT = ("bound", "name"), ("name", "code", "district")


def _fact_path(here: Loc, profile: Profile, matter: Matter, path: str) -> Iterator[Found]:
    """Conditions and picks read ``form.<field>``, ``applicant.…``, ``unit.…`` or ``dossier.…``; of a dossier only what is a fact."""
    root, _, rest = path.partition(".")
    if root == "form":
        if matter.field(rest) is None:
            yield Found(here, f"a field of the form: {', '.join('form.' + field.field for field in matter.form)}", (*here[:2], "form"))
        return
    known = {"applicant": OF_APPLICANT, "unit": (*OF_UNIT, *_facts(profile, "unit")), "dossier": _facts(profile, matter.who.dossier)}
    if root not in known:
        yield Found(here, "a path that begins with form., applicant., unit. or dossier.")
    elif rest not in known[root]:
        paths = ", ".join(f"{root}.{one}" for one in known[root]) or "nothing: no field of the sections is a fact"
        yield Found(here, f"one of {paths}", ("unit_sections" if root == "unit" or matter.who.dossier == "unit" else "person_sections",))


def _facts(profile: Profile, kind: str) -> tuple[str, ...]:
    return tuple(path for section in profile.sections_of(kind) for path in section.fact_paths())


#: What a roster's column may say of these, beside the fields of forms and sections.
COLUMNS = {"case": ("number", "subject", "created_at", "step"), "applicant": ("name", "sex", "id_number", "phone", "unit"), "unit": OF_UNIT,
           "card": ("number", "level", "valid_until"), "specialist": ("name", "phone")}


def _column(here: Loc, profile: Profile, matter: Matter, path: str) -> Iterator[Found]:
    root, _, rest = path.partition(".")
    known = COLUMNS.get(root, ())
    if root == "form":
        known = tuple(field.field for field in matter.form)
    elif root == "dossier":
        known = tuple(f"{section.section}.{field.field}" for section in profile.person_sections for field in section.fields)
    if rest not in known:
        yield Found(here, f"one of {', '.join(f'{root}.{one}' for one in known) or '(there is none)'}")


def _people(profile: Profile) -> Iterator[Found]:
    for place, sections in (("person_sections", profile.person_sections), ("unit_sections", profile.unit_sections)):
        yield from _once((place,), [section.section for section in sections], "section")
        for number, section in enumerate(sections):
            here: Loc = (place, number, "fields")
            yield from _once(here, [field.field for field in section.fields], "field")
            yield from _asked(here, section.fields)
            if section.section == REGISTERED:
                yield Found((place, number, "section"), f"another code: what was registered is called {REGISTERED}")
            for index, field in enumerate(section.fields):
                yield from _field((*here, index), section, field)
    yield from _identifying(profile)
    yield from _once(("honours",), [honour.title for honour in profile.honours], "title")
    for kind, way in profile.registration.items():
        at: Loc = ("registration", kind)
        yield from _asked((*at, "asks"), way.asks)
        if way.matter is not None and way.matter not in profile.matters:
            yield Found((*at, "matter"), f"one of the matters {', '.join(profile.matters)}", ("matters",))
        if way.role is not None:
            yield from _role((*at, "role"), profile, way.role)
        if (way.role is None) != (kind == "person"):
            yield Found((*at, "role"), "a role in the unit for units and reviewers, none for persons")
        if way.by_unit and kind != "person":
            yield Found((*at, "by_unit"), "by_unit only for persons: who acts for a unit is reviewed")
    if profile.registration and profile.terms is None:
        yield Found(("terms",), "terms that are agreed to when somebody registers")


def _identifying(profile: Profile) -> Iterator[Found]:
    """One number says who the person is: it stands once, in her own sections."""
    places = [(("person_sections", number, "fields", index, "identifies"), section, field) for number, section in enumerate(profile.person_sections)
              for index, field in enumerate(section.fields) if field.identifies]
    for count, (here, section, field) in enumerate(places):
        if field.type is not FieldType.PERSON_ID or section.repeats:
            yield Found(here, "identifies for a field of the type person_id, in a section that does not repeat")
        elif count:
            yield Found(here, "identifies for one field of the person's sections")
    others: list[tuple[Loc, FormField]] = [(("unit_sections", number, "fields", index), field)
                                           for number, section in enumerate(profile.unit_sections) for index, field in enumerate(section.fields)]
    others += [(("matters", code, "form", index), field) for code, matter in profile.matters.items() for index, field in enumerate(matter.form)]
    yield from (Found((*here, "identifies"), "identifies only in the sections of persons") for here, field in others if field.identifies)


def _asked(here: Loc, fields: tuple[FormField, ...]) -> Iterator[Found]:
    """Whether a field is asked for is known once those before it are read, and only from answers that can be listed."""
    for number, field in enumerate(fields):
        for name, wanted in field.when.items():
            at, other = (*here, number, "when", name), next((earlier for earlier in fields[:number] if earlier.field == name), None)
            if other is None or other.type not in {FieldType.CHOICE, FieldType.YES_NO}:
                yield Found(at, "an earlier field of the same form, a choice or a yes_no", here)
                continue
            possible: list[str | bool] = [*other.options] if other.type is FieldType.CHOICE else [True, False]
            if any(value not in possible for value in (wanted if isinstance(wanted, tuple) else (wanted,))):
                yield Found(at, f"one of {', '.join(map(str, possible))}", here)


def _field(here: Loc, section: Section, field: FormField) -> Iterator[Found]:
    if field.fact and field.type not in FACT_TYPES:
        yield Found((*here, "fact"), f"fact only for fields of the types {_list({kind.value for kind in FACT_TYPES})}: others are personal data")
    if field.offline and field.type is not FieldType.FILES:
        yield Found((*here, "offline"), "offline only for files")
    if field.agrees_with is not None:
        other = section.field(field.agrees_with)
        if other is None or other.type is not FieldType.PERSON_ID or field.type not in {FieldType.DATE, FieldType.CHOICE}:
            yield Found((*here, "agrees_with"), "for a date or a choice: a field of the type person_id in the same section")


def _organisations(profile: Profile) -> Iterator[Found]:
    parents = {organisation.code: organisation.parent for organisation in profile.content.organisations}
    districts = [district.code for district in profile.districts]
    for number, organisation in enumerate(profile.content.organisations):
        here: Loc = (*ORGANISATIONS, number)
        if organisation.parent is not None and organisation.parent not in parents:
            yield Found((*here, "parent"), "the code of an organisation", ORGANISATIONS)
        elif _below_itself(organisation, parents):
            yield Found((*here, "parent"), "an organisation that does not itself stand below this one")
        if organisation.district is not None and organisation.district not in districts:
            yield Found((*here, "district"), f"one of the districts {', '.join(districts)}", ("districts",))


def _below_itself(organisation: SeedOrganisation, parents: dict[str, str | None]) -> bool:
    above = organisation.parent
    for _ in parents:
        if above is None or above == organisation.code:
            break
        above = parents.get(above)
    return above == organisation.code


def _catalogue(profile: Profile) -> Iterator[Found]:
    levels = [level.code for level in profile.card.levels]
    windows = {organisation.code for organisation in profile.content.organisations if organisation.kind is OrganisationKind.WINDOW}
    for group, category in enumerate(profile.content.catalogue):
        for number, service in enumerate(category.services):
            here: Loc = ("content", "catalogue", group, "services", number)
            if unknown := set(service.levels) - set(levels):
                yield Found((*here, "levels"), f"levels of the card ({', '.join(levels)}), not {_list(unknown)}", ("card", "levels"))
            if service.windows != "all" and (unknown := set(service.windows) - windows):
                yield Found((*here, "windows"), f"codes of organisations of the kind window, not {_list(unknown)}", ORGANISATIONS)
            if service.used_at is not None:
                yield from _venue_category(here, profile, service.used_at, "used_at")


def _venues(profile: Profile) -> Iterator[Found]:
    organisations = {organisation.code for organisation in profile.content.organisations}
    for number, venue in enumerate(profile.content.venues):
        yield from _venue_category(("content", "venues", number), profile, venue.category)
        if venue.operator is not None and venue.operator not in organisations:
            yield Found(("content", "venues", number, "operator"), "the code of an organisation", ORGANISATIONS)


def _benefits(profile: Profile) -> Iterator[Found]:
    levels = [level.code for level in profile.card.levels]
    for number, benefit in enumerate(profile.content.benefits):
        here: Loc = ("content", "benefits", number)
        yield from _venue_category(here, profile, benefit.category)
        if benefit.level not in levels:
            yield Found((*here, "level"), f"one of the levels {', '.join(levels)}", ("card", "levels"))


def _venue_category(here: Loc, profile: Profile, code: str, key: str = "category") -> Iterator[Found]:
    categories = [category.code for category in profile.venue_categories]
    if code not in categories:
        yield Found((*here, key), f"one of the venue categories {', '.join(categories)}", ("venue_categories",))


def _repeated(profile: Profile) -> Iterator[Found]:
    content = profile.content
    yield from _once(("card", "levels"), [level.code for level in profile.card.levels], "code")
    yield from _once(("districts",), [district.code for district in profile.districts], "code")
    yield from _once(("venue_categories",), [category.code for category in profile.venue_categories], "code")
    yield from _once(("information",), [one.code for one in profile.information], "code")
    yield from _once(ORGANISATIONS, [organisation.code for organisation in content.organisations], "code")
    yield from _once(("content", "catalogue"), [category.code for category in content.catalogue], "code")
    yield from _once(("content", "venues"), [venue.code for venue in content.venues], "code")
    yield from _once(("content", "benefits"), [f"{benefit.category} × {benefit.level}" for benefit in content.benefits])
    places = [(group, number, service.code) for group, category in enumerate(content.catalogue)
              for number, service in enumerate(category.services)]
    yield from _again((("content", "catalogue", group, "services", number, "code"), code) for group, number, code in places)
    yield from _again((("matters", code, "prefix"), matter.prefix) for code, matter in profile.matters.items())
    yield from _again(((*ORGANISATIONS, number, "in_charge_of", index), title) for number, organisation in enumerate(content.organisations)
                      for index, title in enumerate(organisation.in_charge_of))


def _once(here: Loc, names: list[str], *key: str) -> Iterator[Found]:
    return _again(((*here, number, *key), name) for number, name in enumerate(names))


def _again(named: Iterator[tuple[Loc, str]]) -> Iterator[Found]:
    seen: Counter[str] = Counter()
    for loc, name in named:
        if seen[name]:
            yield Found(loc, f"{name} only once; it stands further up already")
        seen[name] += 1


def _list(words: frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(words))
