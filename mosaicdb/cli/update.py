"""`mosaicdb update`."""

import argparse
from contextlib import closing
from typing import TYPE_CHECKING

from ..config import Config
from ..errors import LockedError, MosaicdbError, printable
from .edit import tell_edit
from .options import (
    NOTHING_HALF_DONE,
    Commands,
    Parser,
    add_command,
    add_json,
    add_mosaic,
    effective_config,
)
from .progress import TerminalProgress

if TYPE_CHECKING:
    from ..pipelines.database import Database
    from ..pipelines.progress import Progress


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "update",
        "bring recorded mosaics up to date with the photos that came and went",
        example="mosaicdb update kitchen",
        details="Photos that fit better move in, those that are gone or banned move out. What was "
        "asked of a mosaic holds, also by `mosaicdb edit`; its picture is drawn again in its "
        "place. `mosaicdb edit --undo` takes an update back.",
    )
    add_mosaic(parser, "id or name of a mosaic, or path of its picture", nargs="+")
    add_json(parser)
    parser.set_defaults(run=run, when_interrupted=NOTHING_HALF_DONE)


def run(options: argparse.Namespace) -> int:
    """Bring mosaics up to date."""
    from ..pipelines.database import open_existing
    from ..pipelines.executor import local_executor
    from ..pipelines.update import update_mosaic

    config = effective_config(options)
    with (
        closing(TerminalProgress(options)) as progress,
        open_existing(config.database) as database,
    ):
        for named in options.mosaic:
            edit = update_mosaic(
                database, named, executor=local_executor(config), progress=progress
            )
            progress.end()
            tell_edit(options, edit)
    return 0


def update_each(
    options: argparse.Namespace, config: Config, database: "Database", progress: "Progress"
) -> None:
    """Bring the mosaics that `--update` names up to date after an ingest.

    While photos are watched, a mosaic that cannot be is told, and the watch goes on.
    """
    from ..pipelines.executor import local_executor
    from ..pipelines.update import update_mosaic

    for named in options.update:
        try:
            edit = update_mosaic(
                database, named, executor=local_executor(config), progress=progress
            )
        except LockedError:
            raise
        except MosaicdbError as error:
            if not options.watch:
                raise
            progress.end()
            progress.notice(f"mosaic {printable(named)} is not up to date: {error}")
            continue
        progress.end()
        tell_edit(options, edit)
