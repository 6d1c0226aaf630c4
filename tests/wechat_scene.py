"""The product beside a sandbox that stands in for WeChat: for whatever begins or ends in somebody's chat."""

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from sanic import Sanic

from app import create_app
from config import clock
from config.settings import Settings, settings
from models.account import Account
from sandbox.embedded import Sandbox, running_sandbox
from sandbox.state import Person
from services import login
from tests import builders
from tests.conftest import serving


@dataclass
class Scene:
    """``client`` talks to the product, and keeps no cookies of anybody unless it is told to."""

    sandbox: Sandbox
    client: httpx.AsyncClient
    region: str

    def person(self, name: str = "周敏", phone: str = "") -> Person:
        """Somebody with a phone."""
        number = len(self.sandbox.state.people) + 1
        return self.sandbox.state.add_person(Person(f"o-test-{number}", name, phone or f"1990000{9000 + number}"))

    def code(self, person: Person, kind: str = "login", app_id: str = "") -> str:
        """What ``wx.login``, the phone button or the authorise page gives to the person's client."""
        return self.sandbox.state.new_code(kind, app_id or self.sandbox.state.options.mini_app_id, person)

    def sealed_phone(self, person: Person, app_id: str = "") -> dict[str, str]:
        """What the phone button seals for the client, with the key of the person's last ``wx.login``."""
        mark = {"timestamp": int(clock.now().timestamp()), "appid": app_id or self.sandbox.state.options.mini_app_id}
        plain = json.dumps({"phoneNumber": person.phone, "purePhoneNumber": person.phone, "countryCode": "86", "watermark": mark}).encode()
        iv, padder = secrets.token_bytes(16), PKCS7(128).padder()
        sealing = Cipher(algorithms.AES128(b64decode(self.sandbox.state.session_keys[person.mini_openid])), modes.CBC(iv)).encryptor()
        sealed = sealing.update(padder.update(plain) + padder.finalize()) + sealing.finalize()
        return {"encrypted_data": b64encode(sealed).decode(), "iv": b64encode(iv).decode()}

    async def bind(self, person: Person, account: Account) -> None:
        """The person's chat and mini program belong to the account."""
        options, actor = self.sandbox.state.options, await builders.the_actor(account)
        await login.bind_wechat(actor, options.official_app_id, person.openid, clock.now())
        await login.bind_wechat(actor, options.mini_app_id, person.mini_openid, clock.now())

    async def write(self, person: Person, text: str) -> str:
        """Write to the official account; what it says."""
        return await self._post("chat", {"openid": person.openid, "text": text, "region": self.region})

    async def choose(self, person: Person, said: str, tapped: str) -> str:
        """Tap a line of a list that the account sent."""
        return await self._post("chat", {"openid": person.openid, "text": said, "tapped": tapped, "region": self.region})

    async def place(self, person: Person, latitude: float, longitude: float) -> str:
        return await self._post("place", {"openid": person.openid, "latitude": latitude, "longitude": longitude, "region": self.region})

    async def photo(self, person: Person, data: bytes) -> str:
        return await self._post("picture", {"openid": person.openid, "data": b64encode(data).decode(), "region": self.region})

    async def tap(self, person: Person, event: str, key: str = "") -> str:
        return await self._post("tap", {"openid": person.openid, "event": event, "key": key, "region": self.region})

    async def _post(self, what: str, document: dict[str, Any]) -> str:
        async with httpx.AsyncClient(timeout=30) as chat:
            answer = await chat.post(f"{self.sandbox.url}/sandbox/{what}", json=document)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["reply"])


@asynccontextmanager
async def scene(name: str, config: Settings | None = None, **changes: str) -> AsyncIterator[Scene]:
    """Serve both until the block ends. ``config``: of both, else as they are; ``changes``: settings of the product that differ."""
    Sanic.test_mode = True  # several apps in one process
    async with running_sandbox(config) as sandbox:
        app = create_app((config or settings()).model_copy(update={"wechat_url": sandbox.url, **changes}), name)
        async with serving(app) as url, httpx.AsyncClient(base_url=url, headers={"Accept": "application/json"}, timeout=60) as client:
            sandbox.state.callback_url = url + "/{region}/wechat/callback"
            yield Scene(sandbox, client, await builders.a_region())
