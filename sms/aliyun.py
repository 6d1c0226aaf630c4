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
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Self
from urllib.parse import urlsplit

from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.http import protocol_type
from aliyunsdkcore.request import RpcRequest
from aliyunsdkdysmsapi.request.v20170525.QuerySendDetailsRequest import QuerySendDetailsRequest
from aliyunsdkdysmsapi.request.v20170525.SendSmsRequest import SendSmsRequest

from config.accounts import SmsAccount
from config.settings import Settings
from sms.errors import UNREACHED
from sms.vendor import AT_ONCE, CALL_SECONDS, ENDPOINT, VENDOR_REGION, Answer, Vendor

CONNECT_SECONDS, READ_SECONDS = 2, 5
REQUESTS: Final[Mapping[str, Callable[[], RpcRequest]]] = {"SendSms": SendSmsRequest, "QuerySendDetails": QuerySendDetailsRequest}
#: Names of urllib3's errors, in the SDK's text: no connection came about, so nothing was sent.
NO_CONNECTION: Final = ("NewConnectionError", "ConnectTimeoutError")


def silence_sdk() -> None:
    """No line of the SDK may reach any handler. Its own stream handler sits on a child logger, so the whole family is cut."""
    for name in ("aliyunsdkcore", *(n for n in logging.root.manager.loggerDict if n.startswith("aliyunsdkcore."))):
        logger = logging.getLogger(name)
        logger.handlers[:] = [logging.NullHandler()]
        logger.propagate, logger.disabled = False, True


class AliyunGateway(Vendor):
    """The first gateway, by the SDK."""

    def __init__(self, access_key_id: str, access_key_secret: str, *, endpoint: str = ENDPOINT, plain_http: bool = False,
                 call_seconds: float = CALL_SECONDS) -> None:
        """``endpoint``: host[:port] without a scheme (one in it would override https). ``plain_http`` is for the sandbox alone."""
        if "/" in endpoint:
            raise ValueError("the SMS endpoint is a host, without scheme or path")
        silence_sdk()
        self._endpoint = endpoint
        self._protocol: str = protocol_type.HTTP if plain_http else protocol_type.HTTPS
        self._call_seconds = call_seconds
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="sms")
        self._client = AcsClient(
            access_key_id, access_key_secret, VENDOR_REGION, auto_retry=False, connect_timeout=CONNECT_SECONDS, timeout=READ_SECONDS,
            pool_size=AT_ONCE, proxy={"http": ""} if plain_http else None)  # the sandbox is on this machine, whatever HTTP_PROXY says

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The installation's own account, as :meth:`of`."""
        return cls.of(settings.accounts().sms)

    @classmethod
    def of(cls, account: SmsAccount) -> Self:
        """The vendor's own host over https, unless the account is asked at the sandbox (production refuses ``sms_url``)."""
        secret = account.key_secret.get_secret_value()
        if not account.url:
            return cls(account.key_id, secret)
        url = urlsplit(account.url)
        return cls(account.key_id, secret, endpoint=url.netloc, plain_http=url.scheme == "http")

    def request(self, action: str, params: Mapping[str, str]) -> RpcRequest:
        """The SDK's request, addressed, its protocol set."""
        request = REQUESTS[action]()
        for name, value in params.items():
            request.add_query_param(name, value)
        request.set_endpoint(self._endpoint)
        request.set_protocol_type(self._protocol)
        return request

    def close(self) -> None:
        """Let the threads and the kept connections go; a call under way ends by its own time limit."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._client.session.close()

    async def ask(self, action: str, params: Mapping[str, str]) -> Answer:
        async with self._slots:  # waiting for a thread must not count as waiting for an answer
            loop = asyncio.get_running_loop()
            try:
                return await asyncio.wait_for(loop.run_in_executor(self._pool, self._exchange, self.request(action, params)), self._call_seconds)
            except TimeoutError:
                return Answer("SDK.HttpError", http_status=504)

    def _exchange(self, request: RpcRequest) -> Answer:
        """In a thread. The SDK's exceptions end here: raised on, or chained, they would carry the URL into a log."""
        try:
            document = json.loads(self._client.do_action_with_exception(request))
            return Answer(str(document["Code"]), str(document.get("Message", "")), 200, document)
        except ServerException as error:
            return Answer(str(error.get_error_code()), str(error.get_error_msg()), int(error.get_http_status() or 500))
        except ClientException as error:
            return Answer(UNREACHED if any(sign in str(error) for sign in NO_CONNECTION) else str(error.get_error_code()), http_status=504)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, OSError):  # an answer the SDK, or we, cannot read
            return Answer("SDK.UnknownServerError", http_status=502)
