"""Forms: typed fields, and the sections of a dossier. Every face, the validation, Excel and print draw from these declarations."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from config.said import Code, Said, Words
from config.vocabulary import FieldType, OrganisationKind

#: Types whose values are found in lists or decide routes without saying who somebody is.
FACT_TYPES = frozenset({FieldType.TEXT, FieldType.CHOICE, FieldType.YES_NO, FieldType.DISTRICT, FieldType.ORGANISATION, FieldType.HONOUR,
                        FieldType.UNIT, FieldType.MONTH, FieldType.DATE, FieldType.NUMBER})


class FormField(Said):
    """One field of a form; the declaration that every face, export and print draws from."""

    field: Code
    type: FieldType
    label: Words
    required: bool = False
    hint: str = ""
    examples: tuple[str, ...] = ()
    min: int | None = None
    max: int | None = Field(None, description="longest text in characters, or largest number")
    options: dict[str, str] = Field({}, description="value → label, for choice and several")
    kinds: tuple[OrganisationKind, ...] = Field((), description="for an organisation: which kinds may be chosen")
    fact: bool = Field(False, description="routing, lists and search may know it: kept readable beside the sealed content")
    agrees_with: Code | None = Field(None, description="for a birthday or a sex: the ID number of the same section that must say the same")
    offline: bool = Field(False, description="for files: may be handed in on paper instead, which the reviewer confirms (GL-11)")
    when: dict[Code, str | bool | tuple[str, ...]] = Field({}, description="asked for only where earlier fields of the same row say this, or one "
                                                                           "of these: of a unit a district or a department (GL-02)")
    identifies: bool = Field(False, description="the ID number of the person whose dossier it is: it is that of her account, and exists once in "
                                                "the whole system (BZ-02)")
    fixed: bool = Field(False, description="in a dossier: stays as it was reviewed; whoever needs it otherwise turns to the office (GL-08)")

    @model_validator(mode="after")
    def options_where_needed(self) -> Self:
        if (self.type in {FieldType.CHOICE, FieldType.SEVERAL}) != bool(self.options):
            raise ValueError("options belong to choice and several, and these need them")
        return self

    def is_asked(self, row: Mapping[str, Any]) -> bool:
        """Whether ``row`` says what ``when`` wants; where it does not, the field is neither shown nor required nor kept."""
        return all(row.get(name) in wanted if isinstance(wanted, tuple) else row.get(name) == wanted for name, wanted in self.when.items())


class Section(Said):
    """A part 子集 of a dossier. One that repeats has a row for each degree, employer, paper …"""

    section: Code
    name: Words
    fields: tuple[FormField, ...] = Field(min_length=1)
    required: bool = Field(False, description="at least one row before anything can be submitted")
    repeats: bool = False
    most: int = Field(50, ge=1, le=200, description="rows at most")
    main: Code | None = Field(None, description="a yes_no field that exactly one row answers with yes (WH-22)")
    hint: str = ""

    @model_validator(mode="after")
    def one_main_row(self) -> Self:
        if self.main is not None and (not self.repeats or getattr(self.field(self.main), "type", None) is not FieldType.YES_NO):
            raise ValueError("main names a yes_no field of a section that repeats")
        return self

    def field(self, name: str) -> FormField | None:
        return next((field for field in self.fields if field.field == name), None)

    @property
    def facts(self) -> tuple[FormField, ...]:
        """Fields that may be known beside the sealed content: of a section that repeats, those of its main row."""
        return tuple(field for field in self.fields if field.fact) if self.main or not self.repeats else ()

    def fact_paths(self) -> tuple[str, ...]:
        """As conditions name them, e.g. ``basic.district`` or ``honours.main.title``."""
        return tuple(f"{self.section}.main.{field.field}" if self.repeats else f"{self.section}.{field.field}" for field in self.facts)


class Honour(Said):
    """An official full title. ``aliases``: what people call it; an alias is refused and the titles that it may mean are offered (WH-22)."""

    title: Words
    aliases: tuple[Words, ...] = ()


class Terms(Said):
    """What must be agreed to before an account is made; the version that was agreed to is kept with the moment (BZ-01, DZ-01)."""

    version: str = Field(min_length=1, max_length=20)
    title: Words
    text: str = Field(min_length=1, max_length=20_000)


#: Before the names of what was registered, in marks and in forms that correct it: ``account.phone``, as ``basic.phone`` is a section's.
REGISTERED = "account"

#: What the product itself asks of whoever registers, of each kind a part of it; a region's own questions are ``Registering.asks``.
AskedOfAll = Literal["name", "unit_name", "unit_code", "unit", "id_number", "phone", "login_name", "password", "password_again"]


class Registering(Said):
    """One way to register oneself 注册. Name, login name, password and phone number are always asked for."""

    name: Words
    hint: str = ""
    login_name: str = Field("chosen", pattern=r"^(chosen|phone)$", description="phone: the number is the login name (GL-04)")
    id_number: bool = Field(True, description="ask for the ID number, which exists once in the whole system (BZ-02)")
    labels: dict[AskedOfAll, Words] = Field({}, description="what the region calls these fields, where it has words of its own (GL-01: 操作人)")
    asks: tuple[FormField, ...] = Field((), description="beside these: what the first section of the dossier then has already")
    role: Code | None = Field(None, description="role in the unit; none for a person who applies for herself")
    matter: Code | None = Field(None, description="the case that opens the account, e.g. unit admission; none: it is open at once (DZ-01)")
    at_once: bool = Field(False, description="the case begins with the registration; else when the rest is filled in and submitted")
    by_unit: bool = Field(False, description="for persons: their unit may make the account for them, which then needs no review (GL-07)")
