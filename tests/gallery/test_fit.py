"""Every page of the gallery in Chromium: nothing overflows, letters and targets are large enough, every word is Chinese, and axe finds nothing grave.

With ``GREENLANE_GALLERY`` set, the pictures and their index go into that folder (`make screenshots`), and those of README into docs/screenshots.
"""

import os
import tempfile
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.acceptance.conftest import CHROMIUM, FLAGS
from tests.gallery.album import bind, hang
from tests.gallery.chats import photograph
from tests.gallery.pages import PAGES
from tests.gallery.studio import KNOWN, Studio, Taken
from tests.product import ROOT, Product, open_doors, running

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1800)]
ALBUM = Path(os.environ["GREENLANE_GALLERY"]).resolve() if "GREENLANE_GALLERY" in os.environ else None
#: What README shows.
WALL = ROOT / "docs" / "screenshots"


async def test_every_page_is_fit_to_be_seen() -> None:
    if ALBUM is not None:
        ALBUM.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="greenlane-gallery-") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101  the database's own user must enter it
        async with running(Path(folder), bent=open_doors) as product, async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            taken = await Studio(product, browser, ALBUM, [*KNOWN, *await _logins(product)]).look_at(PAGES)
            wrong = [_told(one) for one in taken if one.wrong]
            if ALBUM is not None:
                bind(taken, ALBUM)
                hang(taken, ALBUM, WALL)
                wrong += await photograph(product, browser, WALL)
            await browser.close()
    if wrong:
        pytest.fail("".join(wrong), pytrace=False)


async def _logins(product: Product) -> list[str]:
    """Of the demo: Latin words on a page that nobody has to translate."""
    return str(await product.sql("SELECT string_agg(login_name, ' ') FROM account")).split()


def _told(one: Taken) -> str:
    return f"\n{one.name} (/{one.shown.region}/{one.address}):\n    " + "\n    ".join(one.wrong)
