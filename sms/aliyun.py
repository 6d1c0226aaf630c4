"""Aliyun SMS (Dysmsapi 2017-05-25) through the vendor's SDK, kept on a short lead.

What the SDK does when left alone, and what is done about it here:

- it speaks plain http, and compares the protocol *by identity*: a string equal to "https" goes out in clear text.
  So the SDK's own constant is passed, on every request;
- its exceptions and log lines hold the whole URL: number, verification code, signature. So its loggers are silenced,
  and an exception of its is read for the code, dropped, and never chained to ours;
- it blocks. So it runs in a small thread pool of its own, with time limits inside and outside;
- it may look its endpoint up over the network. So the endpoint is given.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Self
from urllib.parse import urlsplit

from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.http import protocol_type
from aliyunsdkcore.request import RpcRequest
from aliyunsdkdysmsapi.request.v20170525.QuerySendDetailsRequest import QuerySendDetailsRequest
from aliyunsdkdysmsapi.request.v20170525.SendSmsRequest import SendSmsRequest

from config.settings import Settings
from sms.errors import Unclear, translate
from sms.gateway import Accepted, Found, SendState, Sms
from sms.vendor_time import local_time

ENDPOINT: Final = "dysmsapi.aliyuncs.com"
VENDOR_REGION: Final = "cn-hangzhou"
THREADS: Final = 8
CONNECT_SECONDS, READ_SECONDS = 2, 5
# The read limit is by packet, so an answer that drips never ends; this limit is for the whole call.
CALL_SECONDS: Final = 8.0
PAGE_SIZE, MAX_PAGES = 50, 4  # a number gets at most 40 messages a day

STATES: Final = {1: SendState.WAITING, 2: SendState.FAILED, 3: SendState.DELIVERED}


def silence_sdk() -> None:
    """No line of the SDK may reach any handler. Its own stream handler sits on a child logger, so the whole family is cut."""
    for name in ("aliyunsdkcore", *(n for n in logging.root.manager.loggerDict if n.startswith("aliyunsdkcore."))):
        logger = logging.getLogger(name)
        logger.handlers[:] = [logging.NullHandler()]
        logger.propagate, logger.disabled = False, True


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer, in the terms of the error table."""

    code: str
    message: str = ""
    http_status: int = 200
    document: Mapping[str, Any] | None = None


class AliyunGateway:
    """The :class:`~sms.gateway.SmsGateway` of production. Make one a process, and :meth:`close` it."""

    def __init__(self, access_key_id: str, access_key_secret: str, *, endpoint: str = ENDPOINT, plain_http: bool = False,
                 call_seconds: float = CALL_SECONDS) -> None:
        """``endpoint``: host[:port] without a scheme (one in it would override https). ``plain_http`` is for the sandbox alone."""
        if "/" in endpoint:
            raise ValueError("the SMS endpoint is a host, without scheme or path")
        silence_sdk()
        self._endpoint = endpoint
        self._protocol: str = protocol_type.HTTP if plain_http else protocol_type.HTTPS
        self._call_seconds = call_seconds
        self._slots = asyncio.Semaphore(THREADS)
        self._pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="sms")
        self._client = AcsClient(
            access_key_id, access_key_secret, VENDOR_REGION, auto_retry=False, connect_timeout=CONNECT_SECONDS, timeout=READ_SECONDS,
            pool_size=THREADS, proxy={"http": ""} if plain_http else None)  # the sandbox is on this machine, whatever HTTP_PROXY says

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The vendor's own host over https, unless ``sms_url`` points at the sandbox (production refuses that setting)."""
        secret = settings.sms_access_key_secret.get_secret_value()
        if not settings.sms_url:
            return cls(settings.sms_access_key_id, secret)
        url = urlsplit(settings.sms_url)
        return cls(settings.sms_access_key_id, secret, endpoint=url.netloc, plain_http=url.scheme == "http")

    async def send(self, message: Sms) -> Accepted:
        """SendSms. Not idempotent at the vendor, hence exactly one request, and :class:`~sms.errors.Unclear` when it got lost."""
        answer = await self._call(self.send_request(message))
        document = answer.document or {}
        provider_id = document.get("BizId")
        if not provider_id:  # accepted, but we could never match its receipt
            raise Unclear("no BizId")
        return Accepted(str(provider_id), str(document.get("RequestId", "")))

    async def find(self, phone: str, out_id: str, day: date, provider_id: str | None = None) -> Found | None:
        """QuerySendDetails, page by page until ``out_id`` turns up. ``day``: the day in China; kept by the vendor for 30 days."""
        for page in range(1, MAX_PAGES + 1):
            answer = await self._call(self.find_request(phone, day, provider_id, page))
            details = _details(answer.document or {})
            for detail in details:
                if str(detail.get("OutId", "")) == out_id:
                    return _found(detail)
            if len(details) < PAGE_SIZE:
                break
        return None

    def send_request(self, message: Sms) -> RpcRequest:
        """The SDK's request for one message, its protocol set. Values are strings: numbers give isv.INVALID_JSON_PARAM."""
        request = SendSmsRequest()
        request.set_PhoneNumbers(message.phone)
        request.set_SignName(message.sign)
        request.set_TemplateCode(message.template)
        request.set_TemplateParam(json.dumps({name: str(value) for name, value in message.params.items()}, ensure_ascii=False))
        request.set_OutId(message.out_id)
        return self._addressed(request)

    def find_request(self, phone: str, day: date, provider_id: str | None, page: int) -> RpcRequest:
        """The SDK's request for one page of a number's messages of one day."""
        request = QuerySendDetailsRequest()
        request.set_PhoneNumber(phone)
        request.set_SendDate(day.strftime("%Y%m%d"))
        request.set_PageSize(PAGE_SIZE)
        request.set_CurrentPage(page)
        if provider_id:
            request.set_BizId(provider_id)
        return self._addressed(request)

    def close(self) -> None:
        """Let the threads and the kept connections go; a call under way ends by its own time limit."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._client.session.close()

    def _addressed(self, request: RpcRequest) -> RpcRequest:
        request.set_endpoint(self._endpoint)
        request.set_protocol_type(self._protocol)
        return request

    async def _call(self, request: RpcRequest) -> _Answer:
        """One request, one answer with code OK; everything else leaves as an exception of the error table."""
        async with self._slots:  # waiting for a thread must not count as waiting for an answer
            loop = asyncio.get_running_loop()
            try:
                answer = await asyncio.wait_for(loop.run_in_executor(self._pool, self._exchange, request), self._call_seconds)
            except TimeoutError:
                answer = _Answer("SDK.HttpError", http_status=504)
        if answer.code != "OK":
            raise translate(answer.code, answer.message, answer.http_status)
        return answer

    def _exchange(self, request: RpcRequest) -> _Answer:
        """In a thread. The SDK's exceptions end here: raised on, or chained, they would carry the URL into a log."""
        try:
            document = json.loads(self._client.do_action_with_exception(request))
            return _Answer(str(document["Code"]), str(document.get("Message", "")), 200, document)
        except ServerException as error:
            return _Answer(str(error.get_error_code()), str(error.get_error_msg()), int(error.get_http_status() or 500))
        except ClientException as error:
            return _Answer(str(error.get_error_code()), http_status=504)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, OSError):  # an answer the SDK, or we, cannot read
            return _Answer("SDK.UnknownServerError", http_status=502)


def _details(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    holder = document.get("SmsSendDetailDTOs")
    details = holder.get("SmsSendDetailDTO") if isinstance(holder, Mapping) else None
    return [detail for detail in details if isinstance(detail, Mapping)] if isinstance(details, list) else []


def _found(detail: Mapping[str, Any]) -> Found:
    status = str(detail.get("SendStatus", ""))
    return Found(STATES.get(int(status) if status.isdigit() else 0, SendState.WAITING), str(detail.get("ErrCode") or ""),
                 local_time(detail.get("ReceiveDate")))
