"""Debian's Chromium, started once for all tests of a worker; each test opens contexts of its own in it."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]
#: What a page does, it does soon; beside a full test run on two cores, soon takes its time.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
async def _chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        await started.close()


@pytest.fixture
async def browser(_chromium: Browser) -> AsyncIterator[Browser]:
    """The worker's Chromium; what a test leaves open in it is closed."""
    yield _chromium
    for context in _chromium.contexts:
        await context.close()
