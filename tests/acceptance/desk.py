"""The desk as a browser uses it: logged in, with the fields that a form of ours carries."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from markupsafe import Markup

from config import clock
from config.keys import keys
from models.account import Account
from services import export_writing
from services.regions import Region
from tests import builders

HIDDEN = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Desk:
    """One person at the desk. ``at`` is the root of the console's addresses."""

    client: httpx.AsyncClient
    at: str
    csrf: str = field(default="", repr=False)

    async def get(self, path: str = "", **asked: Any) -> httpx.Response:
        answer = await self.client.get(f"{self.at}/{path}", params=asked)
        if found := HIDDEN.search(answer.text):
            self.csrf = found[1]
        return answer

    async def post(self, path: str, keyed: bool = True, **fields: Any) -> httpx.Response:
        """Send a form: with the session's token, and a key of its own unless the page has none."""
        if not self.csrf:
            await self.get("security")
        key = {"once": uuid4().hex} if keyed and "once" not in fields else {}
        return await self.client.post(f"{self.at}/{path}", data={"csrf": self.csrf, **key, **fields})

    async def send(self, path: str, attached: Sequence[tuple[str, bytes]] = (), **fields: Any) -> httpx.Response:
        """A form that takes files, as the page sends it: in parts, a list of values as several, the files as ``files``."""
        if not self.csrf:
            await self.get("security")
        said = {"csrf": self.csrf, "once": uuid4().hex} | fields
        parts = [(name, (None, str(one))) for name, value in said.items() for one in (value if isinstance(value, list) else [value])]
        return await self.client.post(f"{self.at}/{path}", files=[*parts, *(("files", one) for one in attached)])

    async def exported(self, path: str) -> httpx.Response:
        """Order a file, let the worker write it, and fetch it; or the answer that refused the order."""
        ordered = await self.post(path, keyed=False)
        if ordered.status_code != 303:
            return ordered
        await export_writing.work(clock.now)
        return await self.client.get(f"{ordered.headers['location']}/file")


async def desk(client: httpx.AsyncClient, account: Account) -> Desk:
    """``account`` logged in at the desk with this client."""
    client.cookies.update(builders.cookies(await builders.a_session(account, "desk"), "desk"))
    return Desk(client, f"/{account.region}/console")


def words(answer: httpx.Response) -> str:
    """What a page says, without its markup and with single spaces."""
    return " ".join(Markup(re.sub(r"(?s)<(script|style).*?</\1>", " ", answer.text)).striptags().split())


def picture_says(region: Region, challenge: str) -> str:
    """What a person reads in the picture."""
    return keys().unseal(urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4)), region.code, "captcha").partition("|")[0]
