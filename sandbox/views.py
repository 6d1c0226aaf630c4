"""Pages of the sandbox: plain templates, a strict policy, no script or style inside a page."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from sanic import HTTPResponse
from sanic.response import html

POLICY: Final = ("default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; "
                 "frame-ancestors 'none'")
ZONE: Final = ZoneInfo("Asia/Shanghai")

#: What WeChat makes a link of in a text: address and words.
_LINK: Final = re.compile(r'<a href="(https?://[^"\s<>]+)">([^<>]+)</a>')
_SHOWN: Final = Markup('<a href="{}" target="_blank" rel="noreferrer">{}</a>')

_environment = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
                           trim_blocks=True, lstrip_blocks=True)
_environment.filters["clock"] = lambda moment: _local(moment).strftime("%H:%M:%S")
_environment.filters["moment"] = lambda moment: _local(moment).strftime("%m-%d %H:%M")
_environment.filters["links"] = lambda text: _links(text)
_environment.filters["pretty"] = lambda value: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def render(template: str, status: int = 200, **context: Any) -> HTTPResponse:
    return html(_environment.get_template(template).render(context), status=status,
                headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})


def _links(text: str) -> Markup:
    """Everything escaped but the links."""
    parts = _LINK.split(text)
    linked = (_SHOWN.format(address, words) + escape(after) for address, words, after in zip(parts[1::3], parts[2::3], parts[3::3], strict=True))
    return Markup("").join([escape(parts[0]), *linked])


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZONE)
