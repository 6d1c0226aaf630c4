"""Is everything there that the product needs on this machine? For ``greenlane doctor``; changes nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from config.keys import keys
from config.loading import WrongProfile, read_profile
from config.loading import regions as profiles_in
from config.settings import Settings
from models.migrate import pending
from services.files import scanning
from services.store import close_store, open_store
from web.static import shelf


@dataclass(frozen=True)
class Finding:
    part: str
    well: bool
    words: str


async def examine(config: Settings) -> list[Finding]:
    """Each part by itself: one that is missing hides no other."""
    parts: dict[str, Callable[[Settings], Awaitable[str]]] = {
        "database": _database, "store": _store, "keys": _keys, "profiles": _profiles, "assets": _assets,
        "scanner": _scanner,
    }
    return [await _look(name, look, config) for name, look in parts.items()]


async def _look(name: str, look: Callable[[Settings], Awaitable[str]], config: Settings) -> Finding:
    try:
        return Finding(name, True, await look(config))
    except Exception as error:  # noqa: BLE001  whatever it is becomes the finding
        return Finding(name, False, f"{type(error).__name__}: {error}".splitlines()[0])


async def _database(config: Settings) -> str:
    missing = await pending(config.database_url)
    if missing:
        raise LookupError(f"not migrated: {', '.join(missing)}")
    return "up to date"


async def _store(config: Settings) -> str:
    try:
        await open_store(config.redis_url).ping()
    finally:
        await close_store()
    return "answers"


async def _keys(config: Settings) -> str:
    ring = keys()
    return f"{len(ring.fields)} field key(s), number {ring.active} seals"


async def _profiles(config: Settings) -> str:
    codes = profiles_in(config.regions)
    mistakes = []
    for code in codes:
        try:
            read_profile(config.regions / code)
        except WrongProfile as wrong:
            mistakes += [f"{code}: {mistake}" for mistake in wrong.mistakes]
    if mistakes or not codes:
        raise LookupError("; ".join(mistakes) or "no region")
    return ", ".join(codes)


async def _scanner(config: Settings) -> str:
    if not config.clamd_url:
        return "none: uploads are not looked through for viruses (GREENLANE_CLAMD_URL)"
    if not await scanning.ready():
        raise LookupError(f"does not answer; uploads are {'held' if config.clamd_away == 'hold' else 'refused'} meanwhile")
    return "answers"


async def _assets(config: Settings) -> str:
    return f"{len(shelf().files)} files"
