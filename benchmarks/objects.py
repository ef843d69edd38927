"""Measure an ingest of unchanged objects in S3 against the listing that it asks for.

    python benchmarks/objects.py [--count 100000] [--turns 5]

The server (`objects_server.py`) runs on this machine; the ways take turns.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from measure import Measurement, machine, ratio, run, seconds, table
from objects_server import VARIABLES


@dataclass(frozen=True, slots=True)
class Turn:
    """What each way took, and what the ingest asked of the server."""

    pages: Measurement
    """The pages of the listing alone, by boto3."""
    listing: Measurement
    """The listing by s3fs, which the ingest asks for."""
    ingest: Measurement
    requests: dict[str, int]

    @property
    def ratio(self) -> float:
        """Give the time of the ingest over that of the listing."""
        assert self.ingest.result["unchanged"] == self.listing.result["seen"]
        return self.ingest.seconds / self.listing.seconds

    @property
    def processor_ratio(self) -> float:
        """Give the same of processor time, which other programs change less."""
        return self.ingest.processor_seconds / self.listing.processor_seconds


def main() -> None:
    """Take turns and print what they took."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-") as name:
        database = Path(name, "mosaic.db")
        with _server(options.count) as address:
            run("objects_steps.known", database=database)
            turns = [_turn(database, address) for _ in range(options.turns)]
    print(f"{machine()}; {options.count:,} objects, {options.turns} turns.\n")
    rows = [_row(number, turn) for number, turn in enumerate(turns, start=1)]
    times = ("pages alone, s", "listing, s", "ingest, s", "ingest / listing", "of processor time")
    print(table(("turn", *times, "pages", "other requests", "MB"), rows))
    ratios = [turn.ratio for turn in turns]
    print(f"\nMedian of ingest / listing: {statistics.median(ratios):.2f}, worst {max(ratios):.2f}")


def _turn(database: Path, address: str) -> Turn:
    pages, listing = run("objects_steps.pages"), run("objects_steps.listing")
    _requests(address)
    return Turn(pages, listing, run("objects_steps.ingest", database=database), _requests(address))


def _row(number: int, turn: Turn) -> list[str]:
    times = [seconds(each.seconds) for each in (turn.pages, turn.listing, turn.ingest)]
    times += [ratio(turn.ratio), ratio(turn.processor_ratio)]
    requests = dict(turn.requests)
    pages = requests.pop("pages", 0)
    others = sum(requests.values())
    megabytes = f"{turn.ingest.peak / 1e6:.0f}"
    return [str(number), *times, str(pages), str(others), megabytes]


@contextmanager
def _server(count: int) -> Iterator[str]:
    """Start the server and have all steps use it; give its address."""
    program = Path(__file__).with_name("objects_server.py")
    environment = os.environ | VARIABLES
    command = [sys.executable, str(program), str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            os.environ.update(VARIABLES | {"AWS_ENDPOINT_URL": address})
            yield address
        finally:
            server.terminate()


def _requests(address: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{address}/requests") as answer:
        counts: dict[str, int] = json.load(answer)
    return counts


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000, help="objects (default: 100000)")
    parser.add_argument("--turns", type=int, default=5, help="how often (default: 5)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
