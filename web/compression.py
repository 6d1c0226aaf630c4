"""Pages travel gzipped: on a slow network that is most of the time until something is seen. Assets are compressed once, when they are built.

A compressed answer tells by its length how much of what is in it repeats. So a token that a page carries looks different each time
(``web.csrf``), and a page that another site opened is sent as it is: nobody can have it measured again and again with words of her own (BREACH).
"""

import gzip

from sanic import HTTPResponse, Request
from sanic.response import BaseHTTPResponse

from web.static import takes_gzip

#: Below this the headers weigh more than what is saved.
LEAST = 1024
#: Most of what level 9 saves, at a quarter of its time.
LEVEL = 5


def compress(request: Request, response: BaseHTTPResponse) -> None:
    """Gzip a page for a browser that takes it so."""
    body = response.body
    if not isinstance(response, HTTPResponse) or body is None or len(body) < LEAST or not (response.content_type or "").startswith("text/html"):
        return
    response.headers["Vary"] = ", ".join(filter(None, (response.headers.get("Vary"), "Accept-Encoding", "Sec-Fetch-Site")))
    asked = request.headers
    if "content-encoding" in response.headers or asked.get("sec-fetch-site") == "cross-site" or not takes_gzip(asked.get("accept-encoding", "")):
        return
    response.body = gzip.compress(body, LEVEL, mtime=0)
    response.headers["Content-Encoding"] = "gzip"
