"""The sandbox as a process of its own, beside the product; started by ``greenlane dev``."""

import asyncio
import signal

from config.settings import settings
from sandbox.embedded import LOCAL, serving
from sandbox.options import Options


async def serve(host: str = LOCAL, port: int = 8001, smtp_port: int = 8025, *, product: str = "", callback_url: str = "",
                receipts_url: str = "") -> None:
    """Serve until SIGINT or SIGTERM. ``product``: where the product listens; callbacks go below it, or to ``callback_url``."""
    callback_url = callback_url or (f"{product.rstrip('/')}/{{region}}/wechat/callback" if product else "")
    options = Options.from_settings(settings(), callback_url=callback_url, receipts_url=receipts_url)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with serving(options, host, port, smtp_port):
        await stop.wait()
