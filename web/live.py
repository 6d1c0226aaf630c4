"""Live pages: server-sent events from one subscription a process, authorised topic by topic.

``GET /{region}/live?topics=org:…,case:…`` (phone) or ``/{region}/console/live`` (desk). Events are what ``services.live.publish`` was given;
``offline`` and ``online`` say whether the store is there: a page that was offline reads anew.
"""

import asyncio
import contextlib
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

import orjson
import structlog
from redis.asyncio import Redis
from sanic import Blueprint, HTTPResponse, Request

from config.clock import now
from config.errors import Invalid, NotPermitted, Unavailable
from config.keys import keys
from models.database import row
from qr import venue_link
from services import live
from services.presence import Onlooker
from services.store import GONE
from services.verbs import afterwards
from web import sessions
from web.context import App, region, visitor

HEARTBEAT_SECONDS = 15
HEARTBEAT = b"event: beat\ndata: {}\n\n"  # an event, not a comment: pages notice by its absence that the line is dead
LOOKING = "looking:"
MOST_TOPICS, MOST_WATCHERS, MOST_WAITING = 40, 2_000, 100
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

log = structlog.get_logger(__name__)
blueprint = Blueprint("live")


@dataclass(eq=False)
class Watcher:
    """One open page. A page that does not read loses what is over ``MOST_WAITING``; it reads anew at its next event."""

    topics: frozenset[str]
    waiting: "asyncio.Queue[bytes | None]" = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))

    def tell(self, message: bytes | None) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self.waiting.put_nowait(message)


class Hub:
    """The process's one subscription, and who watches what. Heals itself when the store comes back."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.watchers: dict[str, set[Watcher]] = defaultdict(set)
        self.everybody: set[Watcher] = set()
        self.online = False
        self.stopping = False

    def join(self, topics: frozenset[str]) -> Watcher:
        if len(self.everybody) >= MOST_WATCHERS:
            raise Unavailable
        watcher = Watcher(topics)
        self.everybody.add(watcher)
        for topic in topics:
            self.watchers[topic].add(watcher)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        self.everybody.discard(watcher)
        for topic in watcher.topics:
            self.watchers[topic].discard(watcher)
            if not self.watchers[topic]:
                del self.watchers[topic]

    async def listen(self) -> None:
        """Runs for the life of the process."""
        while True:
            try:
                await self._listen_once()
            except GONE as error:
                self._turn(False)
                log.warning("live_store_gone", error=type(error).__name__)
            await asyncio.sleep(1)

    async def _listen_once(self) -> None:
        async with Redis.from_url(self.url, socket_connect_timeout=1, health_check_interval=5) as client, client.pubsub() as subscription:
            await subscription.subscribe(live.CHANNEL)
            self._turn(True)
            while True:
                message = await subscription.get_message(ignore_subscribe_messages=True, timeout=5)
                if message is not None and message["type"] == "message":
                    self._spread(message["data"])

    def _spread(self, body: bytes) -> None:
        for topic, told in orjson.loads(body):
            if watching := self.watchers.get(topic):
                event = sse(told["event"], orjson.dumps(told["data"]).decode())
                for watcher in watching:
                    watcher.tell(event)

    def _turn(self, online: bool) -> None:
        if online != self.online:
            self.online = online
            for watcher in self.everybody:
                watcher.tell(sse("online" if online else "offline", "{}"))

    def stop(self) -> None:
        """Let the open pages go, so that a graceful stop need not wait for them; they come back by themselves."""
        self.stopping = True
        for watcher in self.everybody:
            watcher.tell(None)


def sse(event: str, data: str) -> bytes:
    return f"event: {event}\ndata: {data}\n\n".encode()


def install(app: App) -> None:
    """Begin and end the subscription with the process."""
    @app.before_server_start
    async def begin(app: App) -> None:
        app.ctx.hub = Hub(app.ctx.settings.redis_url)
        app.ctx.listening = asyncio.create_task(app.ctx.hub.listen())

    @app.before_server_stop
    async def end(app: App) -> None:
        app.ctx.hub.stop()
        app.ctx.listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await app.ctx.listening


@blueprint.get("/<region:str>/live", ctx_permission="public", name="phone", ctx_limit=(120, 60))
@blueprint.get("/<region:str>/console/live", ctx_permission="staff", name="desk")
async def watch(request: Request) -> HTTPResponse | None:
    """Stays open; each topic must be one that this person, or this venue's link, may follow."""
    topics = await allowed_topics(request)
    hub: Hub = request.app.ctx.hub
    watcher, looking = hub.join(frozenset(f"{region(request).code}:{topic}" for topic in topics)), _onlooker(request, topics)
    try:
        response = await request.respond(content_type="text/event-stream", headers=HEADERS)
        await response.send(b"retry: 2000\n\n" + sse("online" if hub.online else "offline", "{}"))
        await looking.stay(now())
        while (message := await _next(watcher)) is not None and not hub.stopping:
            if message is HEARTBEAT and not await _still_allowed(request):
                break
            await response.send(message)
            await looking.stay(now())
        await response.eof()
    finally:
        hub.leave(watcher)
        afterwards(looking.leave())
    return None


def _onlooker(request: Request, topics: list[str]) -> Onlooker:
    """Who follows who else looks at a case looks at it herself, until this stream ends."""
    person = visitor(request)
    cases = [UUID(topic.removeprefix(LOOKING)) for topic in topics if topic.startswith(LOOKING)]
    return Onlooker(region(request).code, person.account_id if person else None, cases)


async def _next(watcher: Watcher) -> bytes | None:
    try:
        return await asyncio.wait_for(watcher.waiting.get(), HEARTBEAT_SECONDS)
    except TimeoutError:
        return HEARTBEAT


async def _still_allowed(request: Request) -> bool:
    """Asked again at every heartbeat: a session that ended, a role or a link that was taken back closes the page's stream too."""
    request.ctx.now = now()
    request.ctx.actor = await sessions.resolve(request, region(request).code)
    try:
        await allowed_topics(request)
    except NotPermitted:
        return False
    return True


async def allowed_topics(request: Request) -> list[str]:
    """The asked-for topics. Raises :class:`Invalid` without any, :class:`NotPermitted` when one of them is not for this page."""
    topics = [topic for topic in request.args.get("topics", "").split(",") if topic]
    if not 0 < len(topics) <= MOST_TOPICS:
        raise Invalid({"topics": f"1 到 {MOST_TOPICS} 项。"})
    own = await _venue_of_link(request)
    for topic in topics:
        person = visitor(request)
        hers = person is not None and (person.confirmed or topic == f"account:{person.account_id}")
        if topic != own and not (person is not None and hers and await live.may_watch(topic, person, region(request))):
            raise NotPermitted
    return topics


async def _venue_of_link(request: Request) -> str | None:
    """The topic of the venue whose link came along (``?link=``), when it is a true one and not replaced."""
    link = request.args.get("link")
    if not link:
        return None
    code = region(request).code
    try:
        serial, version = venue_link.decode(keys(), code, link)
    except venue_link.VenueLinkInvalid:
        return None
    found = await row("SELECT id FROM venue WHERE region = $1 AND serial = $2 AND link_version = $3", code, serial, version)
    return f"venue:{found['id']}" if found else None
