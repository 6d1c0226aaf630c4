"""Dysmsapi 2017-05-25 without a way to get there: what is asked and how answers read, for both adapters (``sms.aliyun``, ``sms.signed``)."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sms.errors import Unclear, translate
from sms.gateway import Accepted, Found, SendState, Sms
from sms.vendor_time import local_time

ENDPOINT: Final = "dysmsapi.aliyuncs.com"
VERSION: Final = "2017-05-25"
VENDOR_REGION: Final = "cn-hangzhou"
#: Calls of one adapter at a time; its limit for a whole one: a read limit is by packet, so an answer that drips would never end.
AT_ONCE: Final = 8
CALL_SECONDS: Final = 8.0
PAGE_SIZE, MAX_PAGES = 50, 4  # a number gets at most 40 messages a day
STATES: Final = {1: SendState.WAITING, 2: SendState.FAILED, 3: SendState.DELIVERED}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, in the terms of the error table. ``at``: what the vendor's clock said, where it was heard."""

    code: str
    message: str = ""
    http_status: int = 200
    document: Mapping[str, Any] | None = None
    at: datetime | None = None


class Vendor(ABC):
    """An :class:`~sms.gateway.SmsGateway` but for the way over the wire. Make one a process, and ``close`` it."""

    @abstractmethod
    async def ask(self, action: str, params: Mapping[str, str]) -> Answer:
        """One request, one answer, whatever it says; no answer at all is a code of ours (``SDK.…``), never an exception."""

    async def send(self, message: Sms) -> Accepted:
        """SendSms. Not idempotent at the vendor, hence exactly one request, and :class:`~sms.errors.Unclear` when it got lost."""
        document = (await self._asked("SendSms", sending(message))).document or {}
        provider_id = document.get("BizId")
        if not provider_id:  # accepted, but we could never match its receipt
            raise Unclear("no BizId")
        return Accepted(str(provider_id), str(document.get("RequestId", "")))

    async def find(self, phone: str, out_id: str, day: date, provider_id: str | None = None) -> Found | None:
        """QuerySendDetails, page by page until ``out_id`` turns up. ``day``: the day in China; kept by the vendor for 30 days."""
        for page in range(1, MAX_PAGES + 1):
            details = _details((await self._asked("QuerySendDetails", finding(phone, day, provider_id, page))).document or {})
            for detail in details:
                if str(detail.get("OutId", "")) == out_id:
                    return _found(detail)
            if len(details) < PAGE_SIZE:
                break
        return None

    async def _asked(self, action: str, params: Mapping[str, str]) -> Answer:
        """An answer with code OK; everything else leaves as an exception of the error table."""
        answer = await self.ask(action, params)
        if answer.code != "OK":
            raise translate(answer.code, answer.message, answer.http_status)
        return answer


def sending(message: Sms) -> dict[str, str]:
    """Parameters of SendSms. Values of the template are strings: numbers give isv.INVALID_JSON_PARAM."""
    return {"PhoneNumbers": message.phone, "SignName": message.sign, "TemplateCode": message.template, "OutId": message.out_id,
            "TemplateParam": json.dumps({name: str(value) for name, value in message.params.items()}, ensure_ascii=False)}


def finding(phone: str, day: date, provider_id: str | None, page: int) -> dict[str, str]:
    """Parameters of QuerySendDetails: one page of a number's messages of one day."""
    asked = {"PhoneNumber": phone, "SendDate": day.strftime("%Y%m%d"), "PageSize": str(PAGE_SIZE), "CurrentPage": str(page)}
    return asked | ({"BizId": provider_id} if provider_id else {})


def _details(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    holder = document.get("SmsSendDetailDTOs")
    details = holder.get("SmsSendDetailDTO") if isinstance(holder, Mapping) else None
    return [detail for detail in details if isinstance(detail, Mapping)] if isinstance(details, list) else []


def _found(detail: Mapping[str, Any]) -> Found:
    status = str(detail.get("SendStatus", ""))
    return Found(STATES.get(int(status) if status.isdigit() else 0, SendState.WAITING), str(detail.get("ErrCode") or ""),
                 local_time(detail.get("ReceiveDate")))
