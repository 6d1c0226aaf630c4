"""One call to WeChat's platform: its token, its time limits, its answer, whatever comes back instead of one.

A client of our own, because wechatpy's blocks, has no time limit, and repeats without end. Nothing is sent twice on its own: reads are repeated
after a failure, a send never is, and :class:`~wechat.errors.Unclear` says that its answer was lost.
"""

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, Self

import aiohttp
from redis.asyncio import Redis

from wechat.errors import MINUTE, Again, Busy, Misconfigured, RateLimited, Unclear, meaning_of, translate
from wechat.shared_value import SharedValue

API_HOST: Final = "https://api.weixin.qq.com"
LIMITS: Final = aiohttp.ClientTimeout(total=5, connect=2)
READ_TRIES: Final = 3
LONGEST_REST: Final = 3600
IMAGES: Final = (b"\xff\xd8\xff", b"\x89PNG")


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer as it came."""

    body: bytes
    status: int
    content_type: str

    @property
    def is_image(self) -> bool:
        """By its first bytes *and* its content type: an error comes in an image's place, as JSON of status 200."""
        return self.content_type.startswith("image/") and self.body.startswith(IMAGES)


@dataclass(frozen=True)
class Upload:
    """A file as the body of a call: made anew for each try, because a form that was sent is used up."""

    name: str
    data: bytes
    content_type: str

    def form(self) -> aiohttp.FormData:
        made = aiohttp.FormData()
        made.add_field("media", self.data, filename=self.name, content_type=self.content_type)
        return made


Body = Mapping[str, Any] | Upload


class Calls:
    """Raises the refusals of ``wechat.errors`` and nothing else. ``redis``: where all processes keep the token; None: in this one."""

    def __init__(self, app_id: str, secret: str, base_url: str = API_HOST, redis: "Redis | None" = None) -> None:
        self.app_id = app_id
        self._secret, self._base_url = secret, base_url.rstrip("/")
        self._token = SharedValue(f"wx:{app_id}:token", self._fetch_token, redis)
        self._session: aiohttp.ClientSession | None = None
        self._rests: dict[str, tuple[float, int]] = {}  # path → until when it is not called, and for how long that was

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def exchange(self, path: str, code: dict[str, str]) -> dict[str, Any]:
        """A code is spent by the first call that arrives, so a lost answer is not asked for again: the client brings a fresh code.

        (aiohttp asks a GET again by itself when its connection breaks; WeChat then says 40163, which tells the client the same.)"""
        query = {"appid": self.app_id, "secret": self._secret, **code, "grant_type": "authorization_code"}
        try:
            document = _document(await self._request("GET", path, query), path)
            if _again(document) is Again.SOON:
                await _pause()
                document = _document(await self._request("GET", path, query), path)
        except Unclear as lost:
            raise Busy(extra=lost.extra) from lost
        return checked(document, path)

    async def call(self, method: str, path: str, body: Body | None = None, query: Mapping[str, str] | None = None, *,
                   safe: bool = True) -> dict[str, Any]:
        """A call with the token. A refused token is replaced once, by whoever is first; ``safe`` calls may be repeated when lost."""
        return checked(_document(await self._with_token(method, path, body, query, safe=safe), path), path)

    async def image(self, path: str, body: Mapping[str, Any] | None = None, query: Mapping[str, str] | None = None) -> bytes:
        """As :meth:`call`, for what is answered with a picture; without a body it is a GET."""
        raw = await self._with_token("GET" if body is None else "POST", path, body, query, safe=True)
        if raw.is_image:
            return raw.body
        checked(_document(raw, path), path)
        raise Unclear(extra={"path": path, "content_type": raw.content_type})

    async def _with_token(self, method: str, path: str, body: Body | None, query: Mapping[str, str] | None, *, safe: bool) -> Raw:
        self._require_rested(path)
        request = self._request_again if safe else self._request
        token = await self._token.get()
        raw = await request(method, path, {"access_token": token, **(query or {})}, body)
        if _again_of(raw) is Again.FRESH_TOKEN:
            await self._token.forget(token)
            token = await self._token.get()
            raw = await request(method, path, {"access_token": token, **(query or {})}, body)
        self._note_quota(path, raw)
        return raw

    def _require_rested(self, path: str) -> None:
        """A quota that is used up is not asked again before its time, whoever asks."""
        until, _ = self._rests.get(path, (0.0, 0))
        if (left := until - monotonic()) > 0:
            raise RateLimited(retry_after=int(left) + 1, extra={"path": path, "resting": True})

    def _note_quota(self, path: str, raw: Raw) -> None:
        """A minute, and twice as long each time that it was not enough, up to an hour."""
        if _again_of(raw) is Again.LATER:
            _, before = self._rests.get(path, (0.0, 0))
            rest = min(LONGEST_REST, before * 2 or MINUTE)
            self._rests[path] = monotonic() + rest, rest
        else:
            self._rests.pop(path, None)

    async def _fetch_token(self) -> tuple[str, int]:
        """The stable token: asking again gives the same one, so that processes cannot invalidate each other's."""
        path = "/cgi-bin/stable_token"
        self._require_rested(path)
        body = {"grant_type": "client_credential", "appid": self.app_id, "secret": self._secret, "force_refresh": False}
        raw = await self._request_again("POST", path, {}, body)
        self._note_quota(path, raw)
        document = checked(_document(raw, path), path)
        return member(document, "access_token"), int(document.get("expires_in", 0))

    async def _request_again(self, method: str, path: str, query: Mapping[str, str], body: Body | None = None) -> Raw:
        """For reads and what may safely happen twice: up to three tries, and Busy in the end."""
        left = READ_TRIES
        while True:
            left -= 1
            try:
                raw = await self._request(method, path, query, body)
            except (Unclear, Busy) as lost:
                if not left:
                    raise Busy(extra=lost.extra) from lost
            else:
                if _again_of(raw) is not Again.SOON or not left:
                    return raw
            await _pause()

    async def _request(self, method: str, path: str, query: Mapping[str, str], body: Body | None = None) -> Raw:
        """One request, one whole answer. Raises Busy when nothing was sent, Unclear when the answer was lost.

        Their causes are dropped: aiohttp's texts hold the URL, and the URL holds the secret or the token."""
        content = body.form() if isinstance(body, Upload) else None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {} if isinstance(body, Upload) else {"Content-Type": "application/json"}
        extra = {"path": path}
        try:
            async with self._client().request(method, self._base_url + path, params=query, data=content, timeout=LIMITS,
                                              headers=headers, allow_redirects=False) as response:
                raw = Raw(await response.read(), response.status, response.content_type)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise Busy(extra=extra) from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Unclear(extra=extra) from None
        if raw.status >= 500:
            raise Unclear(extra=extra | {"status": raw.status})
        return raw

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession()
        return self._session


def checked(document: dict[str, Any], path: str) -> dict[str, Any]:
    """The document, if it says that all is well. Raises what its ``errcode`` means."""
    errcode = document.get("errcode") or 0
    if not isinstance(errcode, int):
        raise Unclear(extra={"path": path})
    if errcode:
        raise translate(errcode, str(document.get("errmsg", "")), path)
    return document


def member(document: Mapping[str, Any], name: str) -> str:
    """A text that a good answer must hold."""
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise Unclear(extra={"missing": name})
    return value


def _document(raw: Raw, path: str) -> dict[str, Any]:
    """Errors come with status 200 and as ``text/plain`` at times, so the bytes decide, not the content type."""
    document = _read(raw.body)
    if document is not None:
        return document
    raise (Unclear if raw.status == 200 else Misconfigured)(extra={"path": path, "status": raw.status})


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body) if body[:1] == b"{" else None
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _again_of(raw: Raw) -> Again:
    return _again(_read(raw.body) or {})


def _again(document: Mapping[str, Any]) -> Again:
    errcode = document.get("errcode")
    return meaning_of(errcode).again if isinstance(errcode, int) and errcode else Again.NEVER


async def _pause() -> None:
    """200 to 500 ms, not in step with the other processes."""
    await asyncio.sleep((200 + secrets.randbelow(300)) / 1000)
