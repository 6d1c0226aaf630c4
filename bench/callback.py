"""Messages to the official account at a steady 200 a second, each of its own and from somebody who is bound: how long WeChat waits for an answer.

An open loop: what is slow holds back nothing that comes after it, and its wait counts from when it was due.
"""

import asyncio
import time
from math import inf
from statistics import quantiles

import aiohttp

from bench import people
from bench.ground import Ground, filled, process
from bench.rounds import Line, spread
from bench.scan import free_port
from config import clock
from models.account import Account, AccountKind
from services import login
from services.actors import Actor
from services.regions import Region
from wechat.codec import NO_REPLY, Codec, signature

A_SECOND, MOST_MILLISECONDS = 200, 50.0
APP_ID = "wx5a6d0b7e00000002"
SAID = ("帮助", "我的办件")
FILLER = b"0123456789abcdef"


async def measure(ground: Ground, rounds: int, seconds: int) -> list[Line]:
    async with filled(ground) as region:
        await people.holders(region)
        await bind(region)
        port = free_port()
        environment = ground.environment(port) | {"GREENLANE_OFFICIAL_APP_ID": APP_ID}
        codec = Codec(environment["GREENLANE_OFFICIAL_TOKEN"], environment["GREENLANE_OFFICIAL_AES_KEY"], APP_ID)
        address = f"http://127.0.0.1:{port}"
        with process("-m", "cli", "serve", environment=environment, ready=f"{address}/healthz"):
            turns = [await load(f"{address}/{region.code}/wechat/callback", codec, environment["GREENLANE_OFFICIAL_TOKEN"], seconds, turn)
                     for turn in range(rounds + 1)]
    slow = turns[1:]  # the first warms
    return [Line(f"answer to a callback at {A_SECOND} messages a second, 99th percentile", "", f"{spread(slow, 0)} ms", f"≤ {MOST_MILLISECONDS:g} ms",
                 max(slow) <= MOST_MILLISECONDS)]


async def bind(region: Region) -> None:
    for account in await Account.of(region.code, kind=AccountKind.TALENT).order_by("login_name").limit(people.HOLDERS):
        actor = Actor(region.code, account.id, account.name, account.kind)
        await login.bind_wechat(actor, APP_ID, f"o-{account.login_name}", clock.now())


async def load(address: str, codec: Codec, token: str, seconds: int, turn: int) -> float:
    """Milliseconds within which 99 of 100 were answered; what was refused, or told to wait for its words, never was."""
    sent = [sealed(codec, token, number, turn) for number in range(A_SECOND * seconds)]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=10)) as http:
        begun = time.perf_counter()

        async def deliver(number: int) -> float:
            due = begun + number / A_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            query, body = sent[number]
            async with http.post(address, params=query, data=body) as answer:
                answered = answer.status == 200 and len(await answer.read()) > len(NO_REPLY)
            return (time.perf_counter() - due) * 1000 if answered else inf

        took = await asyncio.gather(*(deliver(number) for number in range(len(sent))))
    return quantiles(took, n=100)[98]


def sealed(codec: Codec, token: str, number: int, turn: int) -> tuple[dict[str, str], bytes]:
    stamp, nonce = str(int(clock.now().timestamp())), f"{turn}-{number}"
    plain = (f"<xml><ToUserName>gh_1</ToUserName><FromUserName>o-holder{number % people.HOLDERS + 1}</FromUserName><CreateTime>{stamp}</CreateTime>"
             f"<MsgType>text</MsgType><Content>{SAID[number % len(SAID)]}</Content><MsgId>{turn}{number:06d}</MsgId></xml>")
    cipher = codec.encrypt(plain, FILLER)
    query = {"signature": signature(token, stamp, nonce), "timestamp": stamp, "nonce": nonce, "encrypt_type": "aes",
             "msg_signature": signature(token, stamp, nonce, cipher)}
    return query, f"<xml><ToUserName>gh_1</ToUserName><Encrypt>{cipher}</Encrypt></xml>".encode()
