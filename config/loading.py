"""Reading a region's folder: everything that is wrong at once, each with file, line, path and what was expected.

``region.yaml`` holds the region itself; ``people.yaml``, where there is one, who registers and what dossiers hold; ``matters/*.yaml`` one matter a
file; ``content/*.yaml`` the first filling. A folder that has a single mistake loads nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor, SafeConstructor
from ruamel.yaml.error import YAMLError

from config.dead_ends import dead_ends
from config.mending import is_certain, mended, stands_under
from config.profile import Profile
from config.references import Loc, crossed_references


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong: ``file:line path: what was expected``."""

    file: str
    line: int
    path: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.path}: {self.expected}"


class WrongProfile(Exception):
    """A profile that refuses to load; ``mistakes`` has all of them, in the order of the files."""

    def __init__(self, region: str, mistakes: list[Mistake]) -> None:
        self.mistakes = sorted(mistakes, key=lambda m: (m.file, m.line, m.path))
        super().__init__(f"profile {region}: {len(mistakes)} mistake(s)\n" + "\n".join(f"  {m}" for m in self.mistakes))


@dataclass
class Source:
    """The merged document of a folder, where each of its parts was written, and what could not be read at all."""

    document: dict[str, Any] = field(default_factory=lambda: {"matters": {}, "content": {}})
    places: dict[Loc, tuple[str, int]] = field(default_factory=lambda: {(): ("region.yaml", 1)})
    mistakes: list[Mistake] = field(default_factory=list)
    unread: set[Loc] = field(default_factory=set)

    def written(self, loc: Loc) -> Loc:
        """``loc`` as it stands in the files: without what the schema adds (names of alternatives, the list around a single handler)."""
        found: Loc = ()
        for part in loc:
            if (*found, part) in self.places:
                found = (*found, part)
        return found

    def mistake(self, loc: Loc, expected: str) -> Mistake:
        """The mistake at ``loc``, or at its nearest written ancestor."""
        written = self.written(loc)
        return Mistake(*self.places[written], _path(written), expected)


class Fault(NamedTuple):
    """Something that does not have the shape it must have."""

    loc: Loc
    expected: str
    missing: bool


def read_profile(folder: Path) -> Profile:
    """The profile in ``folder``. Raises :class:`WrongProfile` with all of its mistakes.

    Most folders have none, and to note where everything stands is a third of the reading: so it is done when there is something to say.
    """
    return read_without_places(folder) or read_with_places(folder)[0]


def read_without_places(folder: Path) -> Profile | None:
    """The profile of a folder in which nothing is wrong, or may be: else none, and :func:`read_with_places` says what."""
    if (document := _plain_document(folder)) is None or document.get("code", folder.name) != folder.name:
        return None
    try:
        profile = Profile.model_validate(document)
    except ValidationError:
        return None
    doubts = chain(crossed_references(profile), dead_ends(profile))
    return profile if next(doubts, None) is None else None


def read_with_places(folder: Path) -> tuple[Profile, Source]:
    """As :func:`read_profile`, with the place where each part was written."""
    source = _read_source(folder)
    profile, faults = _validated(source)
    mistakes = source.mistakes + [_mistake(source, fault) for fault in faults if not (fault.missing and fault.loc[:-1] in source.unread)]
    mistakes += _cross_mistakes(source, profile, faults)
    if source.document.get("code", folder.name) != folder.name:
        mistakes.append(source.mistake(("code",), f"the folder's name, {folder.name}"))
    if mistakes or profile is None:
        raise WrongProfile(folder.name, mistakes)
    return profile, source


def regions(folder: Path) -> list[str]:
    """Codes of all regions that have a profile under ``folder``."""
    return sorted(path.parent.name for path in folder.glob("*/region.yaml"))


def _validated(source: Source) -> tuple[Profile | None, list[Fault]]:
    try:
        return Profile.model_validate(source.document), []
    except ValidationError as error:
        return None, list(_faults(source, error))


def _faults(source: Source, error: ValidationError) -> Iterator[Fault]:
    """One fault a place: where a value fits none of several alternatives, pydantic complains once for each."""
    found: dict[tuple[Loc, bool], list[str]] = {}
    complaints = error.errors(include_url=False, include_input=False)
    for each in complaints:
        loc, missing = source.written(each["loc"]), each["type"] == "missing"
        if each["type"] == "too_short" and any(_is_inside(other["loc"], each["loc"]) for other in complaints):
            continue  # pydantic does not count malformed items
        place = (*loc, each["loc"][-1]) if missing else loc
        found.setdefault((place, missing), []).append(_expected(each["type"], each["msg"]))
    for (place, missing), expected in found.items():
        yield Fault(place, "; or: ".join(dict.fromkeys(expected)), missing)


def _is_inside(loc: Loc, whole: Loc) -> bool:
    return len(loc) > len(whole) and loc[:len(whole)] == whole


def _expected(kind: str, message: str) -> str:
    if kind == "missing":
        return "a value; there is none"
    if kind == "extra_forbidden":
        return "only keys that profiles know; this one they do not"
    return message.removeprefix("Value error, ")


def _mistake(source: Source, fault: Fault) -> Mistake:
    return replace(source.mistake(fault.loc, fault.expected), path=_path(fault.loc))


def _cross_mistakes(source: Source, profile: Profile | None, faults: list[Fault]) -> list[Mistake]:
    """What the parts say wrongly about each other. Where some are malformed, the rest is checked around stand-ins for them."""
    replaced: set[Loc] = set()
    if profile is None:
        document, replaced = mended(source.document, [fault.loc for fault in faults])
        try:
            profile = Profile.model_validate(document)
        except ValidationError:
            return []
    unknown = replaced | source.unread
    return [source.mistake(found.loc, found.expected) for found in chain(crossed_references(profile), dead_ends(profile))
            if not any(stands_under(loc, replaced) for loc in (found.loc, source.written(found.loc)))
            and (found.names is None or is_certain(found.names, unknown))]


def _read_source(folder: Path) -> Source:
    source = Source()
    if not (folder / "region.yaml").is_file():
        raise WrongProfile(folder.name, [Mistake("region.yaml", 1, "", "a file of this name in the region's folder")])
    files = dict(_files(folder))
    for path, prefix in files.items():
        name = path.relative_to(folder).as_posix()
        part = _parsed(path, name)
        if isinstance(part, Mistake):
            source.mistakes.append(part)
            source.unread.add(prefix)
        else:
            _mount(source, name, prefix, part)
    for path in _strays(folder, files):
        where = "region.yaml, people.yaml, matters/*.yaml and content/*.yaml only; this file would never be read"
        source.mistakes.append(Mistake(path.relative_to(folder).as_posix(), 1, "", where))
    return source


def _files(folder: Path) -> Iterator[tuple[Path, Loc]]:
    """Each file with the place in the profile where its mapping belongs."""
    yield folder / "region.yaml", ()
    if (folder / "people.yaml").is_file():
        yield folder / "people.yaml", ()
    for file in sorted((folder / "matters").glob("*.yaml")):
        yield file, ("matters", file.stem)
    for file in sorted((folder / "content").glob("*.yaml")):
        yield file, ("content",)


def _strays(folder: Path, files: Mapping[Path, Loc]) -> list[Path]:
    """What lies in the folder and would never be read."""
    return sorted({*folder.rglob("*.yaml"), *folder.rglob("*.yml")} - files.keys())


class Words(RoundTripConstructor):
    """Leaves dates as they are written: the schema reads them, and names the place of a 30 February."""


class PlainWords(SafeConstructor):
    """The same values without their places. What it does not know (a tag, say) it refuses, so that the other one is asked."""


PlainWords.yaml_constructors = {tag: build for tag, build in SafeConstructor.yaml_constructors.items()
                                if tag is None or tag.rpartition(":")[2] in {"null", "bool", "int", "float", "str", "seq", "map"}}
for _words in (Words, PlainWords):
    _words.add_constructor("tag:yaml.org,2002:timestamp", lambda constructor, node: node.value)


def _plain_document(folder: Path) -> dict[str, Any] | None:
    """The merged document of a folder; none where a file is missing, strange or unreadable, or a key stands in two of them."""
    document: dict[str, Any] = {"matters": {}, "content": {}}
    files = dict(_files(folder))
    if _strays(folder, files):
        return None
    yaml = YAML(typ="safe", pure=True)  # the other parser, in C, reads another YAML: it refuses ``{opens: 08:30}``
    yaml.Constructor = PlainWords
    for path, prefix in files.items():
        try:
            part = yaml.load(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, UnicodeDecodeError, YAMLError):
            return None
        target = document
        for step in prefix:
            target = target.setdefault(str(step), {})
        if not isinstance(part, dict) or {str(key) for key in part} & target.keys():
            return None
        target |= _plain(part)
    return document


def _parsed(path: Path, name: str) -> CommentedMap | Mistake:
    yaml = YAML(typ="rt")
    yaml.Constructor = Words
    try:
        part = yaml.load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        return Mistake(name, 1, "", "a file in UTF-8")
    except YAMLError as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None) or str(error)
        return Mistake(name, mark.line + 1 if mark else 1, "", f"YAML that can be read ({problem})")
    return part if isinstance(part, CommentedMap) else Mistake(name, 1, "", "a mapping at the top of the file")


def _mount(source: Source, file: str, prefix: Loc, part: CommentedMap) -> None:
    """Hangs a file's mapping into the document. A key that is there already is a mistake, never a silent victory of the later file."""
    target = source.document
    for depth, step in enumerate(prefix, start=1):
        target = target.setdefault(str(step), {})
        source.places.setdefault(prefix[:depth], (file, 1))
    for key, value in part.items():
        loc, line = (*prefix, str(key)), _line(part, key, 1)
        if str(key) in target:
            source.mistakes.append(Mistake(file, line, _path(loc), "a key that no other file of the profile fills"))
        else:
            target[str(key)] = _plain(value)
            _note_places(source.places, file, loc, line, value)


def _plain(node: Any) -> Any:
    """Plain values without the reader's own subclasses, which remember comments."""
    if isinstance(node, Mapping):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return next((plain(node) for plain in (str, float) if isinstance(node, plain)), node)


def _note_places(places: dict[Loc, tuple[str, int]], file: str, loc: Loc, line: int, node: Any) -> None:
    places[loc] = (file, line)
    if isinstance(node, CommentedMap):
        for key, value in node.items():
            _note_places(places, file, (*loc, str(key)), _line(node, key, line), value)
    elif isinstance(node, CommentedSeq):
        for index, value in enumerate(node):
            _note_places(places, file, (*loc, index), _line(node, index, line), value)


def _line(node: CommentedMap | CommentedSeq, key: Any, otherwise: int) -> int:
    """Where ``key`` is written; a key that came by a YAML merge (``<<``) has no line of its own."""
    place = (node.lc.data or {}).get(key)
    return place[0] + 1 if place else otherwise


def _path(loc: Loc) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).removeprefix(".")
