"""`mosaicdb live`."""

import argparse
from contextlib import closing
from dataclasses import fields
from typing import TYPE_CHECKING

from ..config import Config
from ..errors import printable
from ..live_options import LiveOptions
from ..options import FEATURES, FeatureOptions, MosaicOptions, Selection
from ..pipelines.wording import counted
from .mosaic_options import add_framing
from .options import (
    Commands,
    Parser,
    add_command,
    add_json,
    add_key,
    add_option,
    effective_config,
    number_or_text,
    path_named,
)
from .output import INTERRUPTED, print_json, say
from .progress import TerminalProgress
from .serving import add_serving, open_pages, view_options

if TYPE_CHECKING:
    from ..pipelines.database import Database
    from ..pipelines.ingest import IngestReport
    from ..pipelines.live import LiveReport
    from ..pipelines.progress import Progress


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "live",
        "let a mosaic grow as photos arrive in a folder, and show it in the browser, until Ctrl-C",
        example="mosaicdb --db party.db live couple.jpg incoming --grid 40x30 --fixed --approve",
        details="Needs the extras 'viewer' and 'watch'. Photos that the database has already get "
        "their places first. What is there goes on where it was when the command is given again.",
    )
    parser.add_argument(
        "target",
        metavar="TARGET",
        type=number_or_text,
        help="what to rebuild: the path of any picture, or the number of a photo",
    )
    parser.add_argument(
        "folder", metavar="FOLDER", type=path_named, help="the folder where photos arrive"
    )
    add_key(parser, "--grid", "target_res", "WxH")
    add_option(parser, "--name", LiveOptions, "name", "NAME")
    _add_placing(parser)
    _add_stickers(parser)
    add_framing(parser)
    add_key(parser, "--features", "match.features", "|".join(FEATURES))
    add_key(parser, "--detail", "match.detail", "N")
    add_key(parser, "--where", "match.where", "CONDITION")
    add_key(parser, "--without", "match.without", "CONDITION")
    add_key(parser, "--thumb-res", "thumb_res", "WxH")
    add_key(parser, "--max-pixels", "ingest.max_pixels", "N")
    add_key(parser, "--exclude", "ingest.exclude", "GLOB[:GLOB...]")
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=path_named,
        help="where the picture is drawn in the end (default: the name with .jpg)",
    )
    add_serving(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def _add_placing(parser: Parser) -> None:
    add_option(parser, "--fixed", LiveOptions, "fixed")
    add_option(parser, "--approve", LiveOptions, "approve")
    add_option(parser, "--faint", LiveOptions, "faint", "0..1")


def _add_stickers(parser: Parser) -> None:
    add_option(parser, "--stickers", LiveOptions, "stickers", "FOLDER")
    add_option(parser, "--sticker-width", LiveOptions, "sticker_width", "CM")
    add_option(parser, "--sheet", LiveOptions, "sheet", "WxH")


def run(options: argparse.Namespace) -> int:
    """Keep a wall live."""
    from ..pipelines.database import open_or_create
    from ..pipelines.live import live

    config = effective_config(options)
    wanted = MosaicOptions(
        grid=config.target_res,
        features=FeatureOptions(config.features, config.detail, zoom=1.0),
        framing=config.framing,
    )
    names = [field.name for field in fields(LiveOptions)]
    placing = LiveOptions(**{name: getattr(options, name) for name in names})
    with (
        closing(TerminalProgress(options)) as progress,
        open_or_create(config.database, config.thumb_res) as database,
    ):
        report = live(
            database,
            options.target,
            options.folder,
            lambda first: _ingest(options, config, database, first, progress),
            lambda link, host_link, is_local: _tell_links(options, link, host_link, is_local),
            wanted,
            Selection(config.where, without=config.without),
            placing,
            view_options(options),
            options.output,
            progress,
        )
        progress.end()
        _tell(options, report)
    return INTERRUPTED


def _ingest(
    options: argparse.Namespace,
    config: Config,
    database: "Database",
    first: bool,
    progress: "Progress",
) -> "IngestReport":
    """Take photos in: many in several processes, later ones at once in this one."""
    from ..pipelines.executor import local_executor
    from ..pipelines.ingest import ingest_photos

    report = ingest_photos(
        database,
        [options.folder],
        executor=local_executor(config) if first else None,
        max_pixels=config.max_pixels,
        exclude=config.exclude,
        progress=progress,
    )
    progress.end()
    for rejection in report.rejected:
        say(options, f"rejected {printable(rejection.path)}: {rejection.reason}")
    for needed in report.needed_extras if first else ():
        files = counted(needed.files, f"{needed.extension.upper()} file")
        say(options, f"{files} passed over: pip install 'mosaicdb[{needed.extra}]'")
    return report


def _tell_links(options: argparse.Namespace, link: str, host_link: str, is_local: bool) -> None:
    if not is_local:
        say(
            options,
            f"whoever reaches {options.host} sees the photos if they have the token in this link, "
            "which travels unencrypted:",
        )
    print(link, flush=True)
    if options.approve:
        say(options, f"the page for the host, who says yes or no: {host_link}")
    say(options, "Ctrl-C ends it; the same command goes on")
    open_pages(options, link, *([host_link] if options.approve else []))


def _tell(options: argparse.Namespace, report: "LiveReport") -> None:
    """Tell how far the wall has grown, and how well."""
    wall, ratio = report.wall, report.hindsight.ratio
    if options.json:
        print_json(_as_json(report))
    photos = counted(wall.mosaic.cells, "photo")
    say(options, f"{printable(report.output)}: {photos} in {len(wall.placed):,} cells")
    if ratio is not None and wall.live.fixed:
        say(
            options,
            f"the cost is {ratio:.3f} times that of the best places in hindsight, had all photos "
            f"been known at first{_which_cells(report)}",
        )
    if wall.unplaced:
        say(options, f"{counted(wall.unplaced, 'photo')} without a place")
    if wall.waiting:
        say(options, f"{counted(len(wall.waiting), 'photo')} still wait for a yes or no")


def _which_cells(report: "LiveReport") -> str:
    """Say what the best places need not do, where there are cells left."""
    is_full = report.wall.mosaic.cells == len(report.wall.placed)
    return "" if is_full else ", and that no more would come to fill the other cells"


def _as_json(report: "LiveReport") -> dict[str, object]:
    """Give what `--json` prints: see docs/json.md."""
    wall, hindsight = report.wall, report.hindsight
    columns, rows = wall.mosaic.grid
    return {
        "mosaic": wall.mosaic.id,
        "name": wall.mosaic.name,
        "output": str(report.output),
        "columns": columns,
        "rows": rows,
        "cells": len(wall.placed),
        "photos": wall.mosaic.cells,
        "without_place": wall.unplaced,
        "waiting": len(wall.waiting),
        "fixed": wall.live.fixed,
        "cost": hindsight.cost,
        "least_cost": hindsight.least,
        "ratio": hindsight.ratio,
    }
