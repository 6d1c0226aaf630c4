"""From an empty data folder to the first page with ``greenlane dev``, beside what nobody can save: initdb, start and one migration by hand."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.ground import ROOT, START_SECONDS, until_ready
from bench.rounds import Line, spread
from bench.scan import free_port
from config import embedded
from config.loading import regions
from config.settings import settings
from development import ALL_THERE

MOST_SECONDS = 10.0


def measure(rounds: int) -> list[Line]:
    took, floor = [], []
    for _ in range(rounds):
        floor.append(by_hand())
        took.append(with_everything())
    first, whole = [one for one, _ in took], [all_there for _, all_there in took]
    return [Line("cold start of `greenlane dev`, empty folder to first page and first region's people",
                 f"initdb and one migration by hand: {spread(floor, 1)} s", f"{spread(first, 1)} s", f"≤ {MOST_SECONDS:g} s",
                 max(first) <= MOST_SECONDS),
            Line("the same, until every region is filled in", "", f"{spread(whole, 1)} s", "", None)]


def with_everything() -> tuple[float, float]:
    """Seconds until it said that it is ready and the first region's page was answered, and until every region had its demo."""
    port, region = free_port(), regions(settings().regions)[0]
    with tempfile.TemporaryDirectory(prefix="greenlane-start-") as folder:
        Path(folder).chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GREENLANE_") and name not in ("DATABASE_URL", "REDIS_URL")}
        environment = {**kept, "GREENLANE_DATA": f"{folder}/data", "PORT": str(port)}
        with Path(folder, "log").open("wb") as log:
            began = time.perf_counter()
            running = subprocess.Popen([sys.executable, "-m", "cli", "dev"], cwd=ROOT, env=environment, stdout=log, stderr=log,
                                       start_new_session=True)
        try:
            until_ready(running, f"http://127.0.0.1:{port}/{region}/", Path(folder, "log"), every=0.02)
            _until_said(running, Path(folder, "log"), "(ready in ")
            first = time.perf_counter() - began
            _until_said(running, Path(folder, "log"), ALL_THERE)
            return first, time.perf_counter() - began
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(60)


def _until_said(running: subprocess.Popen[bytes], log: Path, words: str) -> None:
    """Raises ``RuntimeError`` when the process dies or does not say so for :data:`START_SECONDS`."""
    until = time.monotonic() + START_SECONDS
    while words not in (said := log.read_text(errors="replace")):
        if running.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"«{words}» was never said:\n{said[-2000:]}")
        time.sleep(0.02)


def by_hand() -> float:
    """Seconds for a server of its own and the first migration, by psql."""
    migration = next((ROOT / "migrations").glob("0001*.sql"))
    with tempfile.TemporaryDirectory(prefix="greenlane-start-") as folder:
        Path(folder).chmod(0o755)
        began = time.perf_counter()
        with embedded.postgres(Path(folder) / "data") as url:
            embedded._psql(url, migration.read_text(encoding="utf-8"))
            return time.perf_counter() - began
