"""The gallery shows every page: the router says which there are."""

from tests.gallery.pages import EXCUSED, PAGES
from tests.security.test_t03_permissions import routes

SHOWN = {page.route for page in PAGES}


def _pages() -> set[str]:
    return {route.path.removeprefix("<region:str>").strip("/") for route, method in routes() if method == "GET"}


def _excused(path: str) -> bool:
    return path in EXCUSED or any(one.endswith("*") and path.startswith(one[:-1]) for one in EXCUSED)


def test_every_page_of_the_router_is_in_the_gallery_or_excused() -> None:
    assert sorted(path for path in _pages() if path not in SHOWN and not _excused(path)) == []


def test_the_gallery_names_no_route_that_is_gone() -> None:
    assert sorted(SHOWN - _pages()) == []
    assert sorted(one for one in EXCUSED if not any(path.startswith(one[:-1]) if one.endswith("*") else path == one for path in _pages())) == []


def test_a_page_that_is_shown_needs_no_excuse() -> None:
    assert sorted(path for path in SHOWN if _excused(path)) == []
