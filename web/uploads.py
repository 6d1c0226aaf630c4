"""Files that come in: read as they arrive, bounded part by part, and never before the route has let the person in.

A route that takes files is declared ``stream=True, ctx_body=bytes``: its body then waits until the floor knows who sends it (``web/access.py``).
The parser is strict and streaming; what is too much is refused while it arrives. The files are kept by ``services.files``, after the whole body
is there: a connection that drops half-way leaves nothing behind.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from multipart import MultipartError, MultipartSegment, PushMultipartParser
from sanic import Request
from sanic.exceptions import PayloadTooLarge
from sanic.headers import parse_content_header
from sanic.request import File, RequestParameters

from services.files import MOST_BYTES
from services.files.refusals import TooManyBytes
from web.bodies import BODY_BYTES, Malformed, NotAcceptedType
from web.context import declared

MOST_PARTS = 200
#: For a whole body; a connection on which nothing comes at all is closed sooner, by the server.
SECONDS = 300
KIB = 1024


@dataclass(frozen=True)
class Upload:
    """One file as it was sent: ``field`` of the form, ``name`` as the sender calls it."""

    field: str
    name: str
    data: bytes


@dataclass
class Part:
    """A part that is still arriving. ``data`` is dropped at the first byte that is too much."""

    segment: MultipartSegment
    data: bytearray
    too_large: bool = False

    @property
    def is_file(self) -> bool:
        return self.segment.filename is not None

    def take(self, piece: bytes) -> None:
        if not self.is_file and len(self.data) + len(piece) > BODY_BYTES:
            raise PayloadTooLarge
        self.too_large = self.too_large or len(self.data) + len(piece) > MOST_BYTES
        if self.too_large:
            self.data.clear()
        else:
            self.data += piece


def received(request: Request) -> list[Upload]:
    """The files of this request, in the order of the form; a place that was left empty is none.

    Raises ``TooManyBytes`` beside its field for one that is larger than a file may be.
    """
    if too_large := next(iter(getattr(request.ctx, "too_large", ())), None):
        raise TooManyBytes(*too_large)
    return [Upload(field, file.name, file.body) for field, files in (request.files or {}).items() for file in files if file.name or file.body]


async def receive(request: Request) -> None:
    """Read the body of a route that takes files, so that ``request.form`` and ``request.files`` are there. Others are left as they are.

    Raises ``PayloadTooLarge``, ``NotAcceptedType``, ``Malformed``.
    """
    if request.route is None or not getattr(request.route.handler, "is_stream", False):
        return
    most = declared(request, "body", BODY_BYTES)
    if int(request.headers.get("content-length", 0)) > most:
        raise PayloadTooLarge
    kind, parameters = parse_content_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data":
        raise NotAcceptedType
    try:
        async with asyncio.timeout(SECONDS):
            parts = await _parts(request, str(parameters.get("boundary", "")), most)
        _hand_over(request, parts)
    except (MultipartError, UnicodeDecodeError):
        raise Malformed from None


async def _parts(request: Request, boundary: str, most: int) -> list[Part]:
    parts: list[Part] = []
    stream: Any = request.stream
    read = 0
    with PushMultipartParser(boundary, max_header_size=4 * KIB, max_header_count=8, max_segment_count=MOST_PARTS, strict=True) as parser:
        while chunk := await stream.read():
            if (read := read + len(chunk)) > most:
                raise PayloadTooLarge
            for event in parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    parts.append(Part(event, bytearray()))
                elif event:
                    parts[-1].take(event)
    return parts


def _hand_over(request: Request, parts: list[Part]) -> None:
    """Put the parts where Sanic keeps those of its own parser: forms, keys of idempotency and CSRF read them there."""
    form, files = RequestParameters(), RequestParameters()
    request.ctx.too_large = []
    for part in parts:
        name, sent_as = part.segment.name or "", part.segment.filename
        if sent_as is None:
            form.setdefault(name, []).append(part.data.decode())
        elif part.too_large:
            request.ctx.too_large.append((name, sent_as))
        else:
            files.setdefault(name, []).append(File(part.segment.content_type or "", bytes(part.data), sent_as))
    request.parsed_form, request.parsed_files = form, files
