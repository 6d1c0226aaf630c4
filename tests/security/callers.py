"""Somebody who asks for any route of the product, as her face would: with her session, her form's token, and a body that the route takes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from sanic_routing.route import Route

from config.keys import keys
from models.account import Account
from services import sessions
from services.regions import Region
from tests import builders
from web import csrf

UNKNOWN = UUID("01970000-0000-7000-8000-000000000000")
#: What differs from answer to answer: a form's token, the request's own number, a form's key, a tap's nonce.
OWN_NUMBERS = re.compile(r"[\w-]{64}(?=[\"'])|"
                         r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{16}|[\w-]{32}(?=[\"'])")

#: Beside the fields of a body: it goes as a form with files, because the route takes nothing else.
MULTIPART = "(multipart)"
#: Route, without the region → a body that it takes. Those of an ending hold for every route that ends so.
BODIES: dict[str, dict[str, Any]] = {
    "/rating": {"stars": 5, "words": "很好"},
    "/withdraw": {"seen": 1, "reason": "行程有变"},
    "/undo": {"reason": "持卡人误扫"},
    "api/bookings": {"service": str(UNKNOWN), "form": {"need": "请协助预约专家门诊"}},
    "api/bookings/<case_id:uuid>/supplement": {"seen": 1, "words": "补充说明"},
    "api/bookings/<case_id:uuid>/answer": {"seen": 1, "form": {}},
    "api/bookings/<case_id:uuid>/resubmit": {"seen": 1, "form": {"need": "请协助预约专家门诊"}},
    "api/bookings/<case_id:uuid>/files": {"field": "none"},
    "api/services/<service_id:uuid>/files": {"field": "none"},
    "api/apply/<matter:str>/files": {"field": "none"},
    "api/apply/<matter:str>": {"seen": 0, "form": {}},
    "api/apply/<matter:str>/submit": {"seen": 0, "form": {}},
    "api/apply/<matter:str>/sync": {"seen": 0},
    "api/me/data/copies": {"kind": "mine.json"},
    "api/me/closing": {"challenge": str(UNKNOWN), "code": "123456"},
    "api/dossier/<section:str>/files": {"field": "none"},
    "api/day-pass": {"venue": str(UNKNOWN), "companions": 0},
    "api/register": {"form": {"name": "林晓"}},
    "api/consents": {"answers": {"T1": "accept"}},
    "api/dossier/<section:str>/rows": {"seen": 1, "values": {}},
    "api/dossier/<section:str>/rows/remove": {"seen": 1, "number": 1},
    "api/desk/cases/<case_id:uuid>/acts": {"action": "approve", "seen": 1, "opinion": "材料齐全"},
    "api/login/code": {"phone": "19900009999", "challenge": str(UNKNOWN), "code": "123456"},
    "api/login/code/request": {"phone": "19900009999"},
    "api/login/password": {"login_name": "nobody", "password": "wrong-password"},
    "api/login/phone": {"code": "x" * 32},
    "api/login/wechat": {"code": "x" * 32},
    "api/me/terms": {"terms_version": "1"},
    "api/me/wechat": {"code": "x" * 32},
    "api/visits": {"code": "nonsense", "nonce": str(UNKNOWN), "companions": 0},
    "cases/<case_id:uuid>/supplement": {"seen": 1, "opinion": "补充说明"},
    "cases/<case_id:uuid>/answer": {"seen": 1},
    "cases/<case_id:uuid>/correction": {"seen": 1, "need": "请协助预约专家门诊"},
    "console/cases/<id:uuid>": {"action": "approve", "seen": 1, "opinion": "材料齐全"},
    "console/cards/<id:uuid>/<what:(suspend|enable|renew|replace|end)>": {"seen": 1, "reason": "资格复核"},
    "console/rosters/<id:uuid>/contact": {"seen": 1, "contact": "林审核", "contact_phone": "0631-5230000"},
    "console/rosters/<id:uuid>/submit": {"seen": 1},
    "console/rosters/<id:uuid>/void": {"seen": 1, "reason": "漏了两个人"},
    "console/rosters/<id:uuid>/remove": {"seen": 1, "case": str(UNKNOWN)},
    "console/rosters/<id:uuid>/scan": {"seen": 1},
    "console/catalogue/new": {"name": "名称", "category_id": str(UNKNOWN), "summary": "摘要说明", "guide": "办理指南", "state": "active"},
    "console/catalogue/<id:uuid>": {"seen": 1, "name": "名称", "category_id": str(UNKNOWN), "summary": "摘要说明", "guide": "办理指南",
                                    "state": "active"},
    "console/catalogue/categories/new": {"name": "新类别"},
    "console/catalogue/categories/<id:uuid>": {"seen": 1, "name": "新类别", "state": "active"},
    "console/venues/new": {"name": "新场所", "category": "none", "address": "地址"},
    "console/notices/new": {"title": "通知标题", "body": "通知内容"},
    "console/notices/<id:uuid>/edit": {"seen": 1, "title": "通知标题", "body": "通知内容"},
    "console/information/<category:str>/new": {"title": "信息标题", "body": "信息内容"},
    "console/information/<category:str>/<id:uuid>/edit": {"seen": 1, "title": "信息标题", "body": "信息内容"},
    "console/mailbox/new": {"subject": "主题", "body": "正文"},
    "console/mailbox/acts": {"act": "read"},
    "console/calendar": {"day": "2026-12-01", "working": "no", "reason": "台风停工"},
    "console/calendar/unsay": {"day": "2026-12-01"},
    "console/texts/<kind:str>": {"seen": 0, "text": "文字"},
    "console/staff/import/rows": {"sheet": "bm90aGluZw=="},
    "console/staff/import/marked": {"sheet": "bm90aGluZw=="},
    "console/offline-checks/<id:uuid>": {"words": "已电话核实"},
    "console/persons/<id:uuid>/numbers": {"reason": "核对身份信息"},
    "console/approvals/<id:uuid>/decline": {"reason": "用途不明"},
    "console/organisations/new": {"name": "新机构", "kind": "department"},
    "console/organisations/<id:uuid>": {"seen": 1, "name": "新名称"},
    "console/overdue": {"case": str(UNKNOWN), "seen": 1, "words": "请尽快办理"},
    "console/staff/<id:uuid>/details": {"seen": 1, "name": "王经办"},
    "console/staff/<id:uuid>/<what:(suspend|enable)>": {"reason": "离岗"},
    "console/staff/<id:uuid>/<what:(grant|end)>": {"organisation": str(UNKNOWN), "role": "clerk"},
    "console/venues/<id:uuid>/<what:(hours|close|reopen)>": {"day_1": "09:00-17:00"},
    "console/windows/<id:uuid>/<what:(hours|close|reopen)>": {"day_1": "09:00-17:00"},
    "console/venues/<id:uuid>/boards": {"place": "入口"},
    "console/venues/<id:uuid>/boards/<board:uuid>/revoke": {"reason": "已更换"},
    "me/data/copies": {"kind": "mine.json"},
    "day-pass": {"venue": str(UNKNOWN), "companions": 0},
    "at/<link:str>/offline": {"nonce": str(UNKNOWN), "checked_at": 1},
    "desk-m/cases/<id:uuid>/<word:str>": {"seen": 1, "opinion": "材料齐全"},
    "v/<code:str>": {"nonce": str(UNKNOWN), "companions": 0},
}


def body_of(route: Route) -> dict[str, Any]:
    path = route.path.removeprefix("<region:str>/")
    known = next((dict(body) for name, body in BODIES.items() if path == name or (name.startswith("/") and path.endswith(name))), {})
    return known | ({MULTIPART: True} if getattr(route.handler, "is_stream", False) else {})


def address(route: Route, region: str, **values: object) -> str:
    """The route's path with these values; a choice is its first word, text that is not named is ``none``."""
    def fill(found: re.Match[str]) -> str:
        name, kind = found[1], found[2]
        if name == "region":
            return region
        if name in values:
            return str(values[name])
        return str(UNKNOWN) if kind == "uuid" else "1" if kind == "int" else kind[1:].split("|")[0].rstrip(")") if kind.startswith("(") else "none"

    return "/" + re.sub(r"<(\w+):?([^>]*)>", fill, route.path)


@dataclass(frozen=True)
class Caller:
    """One person on all faces, or nobody."""

    client: httpx.AsyncClient
    region: str
    tokens: Mapping[str, str]

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        face, headers = self._face(path), self._headers(path)
        fields = dict(body or {})
        parts = {"files": {"file" if face == "mini" else "upload.none": ("none.jpg", b"nothing")}} if fields.pop(MULTIPART, False) else {}
        content = {} if method == "GET" else {"json": fields} if face == "mini" and not parts else {"data": fields or {"act": ""}, **parts}
        return await self.client.request(method, path, headers=headers, **content)

    async def raw(self, method: str, path: str, kind: str, content: bytes) -> httpx.Response:
        """A body as it stands, whatever it is."""
        return await self.client.request(method, path, headers={**self._headers(path), "Content-Type": kind}, content=content)

    def _face(self, path: str) -> str:
        return "mini" if f"{path}/".startswith(f"/{self.region}/api/") else "desk" if f"/{self.region}/console" in path else "phone"

    def _headers(self, path: str) -> dict[str, str]:
        face = self._face(path)
        token, headers = self.tokens.get(face), {"Accept": "application/json" if face == "mini" else "text/html"}
        if token and face == "mini":
            return headers | {"Authorization": f"Bearer {token}"}
        if token:
            return headers | {"Cookie": f"gl_{face}={token}", "X-CSRF-Token": self._csrf(sessions.hash_token(token))}
        return headers | {"Cookie": f"gl_pre={'p' * 40}", "X-CSRF-Token": self._csrf(b"p" * 40)}

    @staticmethod
    def _csrf(bound: bytes) -> str:
        return csrf.masked(keys().sign("csrf", bound, csrf.SIZE))


async def caller(client: httpx.AsyncClient, region: Region, who: Account | None = None) -> Caller:
    tokens = {face: await builders.a_session(who, face) for face in ("phone", "desk", "mini")} if who else {}
    return Caller(client, region.code, tokens)


def alike(answer: httpx.Response, *ids: object) -> tuple[int, str]:
    """Status and body, without what is the answer's own and the ids that were asked for."""
    text = answer.text
    for id in ids:
        text = text.replace(str(id), "ID").replace(getattr(id, "hex", "-"), "ID")
    return answer.status_code, OWN_NUMBERS.sub("N", text)
