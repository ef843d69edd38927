"""Measure the matching on a family of hard problems, beside `ot.emd`: the worst counts.

    MOSAICDB_PHOTOS=~/Photos python benchmarks/matching_family.py [--side 50] [--members surplus]

Tiles are random crops of the photos in the folder's `clothing/`, as many as a member asks for;
cells those of a plain photo in it, with few colours, or of one in `cats/`. Seconds are processor
time of one thread, kernels loaded. What `ot.emd` takes is kept beside the features: it is measured
once for each problem.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from detail import averaged, make_cells, opened, ours, photos_in, samples
from matching import load, photos_and_cache
from measure import machine, ratio, seconds, table
from numpy.typing import NDArray

from mosaicdb import FeatureOptions
from mosaicdb.matching import match, warm_up
from mosaicdb.perception.attention import weights_of

Floats = NDArray[np.float64]
Parts = NDArray[np.uint8]

CROPS = 27
"""Of each photo: enough for twice as many tiles as 10,000 cells, and for owners of 8 rows."""
PLAIN = "t-shirt/10e7ed9b-3700-417a-a085-f31eaad50c0c.jpg"
BUSY = "kublai38.jpg"
SURPLUS = (0.0, 0.0001, 0.005, 0.01, 0.05, 0.1, 0.25, 1.0)
COLOURS = (100, 1_000, 3_000)
USES = (1, 3, 20, 100)
HEADER = ("member", "tiles", "cells", "colours", "s", "gap", "`ot.emd`, s", "times as fast",
          "costs differ by")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    """One problem of the family; numbers of tiles are multiples of the number of cells."""

    name: str
    tiles: float = 1.0
    dimensions: int = 3
    plain: bool = True
    """Whether cells are those of a photo with plain areas."""
    colours: int | None = None
    """Colours that cells are reduced to."""
    clustered: bool = False
    """Whether tiles are all the crops of some photos, and none of others."""
    weights: str | None = None
    rows: int = 1
    """Rows a tile."""
    options: dict[str, object] = field(default_factory=dict)


def family() -> Iterator[Member]:
    """List the members."""
    for dimensions in (3, 14):
        end = f", {dimensions}-d"
        for surplus in SURPLUS:
            yield Member(f"surplus {surplus:.2%}{end}", 1 + surplus, dimensions)
        for colours in COLOURS:
            yield Member(f"colours {colours:,}{end}", 1.1, dimensions, colours=colours)
        yield Member(f"busy target{end}", 1.1, dimensions, plain=False)
        yield Member(f"clusters{end}", 1.1, dimensions, clustered=True)
        for weights in ("edges", "centre", "mask"):
            yield Member(f"weights {weights}{end}", 1.1, dimensions, weights=weights)
        for uses in USES:
            most: dict[str, object] = {"max_uses": uses}
            yield Member(f"max_uses {uses}{end}", 1.1 if uses == 1 else 0.64, dimensions,
                         plain=False, options=most)  # fmt: skip
        yield Member(f"fair{end}", 0.64, dimensions, options={"strategy": "fair"})
        yield Member(f"fair, surplus{end}", 1.005, dimensions, options={"strategy": "fair"})
    yield Member("owners of 8 rows, 14-d", 1.0, 14, rows=8)


def make_pool(photos: Path, cache: Path) -> Path:
    """Cut crops of all photos, once."""
    path = cache / "family-pool.npy"
    if not path.exists():
        random = np.random.default_rng(5019)
        parts = []
        for photo in photos_in(photos / "clothing"):
            image = opened(photo)
            for _ in range(CROPS):
                side = random.uniform(0.3, 1) * min(image.size)
                x, y = (random.uniform(0, length - side) for length in image.size)
                parts.append(samples(image, (x, y, x + side, y + side)))
        np.save(path, np.stack(parts))
    return path


def describe(parts: Parts, dimensions: int) -> Floats:
    """Compute features: mean RGB, or what is compared by default."""
    if dimensions == 3:
        return averaged(parts, 1).reshape(-1, 3)
    return ours(FeatureOptions())(parts)


def tiles_of(member: Member, pool: Parts, count: int) -> tuple[Floats, dict[str, object]]:
    """Choose the tiles, and say who owns their rows."""
    random = np.random.default_rng(0)
    photo = np.arange(len(pool)) // CROPS
    if member.rows > 1:
        per_photo = CROPS // member.rows
        place = np.arange(len(pool)) % CROPS
        owner = photo * per_photo + place // member.rows
        whole = np.flatnonzero(place < per_photo * member.rows)
        chosen = whole[np.isin(owner[whole], random.permutation(np.unique(owner[whole]))[:count])]
        return describe(pool[chosen], member.dimensions), {"owner": owner[chosen]}
    order = random.permutation(len(pool))
    if member.clustered:
        order = order[np.argsort(random.permutation(photo.max() + 1)[photo[order]], kind="stable")]
    return describe(pool[order[:count]], member.dimensions), {}


def cells_of(member: Member, photos: Path, side: int) -> Floats:
    """Cut the target in cells, and reduce their colours as a quantised picture would."""
    name = Path("clothing", PLAIN) if member.plain else Path("cats", BUSY)
    cells = np.rint(describe(make_cells(photos / name, side), member.dimensions))
    if member.colours is not None:
        step = 1.0
        while len(np.unique(reduced := np.rint(cells / step) * step, axis=0)) > member.colours:
            step *= 1.1
        cells = reduced
    return cells


def weights_for(kind: str, cells: Floats, side: int) -> Floats:
    """Weigh cells by edges, by nearness to the centre, or by a mask that leaves out half."""
    grid = cells[:, 0].reshape(side, side)
    down, across = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    if kind == "mask":
        return (across.ravel() > 0).astype(np.float64)
    if kind == "centre":
        return weights_of(np.exp(-(across**2 + down**2) / 0.245)).ravel()
    strength = np.hypot(*np.gradient(grid))
    return weights_of(strength / np.percentile(strength, 95)).ravel()


def timed(tiles: Floats, cells: Floats, **options: object) -> tuple[float, float, float]:
    """Solve, and return processor seconds, cost and gap."""
    started = time.process_time()
    answer = match(tiles, cells, gap=0, **options)  # type: ignore[arg-type]
    return time.process_time() - started, answer.cost, answer.gap


def measured(member: Member, photos: Path, cache: Path, side: int) -> tuple[list[str], float]:
    """Measure one member; return its row, and how many times as fast as `ot.emd` it is."""
    pool = np.load(make_pool(photos, cache), mmap_mode="r")
    cells = cells_of(member, photos, side)
    tiles, options = tiles_of(member, pool, round(member.tiles * len(cells)))
    options |= member.options
    if member.weights is not None:
        options["weights"] = weights_for(member.weights, cells, side)
    took, cost, gap = timed(tiles, cells, **options)
    path = cache / "family-emd.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    key = f"{member.name} at {side}"
    if key not in known:
        known[key] = timed(tiles, cells, solver="emd", **options)[:2]
        path.write_text(json.dumps(known))
    emd_took, emd_cost = known[key]
    count = round(member.tiles * len(cells))
    colours = len(np.unique(cells, axis=0))
    difference = abs(emd_cost - cost) / max(emd_cost, 1e-300)
    row = [member.name, f"{count:,}", f"{len(cells):,}", f"{colours:,}", seconds(took),
           f"{gap:.0e}", seconds(emd_took), ratio(emd_took / took),
           f"{difference:.0e}"]  # fmt: skip
    return row, emd_took / took


def main() -> None:
    """Print the table, and the worst and the median of the family."""
    photos, cache = photos_and_cache()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=50, help="columns and rows (default: 50)")
    parser.add_argument("--members", default="", help="only those whose names begin like this")
    options = parser.parse_args()
    members = [member for member in family() if member.name.startswith(options.members)]
    if not members:
        parser.error(f"no member begins with {options.members!r}")
    warm_up()
    random = np.random.default_rng(0)
    for strategy in ("unique", "fair"):
        few = random.normal(size=(700, 3)), random.normal(size=(4000, 3))
        match(few[1][:3000] if strategy == "unique" else few[0], few[1][:2000], strategy=strategy)
    before, rows, times = load(), [], []
    for member in members:
        row, faster = measured(member, photos, cache, options.side)
        rows.append(row)
        times.append(faster)
        print("  ".join(row), file=sys.stderr)
    print(f"{machine()}; {before} before, {load()} after.\n")
    print(table(HEADER, rows))
    print(f"\nWorst {ratio(min(times))}, median {ratio(float(np.median(times)))} times as fast.")


if __name__ == "__main__":
    main()
