"""Measure the promise: known photos cost next to nothing, a hundred new ones a hundred decodes.

python benchmarks/unchanged.py [--count 10000] [--new 100]
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
        photos, database = Path(name, "photos"), Path(name, "mosaic.db")

        def ingest(calls: int = 1) -> Measurement:
            arguments = {"folders": [photos], "database": database, "workers": 1}
            return run("project_steps.ingest", calls=calls, **arguments)

        run("make_photos.noise", folder=photos, start=0, count=options.count)
        first, again = ingest(), ingest(AGAIN_CALLS)
        run("make_photos.noise", folder=photos, start=options.count, count=options.new)
        more = ingest()
    print(f"{machine()}; photos of 64 × 64 pixels, 1 worker.\n")
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
