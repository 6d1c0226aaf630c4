"""Paths by which conditions, handlers and rosters name a value: ``form.district``, ``dossier.honours.main.title``, ``unit.basic.district``."""

from config.forms import FormField
from config.profile import Profile
from config.routes import Matter


def field_at(profile: Profile, matter: Matter, path: str) -> FormField | None:
    """The field that is declared at ``path``; none for what needs no declaration (``unit.name``) and for a path that leads nowhere."""
    root, *names = path.split(".")
    if root == "form":
        return matter.field(".".join(names))
    sections = {"dossier": profile.sections_of(matter.who.kind), "unit": profile.unit_sections}.get(root, ())
    return next((section.field(names[-1]) for section in sections if len(names) > 1 and section.section == names[0]), None)


def declares(matter: Matter, path: str) -> tuple[str, ...]:
    """The part of a profile in which the name of ``path`` is looked up."""
    if path.startswith("form."):
        return ("matters", matter.code, "form")
    return ("unit_sections" if path.startswith("unit.") or matter.who.kind == "unit" else "person_sections",)
