"""Stands in for a virus scanner: knows one virus, the test file of the trade (EICAR), and says so as clamd does."""

import asyncio
import struct

from sandbox.faults import Kind
from sandbox.state import State, Target

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
#: As ``StreamMaxLength`` is shipped.
MOST = 25 * 1024 * 1024


class Scanner:
    """One answer a connection."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            said = await self._said(reader)
            if said:
                writer.write(said.encode() + b"\0")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # who asked went away
        finally:
            writer.close()

    async def _said(self, reader: asyncio.StreamReader) -> str:
        command = (await reader.readuntil(b"\0"))[:-1].decode()
        fault = self._state.faults.take(Target.CLAMD)
        if fault and fault.kind in {Kind.SLOW, Kind.HANG}:
            await asyncio.sleep(fault.seconds)
        said = "PONG" if command == "zPING" else self._judged(await self._stream(reader)) if command == "zINSTREAM" else "UNKNOWN COMMAND"
        if fault:
            said = "INSTREAM size limit exceeded. ERROR" if fault.kind is Kind.ERROR else said if fault.kind is Kind.SLOW else ""
        self._state.record(Target.CLAMD, command[1:], {}, said or "-", said, fault.kind if fault else "")
        return said

    async def _stream(self, reader: asyncio.StreamReader) -> bytes:
        data = bytearray()
        while length := struct.unpack("!L", await reader.readexactly(4))[0]:
            data += await reader.readexactly(length)
        return bytes(data)

    def _judged(self, data: bytes) -> str:
        if len(data) > MOST:
            return "INSTREAM size limit exceeded. ERROR"
        return "stream: Eicar-Test-Signature FOUND" if EICAR in data else "stream: OK"


async def start_clamd(state: State, host: str, port: int) -> asyncio.Server:
    """A listening server in the running loop; port 0 takes a free one."""
    return await asyncio.start_server(Scanner(state).answer, host, port)
