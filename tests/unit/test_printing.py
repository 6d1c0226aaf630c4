"""BZ-14: an application on paper: everything that was filled in, on A4, in Chinese fonts, with a code that another program reads back."""

import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from config.keys import KeyRing
from models.case import Case, CaseState
from qr import paper_code
from qr.paper_code import PaperCode
from services import printing
from services.printing import Facts, Paper, Review, Table, parts, proof, typeset

pytestmark = pytest.mark.req("BZ-14")
RING = KeyRing(active=1, fields={1: bytes(range(32))}, index=bytes(range(32, 64)), signing=bytes(range(64, 96)))
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
CODE = paper_code.encode(RING, "weihai", PaperCode(UUID("01970000-0000-7000-8000-000000000000"), 7, NOW, bytes(range(16))))
UNIT = "威海市海洋生物医药与先进材料产业技术研究院有限公司"
BASIC = Facts("基本情况", (
    ("姓名", "欧阳若兰"), ("性别", "女"), ("出生日期", "1986年3月12日"), ("籍贯", "山东省威海市"), ("证件类型", "居民身份证"),
    ("证件号码", "110101198603121247"), ("最高学历", "博士研究生"), ("最高学位", "工学博士"), ("工作单位", UNIT), ("办公电话", ""),
    ("与现工作单位签订的服务期限", "2024年9月1日至2029年8月31日"), ("主要承担的工作内容", "负责海洋防腐新材料研发，牵头建设省级重点实验室。" * 8)))
EDUCATION = Table("教育经历情况", ("学校", "学历", "学位", "专业", "起始时间", "结束时间", "证明材料"), (
    ("哈尔滨工业大学（威海）", "大学本科", "工学学士", "材料科学与工程", "2004-09", "2008-07", "毕业证书.pdf"),
    ("University of Southampton", "博士研究生", "Doctor of Philosophy", "Corrosion Engineering", "2011-10", "2015-12", "留服认证.pdf")))
REVIEWS = (Review("单位审核", "通过", "情况属实，同意推荐。", UNIT, "王经办", date(2026, 11, 2)),
           Review("主管部门审核", "退回修改", "请补充学位认证书。", "文登区人力资源和社会保障局", "于科长", date(2026, 11, 5)),
           Review("终审", "", "", "威海市人力资源和社会保障局", "", None))


def portrait(size: tuple[int, int] = (413, 579), form: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "#c9dcee").save(file, form)
    return file.getvalue()


PAPER = Paper("英才卡申领表", "威海市人才服务绿色通道", "YC20261123-0001", NOW, (BASIC, EDUCATION, Table("专利情况", ("专利名称", "专利号"), ())),
              portrait(), REVIEWS, "本人承诺：以上内容真实、准确、完整。", ("申请人（签字）", "工作单位（盖章）"),
              paper_code.url("https://rcfw.example.cn", "weihai", CODE), paper_code.check_letters(CODE))
#: Words that would be markup, code or a page of their own if they were evaluated; and some that fonts and screens do not like.
HOSTILE = ('#read("/etc/passwd")', "#panic(1) #pagebreak()", "*粗* _斜_ `码` $x^2$ <a> @b //c /*d*/", "\\", '"]}', "= 标题", "a" * 1000, "—" * 200,
           "\x00\x07\x1b[31m红", "\u202e逆序\u202c", "\ud800", "👩‍🔬🇨🇳", "行一\r\n行二\u2028行三", "　", "{{ 7*7 }}", "%s%n", "𠮷䶮")


def hostile(words: str) -> Paper:
    """The words at every place that a paper has."""
    return Paper(words, words, words, NOW, (Facts(words, ((words, words), ("姓名", words), (words, words * 20))),
                                            Table(words, (words, "学历", words), ((words, words, ""), ("", words, words)))),
                 portrait(), (Review(words, words, words, words, words, date(2026, 11, 2)),), words, (words, words), "https://r.cn/x", words)


def text_of(pdf: bytes, folder: Path) -> str:
    """All words of a PDF, as another program reads them, without the white space between them."""
    (folder / "paper.pdf").write_bytes(pdf)
    subprocess.run(["pdftotext", "-layout", "paper.pdf", "paper.txt"], cwd=folder, check=True, timeout=30)
    return "".join((folder / "paper.txt").read_text(encoding="utf-8").split()).replace("\u200b", "")


def texts(paper: Paper) -> Iterator[str]:
    for section in paper.sections:
        yield section.title
        yield from (text for pair in section.facts for text in pair) if isinstance(section, Facts) else (*section.columns, *sum(section.rows, ()))
    for review in paper.reviews:
        yield from (review.step, review.result, review.opinion, review.organisation, review.who)


needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler reads the page")


@needs_poppler
def test_everything_that_was_filled_in_stands_on_the_paper(tmp_path: Path) -> None:
    said = text_of(typeset.pdf(replace(PAPER, sections=(BASIC,))), tmp_path)
    for words in (PAPER.title, PAPER.scheme, "编号：YC20261123-0001", "欧阳若兰", UNIT, "110101198603121247", *PAPER.stamps, PAPER.statement,
                  "打印时间2026年11月23日09:30", f"校验码{PAPER.check.replace(' ', '')}", "第1页共", "情况属实，同意推荐。", "2026年11月5日"):
        assert words in said, words


@needs_poppler
def test_every_word_of_a_table_is_there_even_where_its_cell_breaks_it(tmp_path: Path) -> None:
    said = set(text_of(typeset.pdf(PAPER), tmp_path))
    assert [words for words in texts(PAPER) if not set("".join(words.split())) <= said] == []
    assert "无" in said


@needs_poppler
def test_the_fonts_are_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "paper.pdf").write_bytes(typeset.pdf(PAPER))
    listed = subprocess.run(["pdffonts", "paper.pdf"], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=30).stdout.splitlines()[2:]
    assert listed and all("SourceHanSans" in line and line.split()[-5] == "yes" for line in listed), listed


def test_the_symbol_is_read_back_as_the_address_that_proves_the_paper() -> None:
    first, *others = typeset.pictures(PAPER, 150)
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(first)))
    assert [one.text for one in found] == [PAPER.proof]
    assert paper_code.decode(RING, "weihai", found[0].text.rpartition("/")[2]).version == 7
    assert not any(zxingcpp.read_barcodes(Image.open(io.BytesIO(page))) for page in others)


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="poppler draws the page")
def test_a_grey_fax_of_the_pdf_is_read_back_too(tmp_path: Path) -> None:
    (tmp_path / "paper.pdf").write_bytes(typeset.pdf(PAPER))
    subprocess.run(["pdftoppm", "-r", "100", "-gray", "-png", "-singlefile", "paper.pdf", "page"], cwd=tmp_path, check=True, timeout=30)
    page = Image.open(tmp_path / "page.png")
    assert (round(page.width / 100 * 25.4), round(page.height / 100 * 25.4)) == (210, 297)
    assert zxingcpp.read_barcodes(page.rotate(2, fillcolor=255))[0].text == PAPER.proof


@pytest.mark.parametrize("words", HOSTILE, ids=[f"{words[:12]!r}" for words in HOSTILE])
def test_values_are_words_and_never_markup(words: str) -> None:
    assert typeset.pdf(hostile(words)).startswith(b"%PDF-")


@needs_poppler
@pytest.mark.parametrize("words", [words for words in HOSTILE if words.isascii() and words.isprintable() and len(words) < 100])
def test_what_looks_like_code_is_printed_as_it_was_typed(words: str, tmp_path: Path) -> None:
    said = text_of(typeset.pdf(replace(PAPER, sections=(Facts("情况", (("说明", f"始{words}终"),)),))), tmp_path)
    assert f"始{''.join(words.split())}终" in said
    assert "root:" not in said


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=300))
def test_no_text_stops_the_typesetter(words: str) -> None:
    assert typeset.pdf(replace(PAPER, photo=None, sections=(Facts(words, ((words, words),)), Table("", (words,), ((words,),))))).startswith(b"%PDF-")


def ink_beyond_the_margins(page: bytes) -> int:
    """Dark dots within 15 mm of the left and right edges, where nothing belongs."""
    picture = Image.open(io.BytesIO(page)).convert("L")
    edge = round(picture.width * 15 / 210)
    return sum(sum(picture.crop((left, 0, left + edge, picture.height)).histogram()[:128]) for left in (0, picture.width - edge))


@pytest.mark.parametrize("words", ["a" * 400, "—" * 200, "W" * 60 + "中" * 60], ids=["one word", "dashes", "mixed"])
def test_the_longest_word_stays_within_its_margins(words: str) -> None:
    assert sum(ink_beyond_the_margins(page) for page in typeset.pictures(hostile(words), 60)) == 0


@needs_poppler
def test_a_long_text_and_a_long_table_go_on_over_pages_under_their_heads(tmp_path: Path) -> None:
    essay, jobs = "研究海洋防腐材料。" * 400, tuple((f"第{n}单位", f"{n}") for n in range(80))
    paper = replace(PAPER, sections=(Facts("业绩", (("个人业绩情况", essay),)), Table("工作经历", ("工作单位名称", "次序"), jobs)), reviews=())
    said = text_of(typeset.pdf(paper), tmp_path)
    pages = len(typeset.pictures(paper, 30))
    assert said.count("个人业绩情况") >= 2 and said.count("工作单位名称") >= 3 and said.count(PAPER.number) >= pages >= 4
    assert f"第{pages}页共{pages}页" in said and all(f"第{n}单位" in said for n in range(80))


def test_what_cannot_be_seen_or_turns_the_order_round_is_left_out() -> None:
    assert typeset.plain("\u202e甲\u202c\x00乙\t丙\r\n丁\ud800\u200b ") == "甲乙 丙\n丁"


def test_short_answers_share_a_line_and_long_ones_do_not() -> None:
    lines, long = typeset.blocks([("姓名", "欧阳若兰"), ("性别", "女"), ("工作单位", UNIT), ("职务", "所长"), ("业绩", "研" * 151)])
    assert [[name for name, _ in line] for line in lines["lines"]] == [["姓名", "性别"], ["工作单位"], ["职务"]]
    assert long["long"][0] == "业绩"


def test_the_columns_of_a_table_share_its_room_and_dates_keep_to_one_line() -> None:
    columns, rows = ["起始时间", "单位", "说明"], [["2004-09", UNIT, "长" * 500], ["2008-07", "某所", ""]]
    wide = typeset.shares(columns, rows, 48)
    assert sum(wide) == pytest.approx(48, abs=0.1)
    assert wide[0] >= 4 and wide[1] < 30
    assert sum(typeset.shares(["长" * 6] * 30, [], 48)) >= 48  # too many: the template breaks their words


@pytest.mark.parametrize("photo", [b"", b"no picture", portrait()[:2000], b"GIF89a" + bytes(100)], ids=["empty", "text", "torn", "gif"])
def test_a_photo_that_cannot_be_read_does_not_stop_the_paper(photo: bytes) -> None:
    assert typeset.pdf(replace(PAPER, photo=photo)).startswith(b"%PDF-")


@pytest.mark.parametrize("photo", [portrait((6000, 8000)), portrait((200, 900), "PNG"), portrait((1, 1), "PNG")], ids=["camera", "narrow", "dot"])
def test_a_paper_is_small_whatever_camera_took_the_photo(photo: bytes) -> None:
    assert len(typeset.pdf(replace(PAPER, photo=photo))) < 400_000


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_facts_beside_the_photo_take_its_height(count: int) -> None:
    paper = replace(PAPER, sections=(Facts("基本情况", tuple((f"项目{n}", UNIT) for n in range(count))),), reviews=(), statement="", stamps=())
    assert len(typeset.pictures(paper, 60)) == 1


def test_the_same_paper_printed_again_is_the_same_to_the_byte() -> None:
    assert typeset.pdf(PAPER) == typeset.pdf(PAPER)


async def test_a_paper_of_thousands_of_rows_is_refused_before_it_takes_the_machine() -> None:
    with pytest.raises(printing.PaperTooLong, match="Excel"):
        await printing.draw(replace(PAPER, sections=(Table("", ("序号",), (("1",),) * (printing.MOST_ROWS + 1)),)))
    assert (await printing.draw(PAPER)).startswith(b"%PDF-")


async def test_a_long_list_is_set_in_parts_and_reads_as_one_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Number, code, check letters and the count of the pages are of the whole; no page ends early where two parts meet (BZ-12)."""
    monkeypatch.setattr(parts, "ROWS", 60)
    rows = tuple((f"{number}.", f"周敏{'敏' * (number % 9 * 4)}", UNIT * (1 + number % 3), "110105198805160021") for number in range(1, 161))
    paper = replace(PAPER, photo=None, reviews=(), statement="", stamps=("单位公章",), landscape=True,
                    sections=(Facts("", (("联系人", "魏负责"),)), Table("", ("序号", "姓名", "工作单位", "身份证号码"), rows)))
    heard: list[tuple[int, int]] = []
    made, whole = await printing.draw_list(paper, lambda done, total: heard.append((done, total))), typeset.pdf(paper)
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(made)]
    assert [re.findall(r"^(\d+)\.$", page, re.M) for page in pages] == \
        [re.findall(r"^(\d+)\.$", page.get_textpage().get_text_range(), re.M) for page in pypdfium2.PdfDocument(whole)]
    assert [f"第{number}页共{len(pages)}页" in re.sub(r"\s", "", page) for number, page in enumerate(pages, 1)] == [True] * len(pages)
    assert all(paper.check in page and paper.number in page for page in pages)
    assert [number for number, page in enumerate(pages, 1) if "单位公章" in page] == [len(pages)]
    symbols = [bool(zxingcpp.read_barcodes(page.render(scale=2).to_pil())) for page in pypdfium2.PdfDocument(made)]
    assert symbols == [True] + [False] * (len(pages) - 1)
    assert heard == sorted(heard) and heard[-1] == (160, 160)


async def test_a_typesetter_that_fails_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "ROWS", 1)
    monkeypatch.setattr(parts, "SETTER", Path("/nowhere/setting.py"))
    with pytest.raises(parts.NotSet):
        await printing.draw_list(replace(PAPER, sections=(Table("", ("序号",), (("1",), ("2",))),)))


def a_case(**said: object) -> Case:
    known = {"id": UUID(int=1), "region": "weihai", "matter": "card", "number": "YC1", "applicant_id": UUID(int=2), "state": CaseState.HANDLING,
             "version": 3, "plain": {"b": 1, "a": "甲"}, "dossier_id": UUID(int=3), "dossier_number": 2}
    return Case(**(known | said))


def test_the_fingerprint_follows_the_content_and_not_the_handling() -> None:
    assert proof.fingerprint(a_case()) == proof.fingerprint(a_case(version=9, state=CaseState.COMPLETED, plain={"a": "甲", "b": 1}))
    for changed in ({"plain": {"b": 1, "a": "乙"}}, {"dossier_number": 3}, {"applicant_id": UUID(int=9)}, {"number": "YC2"}):
        assert proof.fingerprint(a_case(**changed)) != proof.fingerprint(a_case())


def test_a_moment_is_printed_in_the_regions_own_time() -> None:
    assert typeset.laid_out(replace(PAPER, printed_at=NOW.astimezone(UTC).astimezone(NOW.tzinfo)))["printed"] == "2026年11月23日 09:30"
