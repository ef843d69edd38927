"""Write the page that `mosaicdb render --report` makes."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Config
from .command_line import render_again
from .made import Made, Rebuilt
from .mosaic_options import choice_of

if TYPE_CHECKING:
    from ..store import Database


def write_page(
    options: argparse.Namespace,
    config: Config,
    database: "Database",
    made: Made,
    rebuilt: Rebuilt,
    page: Path,
) -> None:
    """Gather what a report tells, and write it.

    Args:
        options: what the parser of the command made of its command line.
        config: the effective configuration.
        database: knows the photos.
        made: the mosaic.
        rebuilt: what it rebuilds.
        page: where to.
    """
    from ..pipelines.report import ReportedMosaic, write_report

    told = ReportedMosaic(
        tile_ids=made.mosaic.tile_ids,
        cells=rebuilt.cells,
        drawing=made.drawing,
        score=rebuilt.score,
        repeats=made.repeats,
        match=rebuilt.match,
        optimality=rebuilt.optimality,
        target=rebuilt.target.path,
        output=made.output,
        parameters=rebuilt.wanted.parameters() | choice_of(options).parameters(),
        command=render_again(options, config, database.path, made.output, made.matches),
    )
    write_report(database, told, page)
