"""Where foreign bytes are opened: a program of its own, started for one file, that ends with it.

Decoders of images and PDF are large C libraries, and a file may be made to break or to fill them (T27, T28). So nothing of the product opens one
in its own process: this file is run by path (``services/files/inspection.py``) with an empty environment, bounded memory, processor time and
output, no key and no connection. Whatever befalls it, the web process reads «unreadable».

In: the arguments (``inspect media-type``, ``codes media-type``, or ``draw media-type page watermark``) and the bytes on standard input. Out: one
line of JSON,
``{"refused": reason}`` or what is known of the result, then the result's bytes.
"""

import ctypes
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pikepdf
    import pypdfium2
    from PIL import Image

MEMORY_BYTES, CPU_SECONDS = 768 * 1024 * 1024, 10
MOST_PIXELS = 50_000_000
MOST_PAGES = 200
#: A4 at 300 dpi: nothing that a reviewer can read is lost.
LONG_SIDE = 3508
PREVIEW_SIDE = 1754
#: For reading QR symbols: A4 at 200 dpi, and so many pages of a scan.
READING_SIDE, MOST_READ = 2339, 12
MOST_KEPT_BYTES = 10 * 1024 * 1024
JPEG, PNG, WEBP, PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
DECODERS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}
#: ``qr.fonts.FONTS`` once more, for this program imports nothing of ours: PDFs of offices often name a Chinese font and do not bring it.
FONTS = Path(__file__).parents[2] / "node_modules" / "source-han-sans-cn"
WATERMARK_FONT = FONTS / "SourceHanSansCN-Medium.otf"

#: Keys and values of PDF dictionaries by which a page does something, or carries something that is no page.
ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/EmbeddedFile", "/EmbeddedFiles", "/EF", "/RichMedia", "/XFA", "/Launch"})
ACTIVE_ACTIONS = frozenset({"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition", "/Movie", "/Sound", "/RichMediaExecute"})
ACTIVE_KINDS = frozenset({"/EmbeddedFile", "/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D"})
DEEPEST = 100


class Refused(Exception):
    """Why a file is not taken; the word is known to :mod:`services.files.refusals`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def inspect(data: bytes, media_type: str) -> tuple[dict[str, Any], bytes]:
    """What is kept of an upload: an image made anew, a PDF as it is (seals on it stay valid) or, where it was damaged, written anew."""
    if media_type != PDF:
        return _picture(data, media_type)
    kept, pages = _paper(data)
    return {"media_type": PDF, "pages": pages}, kept


def draw(data: bytes, media_type: str, page: int, watermark: str) -> tuple[dict[str, Any], bytes]:
    """One page (from 1) of a kept file as a JPEG under a watermark."""
    from PIL import Image

    if media_type == PDF:
        image = _page(data, page)
    else:
        image = Image.open(BytesIO(data), formats=[DECODERS[media_type]])
        image.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return {"media_type": JPEG}, _jpeg(_marked(_on_white(image), watermark), 82)


def codes(data: bytes, media_type: str) -> tuple[dict[str, Any], bytes]:
    """As :func:`inspect`, and what the QR symbols on its first pages say."""
    import zxingcpp
    from PIL import Image

    known, kept = inspect(data, media_type)
    wanted = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = []
    for number in range(1, min(known.get("pages", 1), MOST_READ) + 1):
        page = _page(kept, number, READING_SIDE) if known["media_type"] == PDF else Image.open(BytesIO(kept))
        found += [symbol.text for symbol in zxingcpp.read_barcodes(page.convert("L"), formats=wanted)]
    return known | {"codes": found}, kept


def _picture(data: bytes, media_type: str) -> tuple[dict[str, Any], bytes]:
    """Decoded under a limit that is known before a pixel is, turned upright, without anything that is no pixel, encoded anew."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # ours stands below, and gives a reason
    image: Image.Image = Image.open(BytesIO(data), formats=[DECODERS[media_type]])
    if image.width * image.height > MOST_PIXELS:
        raise Refused("pixels")
    image.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)  # lets a JPEG be decoded small at once
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # sixteen bits a pixel, as some scanners write
        image = image.point(lambda value: value / 256).convert("L")
    if media_type == PNG or image.has_transparency_data:
        kept = _png(image)
        if len(kept) <= MOST_KEPT_BYTES:
            return {"media_type": PNG}, kept
    return {"media_type": JPEG}, _jpeg(_on_white(image), 88)


def _png(image: "Image.Image") -> bytes:
    from PIL import Image

    clean = image.convert("RGBA" if image.has_transparency_data else "L" if image.mode in ("1", "L") else "RGB")
    bare, target = Image.new(clean.mode, clean.size), BytesIO()
    bare.paste(clean)  # a new image has none of the old one's words about itself
    bare.save(target, "PNG")
    return target.getvalue()


def _jpeg(image: "Image.Image", quality: int) -> bytes:
    target = BytesIO()
    image.save(target, "JPEG", quality=quality, exif=b"", icc_profile=None, comment=b"")
    return target.getvalue()


def _on_white(image: "Image.Image") -> "Image.Image":
    from PIL import Image

    if not image.has_transparency_data:
        return image if image.mode in ("L", "RGB") else image.convert("RGB")
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")


def _paper(data: bytes) -> tuple[bytes, int]:
    """The PDF as it is kept, and its number of pages, on which both readers must agree: what one shows is what the other has looked through."""
    import pikepdf

    if b"%%EOF" not in data[-2048:]:
        raise Refused("unreadable")
    if zipfile.is_zipfile(BytesIO(data)):
        raise Refused("kind")
    try:
        document = pikepdf.open(BytesIO(data))
    except pikepdf.PasswordError:
        raise Refused("locked") from None
    with document:
        if document.is_encrypted:
            raise Refused("locked")
        pages = len(document.pages)
        if pages > MOST_PAGES:
            raise Refused("pages")
        if any(_is_active(dictionary) for dictionary in _dictionaries(document)):
            raise Refused("active")
        kept = _written_anew(document) if document.get_warnings() else data
    if not pages or len(_opened(kept)) != pages:
        raise Refused("unreadable")
    return kept, pages


def _written_anew(document: "pikepdf.Pdf") -> bytes:
    """A damaged file may read otherwise elsewhere; as it was understood here it reads the same everywhere."""
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def _dictionaries(document: "pikepdf.Pdf") -> Iterator[Any]:
    """Every dictionary of the file, also those that no page leads to."""
    import pikepdf

    waiting: list[tuple[Any, int]] = [(document.trailer, 0)] + [(found, 0) for found in document.objects]
    while waiting:
        found, depth = waiting.pop()
        if depth > DEEPEST:
            raise Refused("unreadable")
        if isinstance(found, pikepdf.Array):
            inner = list(found)
        elif isinstance(found, pikepdf.Dictionary | pikepdf.Stream):
            yield found
            inner = [found[key] for key in found.keys()]  # noqa: SIM118 - no mapping
        else:
            continue
        waiting += [(one, depth + 1) for one in inner if isinstance(one, pikepdf.Object) and not one.is_indirect]


def _is_active(dictionary: Any) -> bool:
    return bool(ACTIVE_KEYS.intersection(dictionary.keys())) or str(dictionary.get("/S", "")) in ACTIVE_ACTIONS \
        or bool(ACTIVE_KINDS.intersection((str(dictionary.get("/Type", "")), str(dictionary.get("/Subtype", "")))))


def _opened(data: bytes) -> "pypdfium2.PdfDocument":
    """As PDFium reads it. Its library is begun once more, because only its beginning takes the place of fonts."""
    import pypdfium2
    from pypdfium2 import raw

    folders = (ctypes.c_char_p * 2)(str(FONTS).encode(), None)
    raw.FPDF_DestroyLibrary()
    raw.FPDF_InitLibraryWithConfig(raw.FPDF_LIBRARY_CONFIG(
        version=2, m_pUserFontPaths=ctypes.cast(folders, ctypes.POINTER(ctypes.POINTER(ctypes.c_char))), m_pIsolate=None, m_v8EmbedderSlot=0))
    opened = pypdfium2.PdfDocument(data)
    opened.font_folders = folders  # the library reads them for as long as it runs
    return opened


def _page(data: bytes, number: int, side: int = PREVIEW_SIDE) -> "Image.Image":
    """A page as it prints, seals and filled fields too. Raises :class:`Refused` (``page``) for one that is not there."""
    document = _opened(data)
    if not 1 <= number <= len(document):
        raise Refused("page")
    document.init_forms()
    page = document[number - 1]
    long_side = max(page.get_size())
    if not 1 <= long_side < 100_000:
        raise Refused("unreadable")
    drawn: Image.Image = page.render(scale=side / long_side).to_pil()
    return drawn


def _marked(image: "Image.Image", words: str) -> "Image.Image":
    """Who looks, and when, slanted all over the page: too faint to hide a word, too dense to be cut away."""
    from PIL import Image, ImageDraw, ImageFont

    size = max(14, max(image.size) // 60)
    font = ImageFont.truetype(WATERMARK_FONT, size)
    width = int(font.getlength(words)) + 4 * size
    tile = Image.new("L", (width, 5 * size))
    ImageDraw.Draw(tile).text((2 * size, 2 * size), words, font=font, fill=58)
    side = int((image.width ** 2 + image.height ** 2) ** 0.5) + width
    sheet = Image.new("L", (side, side))
    for line, top in enumerate(range(0, side, tile.height)):
        for left in range(-(line % 2) * width // 2, side, width):
            sheet.paste(tile, (left, top))
    sheet = sheet.rotate(30, Image.Resampling.BICUBIC)
    left, top = (side - image.width) // 2, (side - image.height) // 2
    marked = image.convert("RGB")
    marked.paste((72, 84, 104), (0, 0), sheet.crop((left, top, left + image.width, top + image.height)))
    return marked


def bounded() -> None:
    """From here on: no more memory, time and files than a decoder needs. A process that asks for more ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


LOOKS = {"inspect": inspect, "codes": codes}


def main(asked: str, media_type: str, page: str = "1", watermark: str = "") -> None:
    bounded()
    data = sys.stdin.buffer.read()
    try:
        known, made = draw(data, media_type, int(page), watermark) if asked == "draw" else LOOKS[asked](data, media_type)
        if len(made) > MOST_KEPT_BYTES:
            raise Refused("size")
    except Refused as refused:
        known, made = {"refused": refused.reason}, b""
    sys.stdout.buffer.write(json.dumps(known).encode() + b"\n" + made)


if __name__ == "__main__":
    main(*sys.argv[1:])
