"""`mosaicdb ingest`."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager, closing
from dataclasses import asdict
from typing import TYPE_CHECKING

from ..config import Config
from ..errors import UsageError, printable, without_password
from ..pipelines.wording import counted
from ..readings import NeededExtra, Rejected
from .command_line import quoted
from .options import (
    Commands,
    Parser,
    add_command,
    add_executor,
    add_json,
    add_key,
    effective_config,
    given_keys,
    number_or_text,
)
from .output import print_json, say
from .progress import TerminalProgress

if TYPE_CHECKING:
    from ..pipelines.database import Database
    from ..pipelines.ingest import IngestReport

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
        "paths", nargs="*", metavar="PATH", help="folders and files, or URLs (default: image_path)"
    )
    add_executor(parser)
    add_key(parser, "--max-pixels", "ingest.max_pixels", "N")
    add_key(parser, "--exclude", "ingest.exclude", "GLOB[:GLOB...]")
    add_key(parser, "--accept-truncated", "ingest.accept_truncated")
    parser.add_argument(
        "--retry-rejected",
        action="store_true",
        help="read rejected files again though they have not changed",
    )
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
    parser.add_argument(
        "--watch",
        action="store_true",
        help="stay, and take photos in as they arrive, until Ctrl-C (exit code 130); "
        "needs the extra 'watch'",
    )
    parser.add_argument(
        "--update",
        metavar="MOSAIC",
        type=number_or_text,
        action="append",
        default=[],
        help="bring this mosaic up to date then, by id, name, or path of its picture: repeatable",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Take photos in."""
    from ..pipelines.executor import photo_executor
    from ..pipelines.ingest import check_paths, ingest_photos, rebuild
    from ..pipelines.mosaics import find_named
    from .update import update_each
    from .watch import keep_watching

    config = effective_config(options)
    if options.rebuild and options.dry_run:
        raise UsageError("--rebuild cannot be tried with --dry-run")
    if options.watch and options.dry_run:
        raise UsageError("--watch would never end a --dry-run: leave out one of them")
    if options.update and options.dry_run:
        raise UsageError("--update would change mosaics in a --dry-run: leave out one of them")
    paths = check_paths(options.paths or [config.image_path])
    executor = photo_executor(config)
    thumb_res = config.thumb_res if "thumb_res" in config.sources else None
    with closing(TerminalProgress(options)) as progress, _open(options, config) as database:
        for named in options.update:
            find_named(database, named)
        if options.rebuild:
            rebuild(
                database,
                thumb_res,
                executor=executor,
                max_pixels=config.max_pixels,
                accept_truncated=config.accept_truncated,
                progress=progress,
            )

        told: list[NeededExtra] = []

        def ingest() -> int:
            report = ingest_photos(
                database,
                paths,
                thumb_res=None if options.rebuild else thumb_res,
                executor=executor,
                max_pixels=config.max_pixels,
                accept_truncated=config.accept_truncated,
                retry_rejected=options.retry_rejected,
                exclude=config.exclude,
                progress=progress,
            )
            progress.end()
            untold = [needed for needed in report.needed_extras if needed not in told]
            told[:] = report.needed_extras
            code = _tell(options, config, report, untold)
            update_each(options, config, database, progress)
            return code

        if options.watch:
            return keep_watching(options, paths, database.files, ingest, progress)
        return ingest()


def _tell(
    options: argparse.Namespace, config: Config, report: IngestReport, untold: list[NeededExtra]
) -> int:
    """Tell what an ingest did, and give its exit code.

    Args:
        options: of the command line.
        config: names the database.
        report: what it did.
        untold: the extras it needs that the round before did not, or for as many files.
    """
    if options.json:
        print_json(asdict(report))
    counts = asdict(report) | {"rejected": len(report.rejected)}
    did = "would be: " if options.dry_run else ""
    shown = ", ".join(f"{counts[name]:,} {name}" for name in _COUNTS if counts[name])
    say(options, f"{counted(report.seen, 'file')}: {did}{shown or 'nothing'}")
    if report.read_again:
        photos = counted(report.read_again, "photo")
        again = "would be read again" if options.dry_run else "read again"
        reason = "an earlier version had made their tiles, or a rebuild had only scaled them"
        say(options, f"{photos} {again}: {reason}")
    if options.rebuild and report.scaled:
        scaled = counted(report.scaled, "thumbnail")
        say(options, f"{scaled} scaled from what was there before: no photo could be read")
    tiles, place = counted(report.tiles, "tile"), printable(without_password(config.database))
    say(options, f"{tiles} in {place} ({report.seconds:.1f} s)")
    if options.dry_run and report.skipped_folders:
        folders = counted(report.skipped_folders, "folder")
        say(options, f"{folders} of thumbnails, previews, snapshots or trash passed over")
    _tell_rejected(options, report.rejected)
    for needed in untold:
        say(options, _advice_on(needed))
    return _REJECTED if report.rejected or report.needed_extras else 0


def _advice_on(needed: NeededExtra) -> str:
    files = counted(needed.files, f"{needed.extension.upper()} file")
    need = "needs" if needed.files == 1 else "need"
    return f"{files} {need} the extra {needed.extra}: pip install 'mosaicdb[{needed.extra}]'"


_COUNTS = ("new", "unchanged", "duplicate", "changed", "moved", "missing", "rejected")


def _open(options: argparse.Namespace, config: Config) -> AbstractContextManager[Database]:
    """Open the database; for a dry run, a copy that is made before anything else happens."""
    from ..pipelines.database import open_copy, open_or_create

    opened = open_copy if options.dry_run else open_or_create
    return opened(config.database, config.thumb_res)


def _tell_rejected(options: argparse.Namespace, rejected: list[Rejected]) -> None:
    for rejection in rejected[:_SHOWN]:
        say(options, f"rejected {printable(rejection.path)}: {rejection.reason}")
    if len(rejected) > _SHOWN:
        everything = _command(options, "sql", "SELECT * FROM rejected_file")
        say(options, f"… and {len(rejected) - _SHOWN:,} more: {everything}")
    reasons = " ".join(rejection.reason for rejection in rejected)
    retry = _command(options, "ingest", *options.paths, "--retry-rejected")
    given = {flag.name for flag in given_keys(options).values()}
    for sign, (wanted, option) in _ADVICE.items():
        if sign in reasons and option not in given:
            say(options, f"{wanted}: {retry} {option}")


def _command(options: argparse.Namespace, name: str, *words: str) -> str:
    """Give a command line on the same database."""
    same = ["--config", str(options.config)] if options.config else []
    if database := given_keys(options).get("database.url"):
        same += map(without_password, database)
    return " ".join(["mosaicdb", name, *map(quoted, [*same, *words])])


_ADVICE = {
    "its end is missing:": ("to take photos whose end is missing", "--accept-truncated"),
    "pixels: more than": ("to take larger photos", "--max-pixels N"),
    "--deadline": ("to give slow photos more time", "--deadline SECONDS"),
}
