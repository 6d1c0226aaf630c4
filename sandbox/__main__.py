"""``python -m sandbox --port 8001 --smtp-port 8025 --product http://127.0.0.1:8000 --receipts-url …``"""

import argparse
import asyncio
import os

from sandbox.runner import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="sandbox", description="Stands in for WeChat, Aliyun SMS and a mail server, and shows a phone.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--smtp-port", type=int, default=8025)
    parser.add_argument("--product", default="", help="where the product listens")
    parser.add_argument("--receipts-url", default="", help="where SMS receipts are pushed to")
    parser.add_argument("--callback-url", default=os.environ.get("SANDBOX_CALLBACK_URL", ""), help="may hold {region}")
    given = parser.parse_args()
    asyncio.run(serve(given.host, given.port, given.smtp_port, product=given.product, callback_url=given.callback_url,
                      receipts_url=given.receipts_url))


main()
