"""`mosaicdb ingest`."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

from ..config import Config
from ..errors import DatabaseError, UsageError, printable
from ..model import Rejected
from .output import Bar, print_json, say
from .parser import Commands, Parser, add_command, add_json, add_key, effective_config

if TYPE_CHECKING:
    from ..executors import Executor

_REJECTED = 3
_SHOWN = 10


def add_to(commands: Commands[Parser]) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "ingest",
        "take photos in: what is new is read, what is known is not opened",
        example="mosaicdb ingest ~/photos",
        details="Photos are only ever read. A stop loses nothing: the next run goes on from there.",
    )
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="folders and files (default: image_path)"
    )
    add_key(parser, "--executor", "ingest.executor", "NAME")
    add_key(parser, "--scheduler", "ingest.scheduler", "ADDRESS")
    add_key(parser, "--workers", "ingest.workers", "N")
    add_key(parser, "--deadline", "ingest.deadline", "SECONDS")
    add_key(parser, "--max-pixels", "ingest.max_pixels", "N")
    add_key(parser, "--thumb-res", "thumb_res", "WxH")
    parser.add_argument(
        "--rebuild",
        action="store_true",
        help="make every thumbnail anew in the size of thumb_res; tiles keep their ids",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="read and count as usual, on a copy, and leave the database as it is",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Take photos in."""
    from ..ingest import ingest_photos, rebuild
    from ..store import Database

    config = effective_config(options)
    if options.rebuild and options.dry_run:
        raise UsageError("--rebuild cannot be tried with --dry-run")
    executor = _executor(config)
    with Bar(options) as bar, Database(config.database, thumb_res=config.thumb_res) as database:
        if _asks_for_another_size(config, database.thumb_res):
            if not options.rebuild:
                raise _other_size(config, database.thumb_res)
            rebuild(
                database,
                config.thumb_res,
                executor=executor,
                max_pixels=config.max_pixels,
                progress=bar,
            )
        report = ingest_photos(
            database,
            options.paths or [config.image_path],
            executor=executor,
            max_pixels=config.max_pixels,
            dry_run=options.dry_run,
            progress=bar,
        )
    if options.json:
        print_json(asdict(report))
    counts = asdict(report) | {"rejected": len(report.rejected)}
    did = "would be: " if options.dry_run else ""
    shown = ", ".join(f"{counts[name]:,} {name}" for name in _COUNTS if counts[name])
    say(options, f"{report.seen:,} files: {did}{shown or 'nothing'}")
    say(options, f"{report.tiles:,} tiles in {printable(config.database)} ({report.seconds:.1f} s)")
    _tell_rejected(options, report.rejected)
    return _REJECTED if report.rejected else 0


_COUNTS = ("new", "unchanged", "duplicate", "changed", "moved", "missing", "rejected")


def _executor(config: Config) -> Executor:
    from ..executors import DaskExecutor, ProcessExecutor

    workers = config.workers or os.cpu_count() or 1
    if config.executor == "dask":
        return DaskExecutor(config.scheduler, workers=workers, deadline=config.deadline)
    if config.sources.get("ingest.scheduler") == "flag":
        raise UsageError("--scheduler needs --executor dask")
    return ProcessExecutor(workers, config.deadline)


def _asks_for_another_size(config: Config, thumb_res: tuple[int, int]) -> bool:
    return "thumb_res" in config.sources and config.thumb_res != thumb_res


def _other_size(config: Config, thumb_res: tuple[int, int]) -> DatabaseError:
    asked, has = ("x".join(map(str, size)) for size in (config.thumb_res, thumb_res))
    return DatabaseError(
        f"{printable(config.database)} has thumbnails of {has}, and {config.sources['thumb_res']} "
        f"asks for {asked}: make them all anew with --rebuild, or name another database with --db"
    )


def _tell_rejected(options: argparse.Namespace, rejected: list[Rejected]) -> None:
    for rejection in rejected[:_SHOWN]:
        say(options, f"rejected {printable(rejection.path)}: {rejection.reason}")
    if len(rejected) > _SHOWN:
        say(options, f"… and {len(rejected) - _SHOWN:,} more: " + _ALL_REJECTED)


_ALL_REJECTED = "mosaicdb sql 'SELECT * FROM rejected_file'"
