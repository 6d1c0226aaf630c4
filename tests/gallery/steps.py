"""What somebody does on a page before she is looked over the shoulder."""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import Page

Step = Callable[[Page], Awaitable[None]]


def press(name: str) -> Step:
    """A button by the beginning of its words."""
    async def step(page: Page) -> None:
        await page.get_by_role("button", name=re.compile(rf"^\s*{re.escape(name)}")).first.click()
        await page.wait_for_load_state()

    return step


def follow(name: str) -> Step:
    """A link."""
    async def step(page: Page) -> None:
        await page.get_by_role("link", name=name).first.click()
        await page.wait_for_load_state()

    return step


def unfold(words: str) -> Step:
    """A part that opens."""
    async def step(page: Page) -> None:
        await page.locator("summary", has_text=words).first.click()

    return step


def fill(label: str, text: str) -> Step:
    async def step(page: Page) -> None:
        await page.get_by_label(re.compile(label)).first.fill(text)

    return step


def pick(label: str, option: str) -> Step:
    """An option of a list, or one of a few choices."""
    async def step(page: Page) -> None:
        found = page.get_by_label(re.compile(label)).first
        if await found.evaluate("e => e.tagName") == "SELECT":
            await found.select_option(label=option)
        else:
            await page.get_by_text(option).first.click()

    return step


def tick(words: str) -> Step:
    """A choice by its own words, once it is there."""
    async def step(page: Page) -> None:
        await page.get_by_text(words).first.click()

    return step


def submit_empty(name: str) -> Step:
    """Press without a word filled in, past the browser's own checks: what is missing stands beside its field."""
    async def step(page: Page) -> None:
        await page.evaluate("document.querySelectorAll('form').forEach(one => { one.noValidate = true; })")
        await press(name)(page)

    return step
