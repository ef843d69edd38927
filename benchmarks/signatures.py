"""Measure how long a database takes to get signatures: opening it, and filling them in.

    python benchmarks/signatures.py [--photos DIR] [--count 100000] [--workers 2] [--repeat 3]

Thumbnails are those of up to 2,000 photos from `--photos`, else from the folder that
MOSAICDB_PHOTOS names, which is only read, else of coloured noise; many tiles share them.
"""

import argparse
import os
import tempfile
from pathlib import Path

from measure import Measurement, machine, median, ratio, run, seconds, table

NOISE = 2000
HEADER = ("work", "s", "processor, s", "tiles a second of processor", "MB")


def main() -> None:
    """Run the steps in turns and print what they took."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-") as name:
        folder = Path(name)
        database = folder / "old.db"
        photos = options.photos or _noise(folder / "noise")
        run("signature_steps.old_database", folder=photos, database=database, count=options.count)
        turns = [_turn(database, options.workers) for _ in range(options.repeat)]
    decode, migrate = (median(step) for step in zip(*turns, strict=True))
    if migrate.result != {"tiles": options.count, "left": 0}:
        raise SystemExit(f"not all tiles got a signature: {migrate.result}")
    kind = "of photos" if options.photos else "of noise"
    print(f"{machine()}; {options.count:,} tiles, thumbnails {kind}, 50 × 50 pixels.\n")
    workers = f"{options.workers} worker" + "s" * (options.workers > 1)
    rows = [
        _row("yardstick: decode every thumbnail in one process", decode),
        _row(f"open the database and fill in signatures, {workers}", migrate),
    ]
    print(table(HEADER, rows))
    times = migrate.processor_seconds / decode.processor_seconds, migrate.seconds / decode.seconds
    print(
        f"\nTimes the yardstick: {ratio(times[0])} by processor time, {ratio(times[1])} by clock."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    named = os.environ.get("MOSAICDB_PHOTOS")
    parser.add_argument("--photos", type=Path, default=Path(named) if named else None)
    parser.add_argument("--count", type=int, default=100_000, help="tiles (default: 100000)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--repeat", type=int, default=3, help="turns (default: 3)")
    return parser.parse_args()


def _noise(folder: Path) -> Path:
    run("make_photos.noise", folder=folder, start=0, count=NOISE)
    return folder


def _turn(database: Path, workers: int) -> tuple[Measurement, Measurement]:
    return (
        run("signature_steps.decode", database=database),
        run("signature_steps.migrate", database=database, workers=workers),
    )


def _row(what: str, found: Measurement) -> list[str]:
    memory = f"{found.peak / 1e6:.0f}"
    if found.worker_peak:
        memory += f", and {found.worker_peak / 1e6:.0f} a worker"
    rate = found.result["tiles"] / found.processor_seconds
    return [what, seconds(found.seconds), seconds(found.processor_seconds), f"{rate:,.0f}", memory]


if __name__ == "__main__":
    main()
