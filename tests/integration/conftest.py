"""The sandbox, and an SMS gateway that asks it over the wire."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from config.settings import Settings
from sandbox.embedded import Sandbox, running_sandbox
from sms.aliyun import AliyunGateway


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running_sandbox() as running:
        yield running


@pytest.fixture
async def gateway(sandbox: Sandbox) -> AsyncIterator[AliyunGateway]:
    """A gateway that waits four seconds: a hang is told soon, and a busy machine is no hang."""
    config = Settings()
    made = AliyunGateway(config.sms_access_key_id, config.sms_access_key_secret.get_secret_value(),
                         endpoint=urlsplit(sandbox.url).netloc, plain_http=True, call_seconds=4)
    yield made
    made.close()
