"""What follows a match: draw, write, score, record, report."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import ReadOnlyError, printable
from ..executors import Executor
from ..object_storage import to_path
from ..options import DrawOptions, Outputs
from ..photos import final_path, holds, recorded_paths
from ..records import Mosaic
from ..rendering import picture_of, strips_of
from ..store import Database, count_edits, record_mosaic
from .draw import source_of, tell_photos
from .drawing import Drawing, ThumbnailStack, TileSource, draw_mosaic, load_thumbnail_stack
from .progress import Progress
from .report import write_report
from .score import Sampler, score_mosaic
from .target import Cells
from .wording import counted
from .writing import Form, write_form


class Clock:
    """How long each part of the work took, in seconds."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Take the time of what runs in this context."""
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 3)


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps after the match, as far as they are wanted."""

    database: Database
    score: bool
    record: bool
    command: tuple[str, ...]
    progress: Progress
    executor: Executor | None
    keep_picture: bool
    form: Form | None
    clock: Clock = field(default_factory=Clock)

    def run(
        self, mosaic: Mosaic, cells: Cells | None, outputs: Outputs, options: DrawOptions
    ) -> Mosaic:
        """Draw, save, score, record and report a mosaic; without cells it has no target."""
        with self.clock.measure("render"):
            source = source_of(
                self.database, mosaic, options.tile_size, self.executor, self.progress
            )
            drawn = self._drawn(Drawing(mosaic, source, cells, options), outputs)
            size = {"tile_size": source.size}  # thumbnails may have another one later
            mosaic = replace(drawn.mosaic, parameters={**mosaic.parameters, **size})
        if self.score:
            with self.clock.measure("score"):
                mosaic = score_mosaic(mosaic, cells, drawn.sampler)
        mosaic = replace(mosaic, name=outputs.name)
        if self.record and mosaic.output and drawn.content_hash:
            mosaic = self._recorded(mosaic, mosaic.output, drawn.content_hash)
        if outputs.report and cells:
            with self.clock.measure("report"):
                self._report(mosaic, cells, source, outputs.report, options)
        return replace(mosaic, seconds=dict(self.clock.seconds))

    def _drawn(self, drawing: Drawing, outputs: Outputs) -> "_Drawn":
        """Draw a mosaic into memory, into its file, or both."""
        sampler, picture, strips = None, None, drawing.strips()
        output, content_hash, form = None, None, self.form or Form(outputs.file)
        if self.keep_picture or not outputs.picture:
            picture = picture_of(strips)
            strips = strips_of(picture)
        elif self.score and drawing.cells is not None:
            sampler = Sampler(drawing.mosaic.grid[0])
            strips = sampler.along(strips)
        if outputs.picture:
            output = form.files_of(outputs.picture, drawing.size)[0]
            content_hash = write_form(strips, outputs.picture, form)
        tell_photos(drawing.source, self.progress)
        mosaic = replace(drawing.described, picture=picture, output=output, form=form.record())
        return _Drawn(mosaic, sampler, content_hash)

    def _report(
        self, mosaic: Mosaic, cells: Cells, source: TileSource, page: Path, options: DrawOptions
    ) -> None:
        """Write a page; it shows the mosaic as it is drawn from thumbnails."""
        thumbnails = source
        if not isinstance(thumbnails, ThumbnailStack):
            thumbnails = load_thumbnail_stack(self.database, mosaic.tile_ids, mosaic.crops)
        shown = mosaic if mosaic.picture else draw_mosaic(mosaic, thumbnails, cells, options)
        write_report(self.database, shown, cells, thumbnails, page, self.command)

    def _recorded(self, mosaic: Mosaic, output: Path, content_hash: str) -> Mosaic:
        written = replace(mosaic, output=to_path(final_path(output)))
        lost = count_edits(self.database, [str(written.output), *recorded_paths(output)])
        try:
            mosaic_id = record_mosaic(
                self.database,
                written,
                content_hash,
                paths=recorded_paths(output),
                is_kept=lambda: holds(output, content_hash),
            )
        except ReadOnlyError as error:
            self.progress.notice(f"not recorded: {error}")
            return mosaic
        place = printable(output)
        if mosaic_id is None:
            self.progress.notice(f"not recorded: {place} was replaced or deleted meanwhile")
        elif lost:
            self.progress.notice(
                f"the mosaic that was in {place} is replaced, and its {counted(lost, 'edit')} with "
                f"it: they cannot be undone any more"
            )
        return replace(mosaic, id=mosaic_id)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """What came of drawing."""

    mosaic: Mosaic
    sampler: Sampler | None
    """What was sampled on the way; None: the picture is in memory."""
    content_hash: str | None
    """SHA-256 of the picture's file; None: none was written, or to a device or a pipe."""
