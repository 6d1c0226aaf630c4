"""A symbol is proven by another program reading it."""

import io
import xml.etree.ElementTree as ET

import pytest
import zxingcpp
from defusedxml import ElementTree
from PIL import Image

from qr import draw

ADDRESS = "https://rcfw.example.cn/weihai/v/1000000078BQAHR0NA53XN0QW"
SVG = "{http://www.w3.org/2000/svg}"


def drawn(modules: draw.Matrix, scale: int = 4) -> Image.Image:
    side = len(modules)
    image = Image.new("1", (side, side))
    image.putdata([0 if dark else 1 for row in modules for dark in row])
    return image.resize((side * scale, side * scale))


def modules_of(path: str, side: int) -> draw.Matrix:
    """The matrix that our own path draws: rectangles ``Mx yhNv1h-Nz`` and nothing else."""
    modules = [[False] * side for _ in range(side)]
    for rectangle in path.removesuffix("z").split("z"):
        corner, width, back = rectangle.removeprefix("M").split("h")
        x, y = map(int, corner.split(" "))
        length = int(width.removesuffix("v1"))
        assert back == f"-{length}"
        modules[y][x:x + length] = [True] * length
    return modules


def paths(svg: str) -> tuple[ET.Element, list[ET.Element]]:
    root = ElementTree.fromstring(svg)
    return root, root.findall(f"{SVG}path")


@pytest.mark.parametrize("text", [ADDRESS, "P" + "0123456789ABC" * 3, "人才服务绿色通道"])
@pytest.mark.parametrize("correction", ["M", "Q"])
def test_a_picture_is_read_back(text: str, correction: draw.Correction) -> None:
    found = zxingcpp.read_barcode(Image.open(io.BytesIO(draw.png(text, correction=correction))))
    assert found is not None
    assert (found.text, found.format) == (text, zxingcpp.BarcodeFormat.QRCode)


def test_a_picture_grows_with_its_scale() -> None:
    small, large = (Image.open(io.BytesIO(draw.png(ADDRESS, scale))).width for scale in (2, 10))
    assert large == 5 * small


def test_a_board_survives_a_scratch_over_an_eighth_of_it() -> None:
    modules = draw.matrix(ADDRESS)
    side = len(modules)
    for row in modules[side // 2:side // 2 + side // 8]:
        row[12:-12] = [False] * (side - 24)
    found = zxingcpp.read_barcode(drawn(modules))
    assert found is not None
    assert found.text == ADDRESS


def test_the_quiet_zone_is_four_modules_on_every_side() -> None:
    modules = draw.matrix(ADDRESS)
    for turned in (modules, modules[::-1], list(zip(*modules, strict=True)), list(zip(*modules, strict=True))[::-1]):
        assert [any(row) for row in turned[:5]] == [False, False, False, False, True]


def test_the_svg_draws_exactly_the_modules_and_refers_to_nothing_outside() -> None:
    modules = draw.matrix(ADDRESS)
    svg = draw.svg(ADDRESS)
    root, (ground, dark) = paths(svg)
    assert root.get("viewBox") == f"0 0 {len(modules)} {len(modules)}"
    assert (ground.get("fill"), dark.get("fill")) == ("#fff", "#000")
    assert modules_of(dark.get("d") or "", len(modules)) == modules
    assert not {"href", "style", "id"} & {name for element in root.iter() for name in element.attrib}
    found = zxingcpp.read_barcode(drawn(modules))
    assert found is not None and found.text == ADDRESS
