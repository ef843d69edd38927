"""`mosaicdb mosaics`."""

import argparse
from typing import TYPE_CHECKING

from ..pipelines.wording import within
from ..records import PROVEN_GAP
from .options import Commands, Parser, add_command, add_json, effective_config
from .output import print_json, print_table

if TYPE_CHECKING:
    from ..listings import ListedMosaic


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "mosaics",
        "list the recorded mosaics",
        example="mosaicdb mosaics",
        details="A mosaic whose picture was written to a file is recorded until another one is "
        "written there, or it is forgotten. Times are UTC. Gone are photos in it that no file "
        "holds any more: it is drawn with their thumbnails.",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List mosaics."""
    from ..pipelines.database import open_existing
    from ..pipelines.mosaics import mosaics

    with open_existing(effective_config(options).database) as database:
        listed = mosaics(database)
    if options.json:
        for mosaic in listed:
            print_json(_as_json(mosaic))
        return 0
    columns = ("id", "name", "target", "grid", "match", "cost", "photos", "gone", "made", "output")
    print_table(columns, [_row(mosaic) for mosaic in listed])
    return 0


def _row(mosaic: "ListedMosaic") -> tuple[object, ...]:
    columns, rows = mosaic.grid
    return (
        mosaic.id,
        mosaic.name,
        mosaic.target if mosaic.target_tile_id is None else mosaic.target_tile_id,
        f"{columns}x{rows}",
        _match(mosaic),
        mosaic.cost,
        mosaic.tiles_used,
        mosaic.tiles_gone,
        f"{mosaic.created_at:%Y-%m-%d %H:%M}",
        mosaic.output,
    )


def _match(mosaic: "ListedMosaic") -> str:
    if mosaic.gap is None:
        return mosaic.strategy
    proven = "optimal" if mosaic.gap <= PROVEN_GAP else within(mosaic.gap)
    return f"{mosaic.strategy}, {proven}"


def _as_json(mosaic: "ListedMosaic") -> dict[str, object]:
    """Give what `--json` prints: see docs/json.md."""
    columns, rows = mosaic.grid
    return {
        "mosaic": mosaic.id,
        "name": mosaic.name,
        "created_at": mosaic.created_at.isoformat(),
        "target": mosaic.target,
        "target_tile": mosaic.target_tile_id,
        "columns": columns,
        "rows": rows,
        "strategy": mosaic.strategy,
        "cells": mosaic.cells,
        "cost": mosaic.cost,
        "bound": mosaic.bound,
        "gap": mosaic.gap,
        "tiles_used": mosaic.tiles_used,
        "tiles_gone": mosaic.tiles_gone,
        "output": mosaic.output,
    }
