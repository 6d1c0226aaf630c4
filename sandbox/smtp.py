"""Stands in for a mail server: takes everything, delivers nothing, shows it all."""

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from sandbox.faults import Kind
from sandbox.state import Mail, State, Target


class Mailbox:
    """aiosmtpd's handler."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mail = self._read(envelope)
        fault = self._state.faults.take(Target.SMTP)
        kind = fault.kind if fault else None
        if fault and kind in {Kind.SLOW, Kind.HANG, Kind.ACCEPT_THEN_HANG}:
            await asyncio.sleep(fault.seconds)
        status = f"{(fault.code if fault else '') or 451} Requested action aborted" if kind is Kind.ERROR else "250 OK"
        if kind not in {Kind.ERROR, Kind.CUT, Kind.HANG, Kind.DROP}:
            self._state.mails.append(mail)
        asked = {"from": mail.sender, "to": list(mail.recipients), "subject": mail.subject}
        self._state.record(Target.SMTP, "DATA", asked, status[:3], status, fault.kind if fault else "")
        if kind in {Kind.CUT, Kind.HANG, Kind.ACCEPT_THEN_CUT, Kind.ACCEPT_THEN_HANG} and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return status

    def _read(self, envelope: Envelope) -> Mail:
        content = envelope.original_content or b""
        message = message_from_bytes(content, EmailMessage, policy=policy.default)
        body = message.get_body(("plain", "html"))
        return Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), str(message.get("Subject", "")),
                    body.get_content() if body else "", self._state.now())


def _let_in(*_: Any) -> AuthResult:
    """Any name and password will do."""
    return AuthResult(success=True)


async def start_smtp(state: State, host: str, port: int) -> asyncio.Server:
    """A listening server in the running loop; port 0 takes a free one."""
    mailbox, loop = Mailbox(state), asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(mailbox, enable_SMTPUTF8=True, hostname="sandbox", authenticator=_let_in, auth_require_tls=False, loop=loop)

    return await loop.create_server(protocol, host, port)
