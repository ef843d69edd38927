"""Measure the promise: known photos cost next to nothing, a hundred new ones a hundred decodes.

python benchmarks/unchanged.py [--count 10000] [--new 100] [--workers 1]
"""

import argparse
import tempfile
from pathlib import Path

from measure import Measurement, machine, run, seconds, table

AGAIN_CALLS = 3


def main() -> None:
    """Run the ingests and print what they took."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-") as name:
        photos = Path(name, "photos")
        ingest = {
            "folders": [photos],
            "database": Path(name, "mosaic.db"),
            "workers": options.workers,
        }
        run("make_photos.noise", folder=photos, start=0, count=options.count)
        first = run("project_steps.ingest", **ingest)
        again = run("project_steps.ingest", calls=AGAIN_CALLS, **ingest)
        run("make_photos.noise", folder=photos, start=options.count, count=options.new)
        more = run("project_steps.ingest", **ingest)
    print(f"{machine()}; photos of 64 × 64 pixels, {options.workers} worker(s).\n")
    rows = [
        _row("first", first),
        _row("again, nothing changed", again),
        _row(f"again, {options.new:,} new", more),
    ]
    print(table(("ingest", "s", "processor, s", "files seen", "photos read", "MB"), rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000, help="known photos (default: 10000)")
    parser.add_argument("--new", type=int, default=100, help="new photos (default: 100)")
    parser.add_argument("--workers", type=int, default=1, help="processes (default: 1)")
    return parser.parse_args()


def _row(name: str, measurement: Measurement) -> list[str]:
    return [
        name,
        seconds(measurement.seconds),
        seconds(measurement.processor_seconds),
        f"{measurement.result['seen']:,}",
        f"{measurement.result['read']:,}",
        f"{measurement.peak / 1e6:.0f}",
    ]


if __name__ == "__main__":
    main()
