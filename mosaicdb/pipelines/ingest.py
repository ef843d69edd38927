"""Ingest: bring the database up to date with the folders, reading only what is new."""

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from ..batches import in_batches
from ..errors import DatabaseError, UsageError, printable
from ..executors import Executor, SerialExecutor
from ..object_storage import is_url
from ..options import DEFAULT_MAX_PIXELS, ReadOptions
from ..photos import (
    Visited,
    canonical_path,
    find_files,
    lost_reading,
    read_photo,
    remake_thumbnail,
)
from ..readings import (
    FileStat,
    NeededExtra,
    Reading,
    Rejected,
    Remade,
    Skipped,
    StaleTile,
    Undecodable,
)
from ..records import Size
from ..store import (
    Database,
    Outcome,
    count_missing,
    count_outdated,
    count_scaled,
    count_tiles,
    end_rebuild,
    mark_rejected_for_reading,
    pending_files,
    rebuild_progress,
    record_readings,
    record_rebuilt,
    rehearsal,
    rejected_before,
    set_thumb_res,
    stale_tiles,
    start_rebuild,
    survey_files,
)
from .backfill import fill_descriptors
from .progress import SILENT, Progress
from .rereading import read_outdated

_READINGS_A_TRANSACTION: Final = 256
_SECONDS_A_TRANSACTION: Final = 2.0
_TILES_A_REBUILD_BATCH: Final = 256


@dataclass(slots=True)
class IngestReport:
    """What an ingest did.

    Every file seen is in exactly one of `new`, `unchanged`, `duplicate`, `changed`, `moved` and
    `rejected`; the last also names folders that could not be looked into. A file that was rejected
    before counts as unchanged, but is named again where it was named itself, and not its folder.
    Files whose format needs an extra are not among the files seen.
    """

    seen: int = 0
    """Files found."""
    new: int = 0
    """Files whose photo became a tile."""
    unchanged: int = 0
    """Files that hold what they held before."""
    duplicate: int = 0
    """New files of known photos."""
    changed: int = 0
    """Files that hold another photo than before."""
    moved: int = 0
    """Known files under another path."""
    missing: int = 0
    """Files below the folders that were there once and are not any more, or that an earlier version
    took from a folder of thumbnails, previews, snapshots or trash."""
    rejected: list[Rejected] = field(default_factory=list)
    """What could not be taken in, by path."""
    read_again: int = 0
    """Photos whose tiles an earlier version had made, or a rebuild had only scaled: these were
    replaced. In a dry run, those that would be."""
    scaled: int = 0
    """Tiles whose thumbnail a rebuild scaled from the one before, since their photo was not found
    until now."""
    needed_extras: list[NeededExtra] = field(default_factory=list)
    """Files that were passed over because their format needs an extra, by extension."""
    skipped_folders: int = 0
    """Folders of thumbnails, previews, snapshots or trash that were passed over."""
    tiles: int = 0
    """Tiles in the database afterwards."""
    seconds: float = 0.0
    """How long it took."""


def ingest_photos(
    database: Database,
    paths: Iterable[str | Path],
    *,
    thumb_res: Size | None = None,
    executor: Executor | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    accept_truncated: bool = False,
    retry_rejected: bool = False,
    exclude: Sequence[str] = (),
    dry_run: bool = False,
    progress: Progress = SILENT,
) -> IngestReport:
    """Take the photos at and below some paths into a database.

    Args:
        database: is written in batches; a stop in between loses no finished batch.
        paths: folders and files; a file is taken whatever its name. URLs of objects, or of what
            their URLs begin with, such as `s3://bucket/photos`.
        thumb_res: width and height of thumbnails in pixels; a database that has tiles is refused
            if its own differ. Default: those of the database.
        executor: where photos are decoded; default: in this process.
        max_pixels: photos that need more pixels in memory are rejected.
        accept_truncated: whether photos whose end is missing are taken.
        retry_rejected: whether rejected files at and below the paths are read again though they
            have not changed.
        exclude: patterns of names or paths to pass over, as for `fnmatch`.
        dry_run: do all this on a copy of the database, and leave the database as it is.
        progress: called with how many photos are done, and what became of each.

    Raises:
        UsageError: a path does not exist.
        DatabaseError: the database cannot be written, or has thumbnails of another size.
        StorageError: object storage does not answer, or refuses; what was finished is kept.
    """
    started = time.perf_counter()
    roots = check_paths(paths)
    written = rehearsal(database.url) if dry_run else nullcontext(database)
    with written as target:
        given = executor or SerialExecutor(), max_pixels, accept_truncated
        work = _Ingest(target, *given, progress)
        is_ready, get_ready = partial(work.is_ready, thumb_res), partial(work.get_ready, thumb_res)
        with target.together(progress.wait, is_ready, get_ready):
            report, seen_at = work.run(roots, exclude, retry_rejected)
            if dry_run:
                report.read_again = count_outdated(target, seen_at)
            else:
                again = (work.options, work.executor, progress)
                report.read_again = read_outdated(target, seen_at, *again)
                fill_descriptors(target, executor=executor, progress=progress)
            report.scaled = count_scaled(target)
    report.seconds = time.perf_counter() - started
    return report


def rebuild(
    database: Database,
    thumb_res: Size | None = None,
    *,
    executor: Executor | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    accept_truncated: bool = False,
    progress: Progress = SILENT,
) -> int:
    """Make every thumbnail anew in another size; the tiles keep their ids.

    A tile whose photo can be read in none of its files is scaled from its old thumbnail, until an
    ingest finds the photo. If this is stopped, the next ingest goes on with it.

    Args:
        database: is written in batches.
        thumb_res: width and height of the new thumbnails in pixels; default: as they were.
        executor: where photos are decoded; default: in this process.
        max_pixels: larger photos are scaled from their old thumbnail.
        accept_truncated: whether photos whose end is missing are read.
        progress: called with how many photos are done, and what became of each.

    Returns:
        How many thumbnails were scaled from the old ones.
    """
    with database.alone(progress.wait):
        start_rebuild(database, thumb_res or database.thumb_res)
        given = executor or SerialExecutor(), max_pixels, accept_truncated
        return _Ingest(database, *given, progress).finish_rebuild()


def _check_thumb_res(database: Database, asked: Size | None) -> None:
    if asked is not None and not set_thumb_res(database, asked):
        has, wanted = ("x".join(map(str, size)) for size in (database.thumb_res, asked))
        raise DatabaseError(
            f"{database.name} has thumbnails of {has}, and thumb_res asks for {wanted}: "
            "make them all anew with --rebuild, or name another database with --db"
        )


def check_paths(paths: Iterable[str | Path]) -> list[str]:
    """Give the canonical form of some paths, each once.

    Raises:
        UsageError: one does not exist, or is empty; whether objects do, the ingest finds out.
    """
    paths = list(paths)
    if "" in paths:
        raise UsageError("an empty path is none: give . for the current folder")
    roots = list(dict.fromkeys(canonical_path(path) for path in paths))
    for root in roots:
        if not is_url(root) and not os.path.lexists(root):
            raise UsageError(f"{printable(root)}: no such file or folder")
    return roots


@dataclass(frozen=True, slots=True)
class _Ingest:
    database: Database
    executor: Executor
    max_pixels: int
    accept_truncated: bool
    progress: Progress

    @property
    def options(self) -> ReadOptions:
        """Give how photos are read: in the size that the database has now."""
        return ReadOptions(self.database.thumb_res, self.max_pixels, self.accept_truncated)

    def is_ready(self, thumb_res: Size | None) -> bool:
        """Say whether photos can be taken in at once, beside other ingests."""
        fits = thumb_res in (None, self.database.thumb_res)
        return fits and rebuild_progress(self.database) is None

    def get_ready(self, thumb_res: Size | None) -> None:
        """Set the size of thumbnails where there are none, and finish a rebuild, without others."""
        _check_thumb_res(self.database, thumb_res)
        self.finish_rebuild()

    def run(
        self, roots: list[str], exclude: Sequence[str], retry_rejected: bool
    ) -> tuple[IngestReport, datetime]:
        """Take the photos in; give what was done, and when the files were looked for."""
        passed_over = _PassedOver()
        if retry_rejected:
            mark_rejected_for_reading(self.database, roots)
        files = passed_over.sieve(find_files(roots, exclude))
        folders = [root for root in roots if is_url(root) or os.path.isdir(root)]
        survey = survey_files(self.database, files, folders, passed_over.paths)
        named = [root for root in roots if not os.path.isdir(root)]
        known = rejected_before(self.database, named, survey.seen_at)
        passed_over.rejected += known
        outcomes = Counter({Outcome.UNCHANGED: survey.unchanged - len(known)})
        if survey.pending:
            self.progress.begin("photos", survey.pending)
            read = partial(read_photo, options=self.options)
            pending = pending_files(self.database, survey.seen_at)
            with closing(self.executor.map(read, pending, lost_reading)) as readings:
                for batch in _timed_batches(readings):
                    batch_outcomes = record_readings(self.database, batch)
                    outcomes.update(batch_outcomes)
                    passed_over.rejected += _rejections(batch)
                    self.progress.advance(batch_outcomes)
            self.progress.end()
            # what another ingest has found meanwhile is that one's to read
            outcomes[Outcome.UNCHANGED] += survey.seen - len(known) - outcomes.total()
        report = IngestReport(
            seen=survey.seen,
            new=outcomes[Outcome.NEW],
            unchanged=outcomes[Outcome.UNCHANGED],
            duplicate=outcomes[Outcome.DUPLICATE],
            changed=outcomes[Outcome.CHANGED],
            moved=outcomes[Outcome.MOVED],
            missing=count_missing(self.database, folders),
            rejected=sorted(passed_over.rejected, key=lambda rejection: rejection.path),
            needed_extras=passed_over.needed_extras(),
            skipped_folders=passed_over.derivative_folders,
            tiles=count_tiles(self.database),
        )
        return report, survey.seen_at

    def finish_rebuild(self) -> int:
        left, scaled = rebuild_progress(self.database), 0
        if left is None:
            return scaled
        self.progress.begin("thumbnails", left)
        remake = partial(remake_thumbnail, options=self.options)
        stale = stale_tiles(self.database)
        with closing(self.executor.map(remake, stale, self._lost)) as remade:
            for batch in in_batches(remade, _TILES_A_REBUILD_BATCH):
                record_rebuilt(self.database, batch)
                scaled += sum(made.thumbnail is not None and made.tile is None for made in batch)
                self.progress.advance([None] * len(batch))
        self.progress.end()
        end_rebuild(self.database)
        return scaled

    def _lost(self, stale: StaleTile, _reason: str) -> Remade:
        return remake_thumbnail(replace(stale, paths=()), self.options)


@dataclass(slots=True)
class _PassedOver:
    """What a walk found and did not give to be read."""

    paths: list[str] = field(default_factory=list)
    """Files and folders whose photos are not missing."""
    rejected: list[Rejected] = field(default_factory=list)
    undecodable: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many files by extension and extra."""
    derivative_folders: int = 0

    def sieve(self, visits: Iterable[Visited]) -> Iterator[FileStat]:
        """Yield the files to take in, and note the others."""
        for visit in visits:
            if isinstance(visit, FileStat):
                yield visit
                continue
            if isinstance(visit, Skipped) and visit.holds_derivatives:
                self.derivative_folders += 1
                continue  # what an earlier version took from there is missing from now on
            self.paths.append(visit.path)
            if isinstance(visit, Rejected):
                self.rejected.append(visit)
            elif isinstance(visit, Undecodable):
                extension = os.path.splitext(visit.path)[1].lower()
                self.undecodable[extension, visit.extra] += 1

    def needed_extras(self) -> list[NeededExtra]:
        """Give the extras that would have more files read."""
        return [
            NeededExtra(extra, extension, files)
            for (extension, extra), files in sorted(self.undecodable.items())
        ]


def _rejections(readings: Iterable[Reading]) -> Iterator[Rejected]:
    for reading in readings:
        if isinstance(reading.content, Rejected):
            yield reading.content


def _timed_batches(readings: Iterable[Reading]) -> Iterator[list[Reading]]:
    """Cut readings into transactions: full ones, or smaller ones where photos take long."""
    batch: list[Reading] = []
    deadline = time.monotonic() + _SECONDS_A_TRANSACTION
    for reading in readings:
        batch.append(reading)
        if len(batch) == _READINGS_A_TRANSACTION or time.monotonic() > deadline:
            yield batch
            batch = []
            deadline = time.monotonic() + _SECONDS_A_TRANSACTION
    if batch:
        yield batch
