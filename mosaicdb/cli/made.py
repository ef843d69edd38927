"""What `mosaicdb render` has made, and how it is told."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import printable
from ..records import EMPTY_CELL
from .output import counted, say, times, within

if TYPE_CHECKING:
    from ..options import MosaicOptions
    from ..pipelines.drawing import Drawing
    from ..pipelines.mosaic import Mosaic
    from ..pipelines.target import Cells, Target
    from ..records import Likeness, Match, Repeats, Score


@dataclass(frozen=True, slots=True, eq=False)
class Rebuilt:
    """What belongs to a mosaic that was matched to a target here."""

    target: "Target"
    """The picture that it rebuilds."""
    cells: "Cells"
    """The target's."""
    wanted: "MosaicOptions"
    """What was asked of it."""
    match: "Match"
    """Cost and bound."""
    score: "Score"
    """How much it looks like its target."""

    @property
    def optimality(self) -> str:
        """Say how far from optimal the match is."""
        if self.match.optimal:
            return "optimal"
        text = within(self.match.gap)
        if self.wanted.match.min_distance:
            return text + " without distances"
        return text + (" (optimality was not proven)" if self.wanted.match.gap == 0 else "")


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A mosaic, drawn and written."""

    mosaic: "Mosaic"
    """Which tile is where."""
    drawing: "Drawing"
    """Its picture."""
    repeats: "Repeats"
    """How it repeats its tiles."""
    output: Path
    """Where the picture is."""
    matches: Path
    """Where the tile ids are."""
    report: Path | None = None
    """Where a page about it is."""
    rebuilt: Rebuilt | None = None
    """None for a match that was read from a file."""


def tell(options: argparse.Namespace, made: Made) -> None:
    """Tell people what was made."""
    rows, columns = made.mosaic.tile_ids.shape
    repeats, rebuilt = made.repeats, made.rebuilt
    text = (
        f"{printable(made.output)}: {columns} x {rows} cells, "
        f"{counted(repeats.tiles_used, 'tile')}, the most used {times(repeats.most_used)}"
    )
    if repeats.smallest_distance is not None:
        text += f", repeats at least {counted(repeats.smallest_distance, 'cell')} apart"
    if rebuilt is not None:
        text += f", {rebuilt.optimality}"
    text += f"; matches in {printable(made.matches)}"
    if made.report is not None:
        text += f"; report in {printable(made.report)}"
    say(options, text)
    if rebuilt is not None:
        say(options, _likeness(rebuilt.score))
    if made.drawing.most_shift:
        shift = made.drawing
        say(
            options,
            f"colours shifted by {shift.mean_shift:.1f} of 255 on average, "
            f"by {shift.most_shift:.1f} at most",
        )


def _likeness(score: "Score") -> str:
    near = (score.samples_1, score.samples_2, score.samples_4)
    text = f"ΔE {_listed(near, 'delta_e', 1)} at 1, 2, 4 samples a cell, "
    text += f"{score.afar.delta_e:.1f} from afar"
    if any(one.ssim is not None for one in near):
        text += f"; SSIM {_listed(near, 'ssim', 3)}, {_listed([score.afar], 'ssim', 3)} from afar"
    return text


def _listed(scales: "tuple[Likeness, ...] | list[Likeness]", name: str, digits: int) -> str:
    values = (getattr(one, name) for one in scales)
    return ", ".join("-" if value is None else f"{value:.{digits}f}" for value in values)


def as_json(made: Made, mosaic_id: int | None, seconds: Mapping[str, float]) -> dict[str, object]:
    """Give what `--json` prints: see docs/json.md."""
    rows, columns = made.mosaic.tile_ids.shape
    rebuilt = made.rebuilt
    return {
        "mosaic": mosaic_id,
        "output": str(made.output),
        "matches": str(made.matches),
        "report": None if made.report is None else str(made.report),
        "strategy": made.mosaic.strategy,
        "columns": columns,
        "rows": rows,
        "cells": int((made.mosaic.tile_ids != EMPTY_CELL).sum()),
        **asdict(made.repeats),
        "cost": rebuilt.match.cost if rebuilt else None,
        "bound": rebuilt.match.bound if rebuilt else None,
        "gap": rebuilt.match.gap if rebuilt else None,
        "score": asdict(rebuilt.score) if rebuilt else None,
        "mean_shift": made.drawing.mean_shift,
        "most_shift": made.drawing.most_shift,
        "seconds": dict(seconds),
    }
