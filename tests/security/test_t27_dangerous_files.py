"""T27: a file is what its bytes are, whatever it is called; what could be run, or hides something, is not taken."""

import asyncio
import contextlib
import gc
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from services.files import inspection, refusals
from services.files.refusals import FileRefused
from tests import foreign_files as made

pytestmark = [pytest.mark.req("T27"), pytest.mark.timeout(180)]
MIB = 1024 * 1024

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED: dict[str, tuple[Callable[[], bytes], type[FileRefused]]] = {
    "svg with a script": (lambda: SVG, refusals.WrongKind),
    "html as jpg": (lambda: b"<html><script>alert(1)</script></html>", refusals.WrongKind),
    "gif and jar": (lambda: made.a_picture("GIF") + made.a_zip(), refusals.WrongKind),
    "pdf and jar": (lambda: made.a_pdf() + made.a_zip(), refusals.WrongKind),
    "html before pdf": (lambda: b"<script>alert(1)</script>" + made.a_pdf(), refusals.WrongKind),
    "docm": (lambda: made.a_zip("word/vbaProject.bin"), refusals.WrongKind),
    "xlsm": (lambda: made.a_zip("xl/vbaProject.bin"), refusals.WrongKind),
    "program": (lambda: b"MZ" + bytes(500), refusals.WrongKind),
    "tiff": (lambda: made.a_picture("TIFF"), refusals.WrongKind),
    "postscript": (lambda: b"%!PS-Adobe-3.0\n(/etc/passwd) run", refusals.WrongKind),
    "nothing": (lambda: b"", refusals.Empty),
    "one byte": (lambda: b"\xff", refusals.WrongKind),
    "too many bytes": (lambda: b"%PDF-" + bytes(10 * MIB), refusals.TooManyBytes),
    "html with a jpg's first bytes": (lambda: b"\xff\xd8\xff<script>alert(1)</script>", refusals.Unreadable),
    "jpg cut off": (lambda: made.a_picture()[:3000], refusals.Unreadable),
    "png cut off": (lambda: made.a_picture("PNG", (900, 900), optimize=False)[:-2000], refusals.Unreadable),
    "webp of nothing": (lambda: b"RIFF\x20\0\0\0WEBPVP8 " + bytes(20), refusals.Unreadable),
    "png of 30,000 × 30,000": (lambda: made.a_png_that_says(30_000, 30_000), refusals.TooManyPixels),
    "jpg of 60 megapixels": (lambda: made.a_picture("JPEG", (10_000, 6_000)), refusals.TooManyPixels),
    "pdf cut off": (lambda: made.a_pdf()[:-300], refusals.Unreadable),
    "pdf of words alone": (lambda: b"%PDF-1.7\n<html></html>\n%%EOF", refusals.Unreadable),
    "pdf without pages": (lambda: made.a_pdf(0), refusals.Unreadable),
    "pdf of 201 pages": (lambda: made.a_pdf(201), refusals.TooManyPages),
    "pdf with a password": (lambda: made.a_locked_pdf("secret"), refusals.Locked),
    "pdf that forbids": (made.a_locked_pdf, refusals.Locked),
    **{f"pdf: {how}": ((lambda how=how: made.an_active_pdf(how)), refusals.Active) for how in (
        "javascript at opening", "javascript by name", "javascript of a page", "launch", "attachment", "form that is a program",
        "form that is sent")},
}


@pytest.mark.parametrize("what", REFUSED)
async def test_t27_what_could_do_harm_is_not_taken_and_the_person_reads_why(what: str) -> None:
    make, kind = REFUSED[what]
    with pytest.raises(FileRefused) as refused:
        await inspection.inspect("degree", "学位证.jpg", make())
    assert type(refused.value) is kind and refused.value.fields == {"degree": f"学位证.jpg：{kind.__doc__}"}
    assert refused.value.status_code in {400, 413, 415} and [one for one in FileRefused.__subclasses__() if one.code == kind.code] == [kind]


def test_t27_what_is_refused_here_would_be_taken_without_its_harm() -> None:
    """So that «refused» above is not said of every file."""
    for data in (made.a_pdf(), made.a_pdf(200), made.a_picture(), made.a_picture("PNG"), made.a_picture("WEBP")):
        known, kept = inspection._run(data, "inspect", inspection.kind_of(data) or "")
        assert kept and "refused" not in known


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
async def test_t27_what_rides_behind_an_image_is_gone(kind: str) -> None:
    kept = await inspection.inspect("photo", "a", made.a_picture(kind) + made.a_zip() + b"<script>alert(1)</script>")
    assert b"PK\x03\x04" not in kept.data and b"script" not in kept.data


async def test_t27_a_damaged_pdf_is_kept_as_it_was_understood() -> None:
    """So that no other reader finds in it what was not looked through here."""
    sent = made.a_pdf()
    broken = sent[:sent.rindex(b"startxref")] + b"startxref\n7\n%%EOF\n"
    kept = await inspection.inspect("degree", "a", broken)
    assert kept.data != broken and kept.pages == 2 and (await inspection.inspect("degree", "a", kept.data)).data == kept.data


@pytest.mark.parametrize("make", [lambda: made.a_png_that_says(30_000, 30_000), lambda: made.a_picture("PNG", (8_000, 6_000)), made.a_pdf_bomb],
                         ids=["refused png", "large png", "pdf that unfolds"])
async def test_t27_no_file_fills_the_memory_of_the_product(make: Callable[[], bytes]) -> None:
    data, process = make(), psutil.Process()
    gc.collect()
    before = process.memory_info().rss
    with contextlib.suppress(FileRefused):
        await inspection.inspect("degree", "a", data)
    assert process.memory_info().rss - before < 50 * MIB


async def test_t27_foreign_bytes_are_opened_in_a_process_that_knows_nothing_of_the_product() -> None:
    """Looked at from outside while a bomb goes off in there."""
    opening = asyncio.create_task(inspection.inspect("degree", "a", made.a_pdf_bomb()))
    seen: list[set[str]] = []
    while not opening.done():
        with contextlib.suppress(psutil.NoSuchProcess):
            seen += [set(one.environ()) for one in psutil.Process().children() if one.cmdline()[-2:] == ["inspect", "application/pdf"]]
        await asyncio.sleep(0.02)
    with contextlib.suppress(FileRefused):
        await opening
    assert seen and all(names <= {"PYTHONUTF8", "LC_CTYPE"} for names in seen)


def test_t27_a_decoder_that_was_taken_over_has_neither_memory_nor_a_file_to_write(tmp_path: Path) -> None:
    program = f"""
import os, runpy
opened = os.open({str(tmp_path / "written")!r}, os.O_CREAT | os.O_WRONLY)
runpy.run_path({inspection.quarantine.__file__!r})["bounded"]()
for act in (lambda: bytearray(900 * 1024 * 1024), lambda: os.write(opened, b"x")):
    try:
        print(act() and "done")
    except (MemoryError, OSError) as error:
        print(type(error).__name__)
"""
    ended = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, check=True)
    assert ended.stdout.split() == [b"MemoryError", b"OSError"]
