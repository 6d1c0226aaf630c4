"""Pages that open without a network: what they send along, and the service worker that keeps them (web/assets/src/keeper.js)."""

from collections.abc import Mapping

from sanic import HTTPResponse

from web.static import shelf

#: A page with this header is kept by the browser's service worker; every other answer at its address makes it forget.
KEEP: Mapping[str, str] = {"X-Keep": "1"}


def keeper(scope: str) -> HTTPResponse:
    """The service worker, for the pages that begin with ``scope`` and no other. It may ask this server alone."""
    names = shelf()
    return HTTPResponse(names.files[names.names["keeper.js"]].body, content_type="text/javascript; charset=utf-8", headers={
        "Cache-Control": "no-cache", "Service-Worker-Allowed": scope, "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; connect-src 'self'"})
