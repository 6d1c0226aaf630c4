"""What others must be able to reach, and what we must: our own address, the gateway's receipts, the mail server."""

import ipaddress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from config.accounts import variable
from config.clock import now
from config.settings import Settings
from services.mail import MailServer
from sms.errors import Misconfigured, SmsError
from web.doctor import Check, Trouble

LIMITS: Final = aiohttp.ClientTimeout(total=10, connect=5)
#: A certificate that ends sooner is renewed now.
RENEW_WITHIN: Final = timedelta(days=14)
NOT_REACHED: Final = "核对 GREENLANE_PUBLIC_URL 和域名解析；从本机到它的 443 端口要通，服务要在运行"


async def fetch(config: Settings, path: str, *, body: Any = None) -> tuple[int, bytes, datetime | None]:
    """Of our own address as people reach it: status, body, and until when its certificate is good (https alone)."""
    url = config.public_url.rstrip("/") + path
    try:
        async with aiohttp.ClientSession(timeout=LIMITS) as session, session.request(
                "GET" if body is None else "POST", url, json=body, headers={"Accept": "application/json"}, allow_redirects=False) as response:
            connection = response.connection
            transport = connection.transport if connection else None
            until = _good_until(transport.get_extra_info("ssl_object")) if transport else None
            return response.status, await response.read(), until
    except aiohttp.ClientConnectorCertificateError:
        raise Trouble("网站证书无效、过期，或不是这个域名的", "在前面的代理上换证书；证书链要完整") from None
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise Trouble(f"打不开 {config.public_url}（{type(error).__name__}）", NOT_REACHED) from None


def _good_until(tls: Any) -> datetime | None:
    found = tls.getpeercert() if tls else None
    return parsedate_to_datetime(found["notAfter"]).astimezone(UTC) if found and "notAfter" in found else None


async def _address(config: Settings) -> str:
    url = urlsplit(config.public_url)
    if config.in_production and _is_number(url.hostname or ""):
        raise Trouble("公开网址是 IP 地址，微信不接受", "用备过案的域名，写进 GREENLANE_PUBLIC_URL")
    if config.in_production and url.port not in (None, 443):
        raise Trouble(f"公开网址用了 {url.port} 端口，微信只认 443", "让代理在 443 端口提供 https，GREENLANE_PUBLIC_URL 不写端口")
    status, body, until = await fetch(config, "/healthz")
    if status != 200 or b"alive" not in body:
        raise Trouble(f"{config.public_url} 上应答的不是本系统（{status}）", "核对 GREENLANE_PUBLIC_URL，看代理把请求转到了哪里")
    if until is not None and until - now() < RENEW_WITHIN:
        raise Trouble(f"网站证书 {until:%Y-%m-%d} 到期", "现在就续，并检查自动续期")
    return f"{config.public_url} 打得开" + (f"，证书到 {until:%Y-%m-%d}" if until else "")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def _receipts(config: Settings) -> str:
    """An empty push: it settles nothing, and is answered as a full one is."""
    paths = {config.accounts(of).receipt_path: of for of in reversed(config.with_accounts)}
    asked = [(secret, of, *push) for secret, of in paths.items() for push in (("回执", "receipts"), ("上行回复", "replies"))]
    for secret, of, what, path in asked:
        status, body, _ = await fetch(config, f"/sms/{path}/{secret.get_secret_value()}", body=[])
        if status == 404:
            raise Trouble(f"短信{what}的地址不对：密钥和正在运行的服务不同",
                          f"让两边的 {variable(of, 'sms_receipt_path')} 一致，重启服务，再到短信控制台改推送地址")
        if status != 200 or b'"code":0' not in body.replace(b" ", b""):
            raise Trouble(f"短信{what}的地址应答 {status}", "看代理是否拦了 POST /sms/ 下的请求")
    return "回执和回复的地址能收"


async def _mail(config: Settings) -> str:
    if not config.smtp_url:
        return "没有设置：不能用邮件找回密码（GREENLANE_SMTP_URL）"
    try:
        await MailServer.from_settings(config).greet()
    except Misconfigured as error:
        raise Trouble(f"邮件服务器不接受我们（{error.code}）", "核对 GREENLANE_SMTP_URL 的用户名、密码和加密方式，以及 GREENLANE_SMTP_FROM") from None
    except SmsError as error:
        raise Trouble(f"连不上邮件服务器（{error.code}）", "核对 GREENLANE_SMTP_URL 的主机和端口") from None
    return "能登录"


CHECKS: Final = (
    Check("address", "公开网址", _address, "核对 GREENLANE_PUBLIC_URL"),
    Check("receipts", "短信回执地址", _receipts, "核对 GREENLANE_SMS_RECEIPT_PATH"),
    Check("mail", "邮件", _mail, "核对 GREENLANE_SMTP_URL"),
)
