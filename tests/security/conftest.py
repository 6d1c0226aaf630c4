"""Threats that only a browser shows need the one of the acceptance tests."""

from tests.acceptance.conftest import _chromium, browser

__all__ = ["_chromium", "browser"]
