"""Files as people and attackers send them, made anew for each test: nothing here comes from anywhere."""

import struct
import zipfile
import zlib
from functools import lru_cache
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageDraw

GPS, ORIENTATION, ARTIST = 0x8825, 0x0112, 0x013B


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), mode: str = "RGB", **options: object) -> bytes:
    """A picture with a dark bar at its left edge, so that it can be seen which way up it is."""
    image = Image.new(mode, size, {"RGB": (200, 220, 240), "RGBA": (0, 0, 0, 0), "L": 220, "P": 7}.get(mode, 0))
    if mode in ("RGB", "RGBA", "L"):
        ImageDraw.Draw(image).rectangle((0, 0, size[0] // 8, size[1]), fill={"L": 10}.get(mode, "#101820"))
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def a_photo_from_a_phone() -> bytes:
    """Lying on its side, with the place where it was taken, a name, and a comment."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[ARTIST] = 6, "GPSCANARY-ARTIST"
    exif.get_ifd(GPS).update({1: "N", 2: (37.0, 30.0, 15.0), 3: "E", 4: (122.0, 7.0, 12.0), 29: "GPSCANARY-DATE"})
    return a_picture(exif=exif, comment=b"GPSCANARY-COMMENT", icc_profile=b"GPSCANARY-ICC" * 20)


def a_png_that_says(width: int, height: int) -> bytes:
    """Some bytes that ask for ``width × height`` pixels: one row is there, well compressed."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compressobj(9)
    body = b"".join(rows.compress(b"\0" * (width * 3 + 1)) for _ in range(min(height, 400))) + rows.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def a_zip(name: str = "Main.class") -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, b"\xca\xfe\xba\xbe" * 20)
    return target.getvalue()


def _with_words(pages: int) -> pikepdf.Pdf:
    """Pages that name a Chinese font and do not bring it, as offices make them."""
    document = pikepdf.new()
    system = Dictionary(Registry=String("Adobe"), Ordering=String("GB1"), Supplement=4)
    descendant = Dictionary(Type=Name.Font, Subtype=Name.CIDFontType0, BaseFont=Name("/STSong-Light"), CIDSystemInfo=system)
    font = Dictionary(Type=Name.Font, Subtype=Name.Type0, BaseFont=Name("/STSong-Light"), Encoding=Name("/UniGB-UCS2-H"),
                      DescendantFonts=Array([document.make_indirect(descendant)]))
    for _ in range(pages):
        page = document.add_blank_page(page_size=(595, 842))
        page.Resources = Dictionary(Font=Dictionary(F1=document.make_indirect(font)))
        page.Contents = document.make_stream(b"BT /F1 36 Tf 60 700 Td <" + "学位证书扫描件".encode("utf-16-be").hex().encode() + b"> Tj ET")
    return document


def _saved(document: pikepdf.Pdf, **options: object) -> bytes:
    target = BytesIO()
    document.save(target, deterministic_id=not options.get("encryption"), **options)
    return target.getvalue()


def a_pdf(pages: int = 2) -> bytes:
    return _saved(_with_words(pages))


def a_locked_pdf(user: str = "") -> bytes:
    """One that asks for a password; without ``user`` one that opens and forbids."""
    return _saved(_with_words(1), encryption=pikepdf.Encryption(owner="owner-2026", user=user, R=6))


def an_active_pdf(how: str) -> bytes:
    """PDFs that do something, or carry something; hidden in object streams as attackers do."""
    document = _with_words(1)
    root, page = document.Root, document.pages[0]
    launch = Dictionary(S=Name.Launch, F=String("cmd.exe"))
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    attached = document.make_stream(b"MZ", Type=Name.EmbeddedFile)
    match how:
        case "javascript at opening":
            root.OpenAction = document.make_indirect(script)
        case "javascript by name":
            root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), document.make_indirect(script)])))
        case "javascript of a page":
            page.AA = Dictionary(O=script)
        case "launch":
            page.Annots = Array([document.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=launch))])
        case "attachment":
            carried = Dictionary(Type=Name.Filespec, EF=Dictionary(F=attached))
            root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String("a.exe"), carried])))
        case "form that is a program":
            root.AcroForm = Dictionary(XFA=document.make_stream(b"<xdp/>"), Fields=Array([]))
        case "form that is sent":
            root.OpenAction = Dictionary(S=Name.SubmitForm, F=String("https://example.invalid/"))
        case _:
            raise AssertionError(how)
    return _saved(document, object_stream_mode=pikepdf.ObjectStreamMode.generate)


@lru_cache(maxsize=1)
def a_pdf_bomb(megabytes: int = 1500) -> bytes:
    """Some megabytes that unfold to ``megabytes`` as soon as somebody reads what its objects are."""
    squeeze = zlib.compressobj(9)
    body = squeeze.compress(b"5 0 " + b" " * 96) + b"".join(squeeze.compress(b" " * 1024 * 1024) for _ in range(megabytes)) + squeeze.flush()
    parts = [b"%PDF-1.5\n", b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n", b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n",
             b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/X 5 0 R>>\nendobj\n",
             b"4 0 obj\n<</Type/ObjStm/N 1/First 100/Filter/FlateDecode/Length %d>>stream\n" % len(body) + body + b"\nendstream\nendobj\n"]
    offsets = [sum(len(part) for part in parts[:number]) for number in range(1, 5)]
    entries = [b"\0" + struct.pack(">IH", 0, 0)] + [b"\1" + struct.pack(">IH", one, 0) for one in offsets] + [b"\2" + struct.pack(">IH", 4, 0)]
    start = sum(len(part) for part in parts)
    entries.append(b"\1" + struct.pack(">IH", start, 0))
    table = b"".join(entries)
    return b"".join(parts) + (b"6 0 obj\n<</Type/XRef/Size 7/W[1 4 2]/Root 1 0 R/Length %d>>stream\n" % len(table)) + table \
        + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start
