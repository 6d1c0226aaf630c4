"""A sheet of SVG that grows downward. Attributes only: no style sheet that would leak into a page, nothing that a content policy forbids."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from config.drawing.lettering import wrap

FONTS = "Source Han Sans CN, Source Han Sans SC, Noto Sans CJK SC, Noto Sans SC, PingFang SC, Microsoft YaHei, SimHei, sans-serif"
#: Height of a line, as a multiple of its letters.
LEADING = 1.5
_NO_CONTROLS = dict.fromkeys((*range(32), 127, 65534, 65535), " ")


@dataclass(frozen=True)
class Ink:
    """``dash``: as SVG writes it; told apart in black and white as well."""

    stroke: str
    dash: str = ""
    tip: str = ""
    width: float = 1.6


@dataclass(frozen=True)
class Paragraph:
    """Text that was broken into lines and has a height."""

    lines: tuple[str, ...]
    size: float
    fill: str
    bold: bool = False

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * LEADING


def paragraph(text: str, size: float, fill: str, room: float, *, bold: bool = False) -> Paragraph:
    """``text`` in lines of at most ``room``; no text has no lines and no height."""
    return Paragraph(tuple(wrap(text, size, room)) if text else (), size, fill, bold)


class Canvas:
    """Everything is drawn in the order in which it is asked for; later lies on top."""

    def __init__(self, name: str, title: str, description: str, width: float) -> None:
        self.name, self.width = name, width
        self.root = ElementTree.Element("svg", {
            "xmlns": "http://www.w3.org/2000/svg", "role": "img", "aria-labelledby": f"{name}-title {name}-desc", "font-family": FONTS})
        self._add("title", {"id": f"{name}-title"}, title)
        self._add("desc", {"id": f"{name}-desc"}, description)
        self._tips = self._add("defs", {})

    def _add(self, tag: str, attributes: dict[str, str], text: str = "", within: ElementTree.Element | None = None) -> ElementTree.Element:
        made = ElementTree.SubElement(self.root if within is None else within, tag, attributes)
        made.text = text.translate(_NO_CONTROLS) or None
        return made

    def tip(self, name: str, fill: str) -> str:
        """An arrow's tip of this colour; gives what :class:`Ink` calls it."""
        attributes = {"id": f"{self.name}-{name}", "viewBox": "0 0 10 10", "refX": "9", "refY": "5", "markerWidth": "9", "markerHeight": "9",
                      "markerUnits": "userSpaceOnUse", "orient": "auto"}
        self._add("path", {"d": "M0 0.8 10 5 0 9.2z", "fill": fill}, within=self._add("marker", attributes, within=self._tips))
        return f"url(#{self.name}-{name})"

    def paper(self) -> ElementTree.Element:
        """White ground, so that the picture reads the same on a dark page; to be sized at the end."""
        return self._add("rect", {"width": _n(self.width), "fill": "#ffffff"})

    def box(self, x: float, y: float, width: float, height: float, fill: str, ink: Ink, radius: float = 8) -> ElementTree.Element:
        return self._add("rect", {"x": _n(x), "y": _n(y), "width": _n(width), "height": _n(height), "rx": _n(radius), "fill": fill} | _stroke(ink))

    @staticmethod
    def size(box: ElementTree.Element, height: float) -> None:
        box.set("height", _n(height))

    def disc(self, x: float, y: float, radius: float, fill: str) -> None:
        self._add("circle", {"cx": _n(x), "cy": _n(y), "r": _n(radius), "fill": fill})

    def line(self, points: Sequence[tuple[float, float]], ink: Ink) -> None:
        """Straight lines through all ``points``, with the ink's tip at the last."""
        path = "M" + " ".join(f"{_n(x)} {_n(y)}" for x, y in points)
        tip = {"marker-end": ink.tip} if ink.tip else {}
        self._add("path", {"d": path, "fill": "none", "stroke-linejoin": "round"} | _stroke(ink) | tip)

    def write(self, said: Paragraph, x: float, y: float, anchor: str = "start") -> float:
        """``y``: top of the first line. Gives the bottom of the last."""
        weight = {"font-weight": "600"} if said.bold else {}
        for number, line in enumerate(said.lines):
            baseline = y + said.size * (LEADING * number + (LEADING + 0.76) / 2)
            place = {"x": _n(x), "y": _n(baseline), "font-size": _n(said.size), "fill": said.fill, "text-anchor": anchor}
            self._add("text", place | weight, line)
        return y + said.height

    def finish(self, height: float) -> str:
        self.root.set("viewBox", f"0 0 {_n(self.width)} {_n(height)}")
        self.root.set("width", _n(self.width))
        self.root.set("height", _n(height))
        ElementTree.indent(self.root)
        return ElementTree.tostring(self.root, encoding="unicode") + "\n"


def _stroke(ink: Ink) -> dict[str, str]:
    return {"stroke": ink.stroke, "stroke-width": _n(ink.width)} | ({"stroke-dasharray": ink.dash} if ink.dash else {})


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
