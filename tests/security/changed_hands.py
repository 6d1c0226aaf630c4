"""Whoever has somebody's number now, and logs in with it as that somebody would (T39)."""

import re
from dataclasses import dataclass

from models.account import Account
from models.database import execute
from sandbox.state import Person
from tests import builders
from tests.acceptance.api import Api
from tests.wechat_scene import Scene

from .callers import Caller
from .codes_sent import code_of

ID_NUMBER, EMAIL = "11010519491231002X", "huangyue@example.com"
CHALLENGE = re.compile(r'name="challenge" value="([^"]+)"')


async def an_owner(wired: Scene, *, name: str = "黄月", id_number: str | None = ID_NUMBER, password: bool = True, wechat: bool = True) -> Account:
    """Somebody with an e-mail address, what she can prove herself with, and a WeChat of her own."""
    account = (await builders.a_talent(name=name)).put_email(EMAIL)
    if id_number:
        account.put_id_number(id_number)
    await account.save()
    if not password:
        await execute("UPDATE account SET password_hash = NULL WHERE id = $1", account.id)
    if wechat:
        await wired.bind(wired.person(name, account.phone or ""), account)
    return account


@dataclass(frozen=True)
class Finder:
    """Who was given the number of ``owner``, with a WeChat of his own. Each way in is walked over HTTP."""

    wired: Scene
    owner: Account
    person: Person

    async def by_button(self, person: Person | None = None) -> dict[str, str | bool]:
        """The mini program: WeChat vouches for the number, and says who holds the phone."""
        who = person or self.person
        answer = await Api(self.wired.client, self.wired.region).post(
            "login/phone", {"phone_code": self.wired.code(self.person, "phone"), "wechat_code": self.wired.code(who)})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def mini(self, person: Person | None = None) -> Api:
        return Api(self.wired.client, self.wired.region, str((await self.by_button(person))["token"]))

    async def by_code(self, face: str = "phone") -> Caller:
        """A browser: an SMS to the number, and nothing else is known of who reads it."""
        at = f"/{self.wired.region}/login" if face == "phone" else f"/{self.wired.region}/console/login/code"
        nobody, number = Caller(self.wired.client, self.wired.region, {}), str(self.owner.phone)
        asked = await nobody.ask("POST", f"{at}/code" if face == "phone" else at, {"phone": number, "act": "send_code"})
        (challenge,) = CHALLENGE.findall(asked.text)
        code = await code_of(self.wired.region, challenge)
        entered = await nobody.ask("POST", at, {"phone": number, "challenge": challenge, "code": str(code)})
        token = entered.cookies[f"gl_{face}"]
        self.wired.client.cookies.clear()
        return Caller(self.wired.client, self.wired.region, {face: token})


def a_finder(wired: Scene, owner: Account) -> Finder:
    return Finder(wired, owner, wired.person("别人", owner.phone or ""))


async def confirm(api: Api, by: str, given: str) -> Api:
    """The same mini program after she proved who she is."""
    answer = await api.post("me/confirm", {"by": by, "given": given})
    assert answer.status_code == 200, answer.text
    return Api(api.client, api.region, answer.json()["token"])
