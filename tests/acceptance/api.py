"""How tests speak to the mini program's API."""

from typing import Any

import httpx

from models.account import Account
from tests import builders


class Api:
    """One person's mini program: adds region and token to every call."""

    def __init__(self, client: httpx.AsyncClient, region: str, token: str = "") -> None:
        self.client, self.region, self.token = client, region, token

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.client.get(self._address(path), params=query, headers=self._headers())

    async def post(self, path: str, body: Any = None, *, key: str = "") -> httpx.Response:
        return await self.client.post(self._address(path), json={} if body is None else body, headers=self._headers(key))

    async def upload(self, path: str, field: str, name: str, data: bytes) -> httpx.Response:
        """As WeChat sends a file: under the name of a temporary copy, its own name beside it."""
        return await self.client.post(self._address(path), data={"field": field, "name": name}, files={"file": ("tmp_8f2c.bin", data)},
                                      headers=self._headers())

    def _address(self, path: str) -> str:
        return f"/{self.region}/api/{path}"

    def _headers(self, key: str = "") -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers | ({"Idempotency-Key": key} if key else {})


async def logged_in(client: httpx.AsyncClient, account: Account) -> Api:
    return Api(client, account.region, await builders.a_session(account, "mini"))
