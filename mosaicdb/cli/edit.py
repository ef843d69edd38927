"""`mosaicdb edit`."""

import argparse
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

from ..errors import UsageError, printable
from ..kinds import Kind, declared_option
from ..options import Changes
from ..pipelines.wording import counted, optimality
from .options import (
    NOTHING_HALF_DONE,
    Commands,
    Parser,
    add_command,
    add_json,
    add_mosaic,
    effective_config,
)
from .output import print_json, say
from .progress import TerminalProgress

if TYPE_CHECKING:
    from ..pipelines.redraw import Edit

_METAVARS = {"swap": "ROW,COL[=TILE]", "pin": "ROW,COL=TILE", "without": "TILE|PATH"}


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "edit",
        "change a recorded mosaic by hand; the rest of it stays optimal",
        example="mosaicdb edit kitchen --swap 12,40=17",
        details="Its picture is drawn again in its place. What is put into a cell is pinned from "
        "then on, also when the mosaic is brought up to date. Photos that came after it are left "
        "to `mosaicdb update`.",
    )
    add_mosaic(parser, "id or name of a mosaic, or path of its picture")
    for name, metavar in _METAVARS.items():
        parser.add_argument(
            f"--{name}",
            metavar=metavar,
            action="append",
            default=[],
            help=declared_option(Changes, name).metadata["help"].replace("%", "%%"),
        )
    parser.add_argument(
        "--undo",
        action="store_true",
        help="take the last edit or update back; again, the one before it",
    )
    add_json(parser)
    parser.set_defaults(run=run, when_interrupted=NOTHING_HALF_DONE)


def run(options: argparse.Namespace) -> int:
    """Edit a mosaic."""
    from ..pipelines.database import open_existing
    from ..pipelines.edit import edit_mosaic, undo_edit
    from ..pipelines.executor import local_executor

    config = effective_config(options)
    given = [f"--{name}" for name in _METAVARS if getattr(options, name)]
    if options.undo and given:
        raise UsageError(f"--undo takes an edit back: leave out {', '.join(given)}")
    changes = None
    if not options.undo:
        swap, pin, without = (_read(options, name) for name in _METAVARS)
        changes = Changes(swap, pin, without)
    with (
        closing(TerminalProgress(options)) as progress,
        open_existing(config.database) as database,
    ):
        more: dict[str, Any] = {"executor": local_executor(config), "progress": progress}
        if changes is None:
            edit = undo_edit(database, options.mosaic, **more)
        else:
            edit = edit_mosaic(database, options.mosaic, changes, **more)
    tell_edit(options, edit)
    return 0


def _read(options: argparse.Namespace, name: str) -> tuple[Any, ...]:
    """Read and check what was given of a change; a message names the flag."""
    kind: Kind = declared_option(Changes, name).metadata["kind"]
    checked: list[Any] = []
    for text in getattr(options, name):
        values = [text] if name == "without" else kind.from_text(text)
        checked += cast(tuple[Any, ...], kind.checked(f"--{name}", values, text))
    return tuple(checked)


def tell_edit(options: argparse.Namespace, edit: "Edit") -> None:
    """Tell what changed of a mosaic."""
    mosaic = edit.mosaic
    if options.json:
        print_json(_as_json(edit))
    name = f" ({printable(mosaic.name)})" if mosaic.name else ""
    cells = counted(mosaic.cells, "cell")
    parts = [f"mosaic {mosaic.id}{name}: {edit.changed_cells:,} of {cells} changed"]
    if proven := optimality(mosaic):
        parts.append(proven)
    drawn = "drawn again" if edit.changed_cells else "as it was"
    say(options, f"{', '.join(parts)}; {printable(mosaic.output)} {drawn}")


def _as_json(edit: "Edit") -> dict[str, object]:
    """Give what `--json` prints: see docs/json.md."""
    mosaic = edit.mosaic
    return {
        "mosaic": mosaic.id,
        "name": mosaic.name,
        "version": mosaic.version,
        "edit": edit.asked,
        "changed": edit.changed_cells,
        "cells": mosaic.cells,
        "cost": mosaic.cost,
        "cost_before": edit.before.cost,
        "bound": mosaic.bound,
        "gap": mosaic.gap,
        "output": str(mosaic.output),
    }
