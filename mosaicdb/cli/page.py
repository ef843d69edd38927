"""Write the page that `mosaicdb render --report` makes."""

from typing import TYPE_CHECKING

from .again import render_again
from .mosaic_options import choice_of

if TYPE_CHECKING:
    from ..drawing import Drawing
    from ..model import Repeats, Score
    from .render import _Made, _Work


def write_page(
    work: "_Work",
    made: "_Made",
    drawing: "Drawing",
    score: "Score",
    repeats: "Repeats",
    optimality: str,
) -> None:
    """Gather what a report tells, and write it.

    Args:
        work: what was known before the match.
        made: the mosaic, which was matched to a target here.
        drawing: its picture.
        score: how much it looks like its target.
        repeats: how it repeats its tiles.
        optimality: how far from optimal the match is, in words.
    """
    from ..report import ReportedMosaic, write_report

    mosaic, options = made.mosaic, work.options
    assert made.target and made.cells and made.wanted and mosaic.match
    again = render_again(options, work.config, work.database.path, made.output, made.matches)
    told = ReportedMosaic(
        tile_ids=mosaic.tile_ids,
        cells=made.cells,
        drawing=drawing,
        score=score,
        repeats=repeats,
        match=mosaic.match,
        optimality=optimality,
        target=made.target.path,
        output=made.output,
        parameters=made.wanted.parameters() | choice_of(options).parameters(),
        command=again,
    )
    write_report(work.database, told, options.report)
