"""The phone as a browser uses it: a page is opened, its own forms are filled in and sent, answers that lead on are followed."""

import html
import re
from dataclasses import dataclass, field
from uuid import UUID

import httpx

from config.keys import keys
from models.account import Account
from models.notification import Notification
from models.venue import Board
from qr import board_code
from services import notifications
from services.regions import Region
from tests import builders

FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.S)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"[^>]*>')
Fields = dict[str, str | list[str]]


@dataclass
class Phone:
    """One person's phone; ``text`` is the page that is open, ``answer`` how it was answered."""

    client: httpx.AsyncClient
    region: str
    text: str = field(default="", repr=False)
    answer: httpx.Response = field(default_factory=lambda: httpx.Response(0), repr=False)

    async def open(self, path: str, **asked: str) -> httpx.Response:
        """A page by its path below the region; redirects are followed, as a browser does."""
        return await self._read(await self.client.get(path if path.startswith(f"/{self.region}/") else f"/{self.region}{path}",
                                                      params=asked or None))

    async def send(self, action: str, **typed: str | list[str]) -> httpx.Response:
        """Fill in and send the form of the open page whose action ends so; its hidden fields go along."""
        return await self._read(await self.post(action, **typed))

    async def post(self, action: str, **typed: str | list[str]) -> httpx.Response:
        """The same, without following where it leads, and without turning the page: for a second click."""
        target, hidden = self._form(action)
        return await self.client.post(target, data=hidden | typed)

    async def upload(self, action: str, field: str, called: str, data: bytes, /, **typed: str | list[str]) -> httpx.Response:
        """Send the form to the button's own address with a file, as a browser without script does."""
        target, hidden = self._form(action)
        return await self._read(await self.client.post(target, data=hidden | typed, files={f"upload.{field}": (called, data)}))

    def _form(self, action: str) -> tuple[str, Fields]:
        for attributes, body in FORM.findall(self.text):
            targets = re.findall(r'action="([^"]+)"', f"{attributes} {body}")
            if found := next((target for target in targets if target.endswith(action)), None):
                hidden: dict[str, list[str]] = {}
                for name, value in HIDDEN.findall(body):
                    hidden.setdefault(html.unescape(name), []).append(html.unescape(value))
                return found, {name: values if len(values) > 1 else values[0] for name, values in hidden.items()}
        raise AssertionError(f"no form for {action} on the page")

    async def _read(self, answer: httpx.Response) -> httpx.Response:
        while answer.is_redirect:
            answer = await self.client.get(answer.headers["location"])
        self.answer, self.text = answer, html.unescape(answer.text)
        return answer

    @property
    def at(self) -> str:
        """The path that is open, below the region."""
        return self.answer.url.path.removeprefix(f"/{self.region}")


async def phone(client: httpx.AsyncClient, region: Region, who: Account | None = None) -> Phone:
    """Of ``who``, logged in; or of nobody in particular."""
    if who is not None:
        client.cookies.update(builders.cookies(await builders.a_session(who)))
    return Phone(client, region.code)


async def last_code(region: Region) -> str:
    """The six digits of the newest SMS with a code."""
    found = await Notification.of(region.code, kind__in=["login_code", "security_code"]).order_by("-created_at").first()
    assert found is not None, "no code was sent"
    return notifications.read_params(found)["code"]


def code_on(board: Board) -> str:
    """What is printed on a board, below its QR."""
    return board_code.encode(board.region, board.serial, keys())


def id_in(path: str) -> UUID:
    """The id at the end of a path."""
    return UUID(path.partition("?")[0].rpartition("/")[2])
