"""From an empty data folder to the first page with ``greenlane dev``, beside what nobody can save: initdb, start and one migration by hand."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.ground import ROOT, until_ready
from bench.rounds import Line, spread
from bench.scan import free_port
from config import embedded
from config.loading import regions
from config.settings import settings

MOST_SECONDS = 10.0


def measure(rounds: int) -> list[Line]:
    took, floor = [], []
    for _ in range(rounds):
        floor.append(by_hand())
        took.append(with_everything())
    return [Line("cold start of `greenlane dev`, empty folder to first page", f"initdb and one migration by hand: {spread(floor, 1)} s",
                 f"{spread(took, 1)} s", f"≤ {MOST_SECONDS:g} s", max(took) <= MOST_SECONDS)]


def with_everything() -> float:
    """Seconds until the first page of the first region was answered."""
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
            return time.perf_counter() - began
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(60)


def by_hand() -> float:
    """Seconds for a server of its own and the first migration, by psql."""
    migration = next((ROOT / "migrations").glob("0001*.sql"))
    with tempfile.TemporaryDirectory(prefix="greenlane-start-") as folder:
        Path(folder).chmod(0o755)
        began = time.perf_counter()
        with embedded.postgres(Path(folder) / "data") as url:
            embedded._psql(url, migration.read_text(encoding="utf-8"))
            return time.perf_counter() - began
