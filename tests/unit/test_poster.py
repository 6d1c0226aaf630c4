"""WH-55: the guide board is one A4 page, in three forms, and its symbol says the board's address."""

import io
import re
import shutil
import subprocess
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import zxingcpp
from defusedxml import ElementTree
from PIL import Image

from qr.fonts import FontsMissing
from qr.poster import PNG_DPI, Form, PosterContent, poster

BOARD = PosterContent(
    scheme="威海市人才服务绿色通道", card="英才卡", levels=("A类", "B类", "C类"), venue="威海国际机场商务贵宾区",
    address="威海市文登区机场路 1 号 航站楼二层", hours=("每天 06:00–22:00",), help_phone="0631-0000000", number="0007",
    issued=date(2026, 11, 21), url="https://rcfw.example.cn/weihai/v/1000000078BQAHR0NA53XN0QW",
)
LONG = replace(
    BOARD, scheme="山东省" + "高层次人才服务绿色通道" * 4, levels=tuple(f"第{n}层次领军人才" for n in "一二三四五六七八"),
    venue="贵宾厅" * 10, address="海滨北路" * 20, hours=tuple(f"周{day} 08:30–12:00，13:30–17:30，18:30–21:00" for day in "一二三四五六日"),
    help_phone="0631-0000000 转 8012 或 0631-0000001", number="GZ-" + "7" * 40,
)
BOUNDLESS = replace(LONG, venue="厅" * 300, address="路" * 500, help_phone="0" * 200, hours=("全天" * 200,))
#: Words that would be markup, code or a page of their own if they were evaluated.
HOSTILE = replace(BOARD, venue='#pagebreak() *贵宾* $x$ "厅" \\', address="#panic(1) <b>路</b> {{1}}", number="`#7`")


def read(picture: Image.Image) -> zxingcpp.Barcode:
    found = zxingcpp.read_barcodes(picture)
    assert len(found) == 1
    return found[0]


@pytest.mark.req("WH-55")
@pytest.mark.parametrize("board", [BOARD, LONG, BOUNDLESS, HOSTILE], ids=["usual", "long", "boundless", "hostile"])
def test_the_picture_is_read_back_as_the_boards_address(board: PosterContent) -> None:
    picture = Image.open(io.BytesIO(poster(board, "png")))
    assert (round(picture.width / PNG_DPI * 25.4), round(picture.height / PNG_DPI * 25.4)) == (210, 297)
    assert read(picture).text == board.url


@pytest.mark.req("WH-55")
@pytest.mark.parametrize("host", ["r.cn", "rcfw.example.cn", "talent-green-channel.human-resources.example.gov.cn"])
def test_the_symbol_is_at_least_110_mm_wide_whatever_the_address(host: str) -> None:
    board = replace(BOARD, url=f"https://{host}/weihai/v/1000000078BQAHR0NA53XN0QW")
    corners = read(Image.open(io.BytesIO(poster(board, "png")))).position
    assert (corners.top_right.x - corners.top_left.x) / PNG_DPI * 25.4 >= 110


@pytest.mark.parametrize("board", [BOARD, LONG, BOUNDLESS, HOSTILE], ids=["usual", "long", "boundless", "hostile"])
def test_the_pdf_is_always_one_page(board: PosterContent) -> None:
    pdf = poster(board, "pdf")
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1


@pytest.mark.req("WH-55")
@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="poppler draws the page")
def test_the_page_as_it_is_printed_is_read_back_too(tmp_path: Path) -> None:
    (tmp_path / "board.pdf").write_bytes(poster(LONG, "pdf"))
    subprocess.run(["pdftoppm", "-r", "100", "-png", "-singlefile", "board.pdf", "board"], cwd=tmp_path, check=True, timeout=30)
    assert read(Image.open(tmp_path / "board.png")).text == LONG.url


@pytest.mark.parametrize("board", [BOARD, HOSTILE], ids=["usual", "hostile"])
def test_the_svg_is_well_formed_and_refers_to_nothing_outside(board: PosterContent) -> None:
    root = ElementTree.fromstring(poster(board, "svg"))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    links = [value for element in root.iter() for name, value in element.items() if name.endswith("href")]
    assert links and all(link.startswith(("#", "data:image/")) for link in links)
    assert not [element for element in root.iter() if element.tag.endswith(("script", "foreignObject"))]


@pytest.mark.parametrize("form", ["pdf", "png", "svg"])
def test_the_same_board_printed_again_is_the_same_to_the_byte(form: Form) -> None:
    assert poster(BOARD, form) == poster(BOARD, form)


def test_a_page_takes_at_most_200_ms_once_the_fonts_are_read() -> None:
    poster(BOARD, "png")
    spent = []
    for number in range(5):
        begun = time.process_time()
        poster(replace(BOARD, number=f"{number:04}"), "png")
        spent.append(time.process_time() - begun)
    assert min(spent) <= 0.2


def test_without_fonts_there_is_no_poster_rather_than_empty_boxes(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing, match="npm ci"):
        poster(BOARD, "png", fonts=tmp_path)
