"""Select the tiles that a mosaic may be made of, and tell which show the same picture."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..batches import in_batches
from ..crops import DEFAULT_ZOOM
from ..errors import MatchingError, printable
from ..executors import Executor, SerialExecutor
from ..options import EVERY_TILE, Selection
from ..perception import group_near
from ..photos import stored_greys
from ..records import GREY_SIDE, NEAR_LIKENESS, TileSet
from ..store import (
    Database,
    LoadedCrops,
    TileFiles,
    all_thumbnails,
    banned_tiles,
    files_of_tiles,
    load_crops,
    load_tile_photos,
    load_tiles,
    tiles_where,
    tiles_without_file,
)
from .backfill import fill_descriptors
from .progress import SILENT, Progress
from .wishes import find_wishes
from .wording import counted

_THUMBNAILS_A_BATCH: Final = 128


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """The tiles that the match of a mosaic could choose from: an edit brings in no others."""

    before: int | None
    """Tiles numbered from this on were not there; None: unknown, so that all are in it."""
    placed: NDArray[np.int64]
    """Ids of tiles that stay though their photos are missing by now."""
    named: NDArray[np.int64]
    """Ids of tiles that come in, though they were not there."""


def select_tiles(
    database: Database,
    selection: Selection = EVERY_TILE,
    *,
    pool: Pool | None = None,
    wished: NDArray[np.int64] | None = None,
    signatures: bool = False,
    zoom: float = 1.0,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> TileSet:
    """Load the tiles that a mosaic may be made of.

    The largest of several photos of the same picture is the largest among those that are not
    missing and for which the condition holds.

    Args:
        database: gets the descriptors that its tiles lack, if they are needed.
        selection: which tiles.
        pool: those that may be among them; None: all.
        wished: ids of tiles that stay though larger photos show the same; None: those that the
            selection wishes to see.
        signatures: whether to load their signatures too.
        zoom: which crops they may show: see `mosaicdb.crops.crops_of`.
        executor: where thumbnails are decoded; default: in this process.
        progress: called with how many thumbnails are decoded, with how many tiles are left out
            because their photos are missing, and with what lacks of crops.

    Raises:
        UsageError: the condition is wrong.
        MatchingError: it holds for no tile, or for tiles alone whose photos are missing.
        DatabaseError: there are no tiles, or a rebuild stopped half-way.
    """
    if signatures:
        fill_descriptors(database, executor=executor, progress=progress)
    tiles = load_tiles(database, signatures)
    tiles = _select(database, selection, tiles, pool, wished, executor, progress)
    if zoom <= 1:
        return tiles
    loaded = load_crops(database, tiles.ids, zoom)
    _tell_lack(loaded, len(tiles), zoom, progress)
    return replace(tiles, crops=loaded.crops if len(loaded.crops) else None)


def _tell_lack(loaded: LoadedCrops, tiles: int, zoom: float, progress: Progress) -> None:
    """Say which photos have fewer crops than others.

    Small photos are told of only where closer crops are asked for than usual.
    """
    if loaded.unread:
        progress.notice(
            f"{loaded.unread:,} of {counted(tiles, 'photo')} show their middle alone, since they "
            "were read by an earlier version, or could not be found when thumbnails changed: "
            "`mosaicdb ingest` reads again what it finds"
        )
    if loaded.too_small and zoom > DEFAULT_ZOOM:
        progress.notice(
            f"{counted(loaded.too_small, 'crop')} of {counted(loaded.photos_too_small, 'photo')} "
            "have fewer pixels than a thumbnail: they are left out"
        )


def _select(
    database: Database,
    selection: Selection,
    tiles: TileSet,
    pool: Pool | None,
    wished: NDArray[np.int64] | None,
    executor: Executor | None,
    progress: Progress,
) -> TileSet:
    if selection.where is not None:
        tiles = tiles.only(np.array(tiles_where(database.url, selection.where), np.int64))
        if not len(tiles):
            raise MatchingError(
                f"no tile is left: the condition {printable(selection.where)!r} holds for none"
            )
    if selection.without is not None:
        tiles = _without(database, tiles, selection.without)
    tiles = _without_banned(database, tiles)
    if pool is not None and pool.before is not None:
        known = tiles.ids[tiles.ids < pool.before]
        tiles = tiles.only(np.union1d(known, pool.named))
    if not selection.with_missing:
        placed = np.zeros(0, np.int64) if pool is None else pool.placed
        tiles = _with_file(database, tiles, placed, progress)
    if selection.distinct or selection.alike:
        groups = group_tiles(database, executor=executor, progress=progress)
        if selection.distinct:  # which leaves one tile of each group, and those that are wished
            if wished is None:
                wished = find_wishes(database, selection).ids
            surplus = groups.surplus(tiles.ids, wished)
            return tiles.only(np.setdiff1d(tiles.ids, surplus))
        return replace(tiles, owners=groups.owners(tiles.ids))
    return tiles


def _without(database: Database, tiles: TileSet, condition: str) -> TileSet:
    """Leave out the tiles for which a condition holds."""
    unwanted = np.array(tiles_where(database.url, condition), np.int64)
    left = np.setdiff1d(tiles.ids, unwanted)
    if not len(left):
        raise MatchingError(
            f"no tile is left: the condition {printable(condition)!r} leaves out all of them"
        )
    return tiles.only(left)


def _without_banned(database: Database, tiles: TileSet) -> TileSet:
    """Leave out the tiles whose photos are banned."""
    left = np.setdiff1d(tiles.ids, banned_tiles(database))
    if len(left) == len(tiles):
        return tiles
    if not len(left):
        photos = counted(len(tiles), "photo")
        raise MatchingError(
            f"no tile is left: {photos} banned, and no others to choose from; `mosaicdb ban` "
            "lists them, `mosaicdb unban` lets them in again"
        )
    return tiles.only(left)


def _with_file(
    database: Database, tiles: TileSet, placed: NDArray[np.int64], progress: Progress
) -> TileSet:
    """Leave out the tiles whose photo no file holds any more, but for some that are placed."""
    gone = np.setdiff1d(tiles_without_file(database), placed)
    present = np.setdiff1d(tiles.ids, gone)
    missing = len(tiles) - len(present)
    if not missing:
        return tiles
    photos = counted(missing, "photo")
    if not len(present):
        raise MatchingError(
            f"no tile is left: {photos} missing when last looked for, and no others to choose "
            "from; mount their disk and ingest again, or add --with-missing"
        )
    progress.notice(f"{photos} left out, missing when last looked for: --with-missing uses them")
    return tiles.only(present)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Which tiles belong together: arrays of one row a tile, the best of each group first."""

    ids: NDArray[np.int64]
    """Tile ids, shape (tiles,); within a group by descending size of the photo, then by id."""
    labels: NDArray[np.intp]
    """A number for each tile, the same for all of its group, ascending; shape (tiles,)."""

    def surplus(
        self, ids: NDArray[np.int64], wished: NDArray[np.int64] | None = None
    ) -> NDArray[np.int64]:
        """Give those of some tiles that are not the largest of their group among these.

        Tiles that are wished stay, and stand for their group.
        """
        given = np.isin(self.ids, ids)
        tiles, labels = self.ids[given], self.labels[given]
        stays = np.isin(tiles, [] if wished is None else wished)
        order = np.lexsort((np.arange(len(tiles)), ~stays, labels))
        tiles, labels, stays = tiles[order], labels[order], stays[order]
        repeated = labels[1:] == labels[:-1]
        smaller: NDArray[np.int64] = tiles[1:][repeated & ~stays[1:]]
        return smaller

    def owners(self, ids: NDArray[np.int64]) -> NDArray[np.intp]:
        """Give each of some tiles its group's number; one that is in no group gets its own."""
        order = np.argsort(self.ids)
        places = np.searchsorted(self.ids, ids, sorter=order).clip(max=max(len(order) - 1, 0))
        owners: NDArray[np.intp] = np.arange(len(ids)) + self.labels.max(initial=-1) + 1
        if len(order):
            known = self.ids[order[places]] == ids
            owners[known] = self.labels[order[places[known]]]
        return owners


def group_tiles(
    database: Database,
    likeness: float = NEAR_LIKENESS,
    *,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Groups:
    """Group all tiles by what they show: see `mosaicdb.perception.group_near`.

    Args:
        database: is read. Tiles whose thumbnail is damaged are left out.
        likeness: the least agreement of two tiles' edges, up to 1.
        executor: where thumbnails are decoded; default: in this process.
        progress: called with how many thumbnails are decoded.

    Raises:
        DatabaseError: a rebuild stopped half-way.
    """
    photos = load_tile_photos(database)
    readable, greys = decode_greys(database, photos.ids, executor=executor, progress=progress)
    order = np.lexsort((photos.ids, -photos.pixels))
    order = order[readable[order]]
    labels = group_near(greys[order], photos.mean_rgb[order], likeness)
    together = np.argsort(labels, kind="stable")
    return Groups(photos.ids[order][together], labels[together])


def decode_greys(
    database: Database,
    ids: NDArray[np.int64],
    *,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """Decode the thumbnails of tiles to small grey pictures.

    Args:
        database: is read.
        ids: of the tiles, ascending, shape (tiles,).
        executor: where thumbnails are decoded; default: in this process.
        progress: called with how many thumbnails are decoded.

    Returns:
        Which thumbnails could be decoded, shape (tiles,), and their lightness, 0 to 255, shape
        (tiles, GREY_SIDE, GREY_SIDE).
    """
    readable = np.zeros(len(ids), bool)
    greys = np.zeros((len(ids), GREY_SIDE, GREY_SIDE), np.uint8)
    pages = in_batches(all_thumbnails(database), _THUMBNAILS_A_BATCH)
    progress.begin("look-alikes", len(ids))
    with closing((executor or SerialExecutor()).map(stored_greys, pages, _lost)) as decoded:
        for batch in decoded:
            held = [(tile_id, grey) for tile_id, grey in batch if grey is not None]
            wanted = np.array([tile_id for tile_id, _ in held], np.int64)
            rows = np.searchsorted(ids, wanted).clip(max=len(ids) - 1)
            for row, (tile_id, grey) in zip(rows.tolist(), held, strict=True):
                if ids[row] == tile_id:  # not one that was added meanwhile
                    readable[row] = True
                    greys[row] = np.frombuffer(grey, np.uint8).reshape(greys.shape[1:])
            progress.advance([None] * len(batch))
    progress.end()
    return readable, greys


def _lost(page: Sequence[tuple[int, bytes]], _reason: str) -> list[tuple[int, bytes | None]]:
    return [(tile_id, None) for tile_id, _ in page]


def find_duplicates(
    database: Database,
    likeness: float = NEAR_LIKENESS,
    *,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> list[list[TileFiles]]:
    """List the groups of tiles that show the same picture, each group's largest photo first.

    Only tiles whose photos are still there count: what is listed can be compared.

    Args:
        database: as for `group_tiles`.
        likeness: as for `group_tiles`.
        executor: as for `group_tiles`.
        progress: as for `group_tiles`.

    Returns:
        Groups of at least two tiles, by the lowest id in each.
    """
    groups = group_tiles(database, likeness, executor=executor, progress=progress)
    sizes = np.bincount(groups.labels, minlength=1)
    together = sizes[groups.labels] > 1
    ids, labels = groups.ids[together], groups.labels[together]
    files = {held.tile_id: held for held in files_of_tiles(database, ids.tolist())}
    listed: dict[int, list[TileFiles]] = {}
    for tile_id, label in zip(ids.tolist(), labels.tolist(), strict=True):
        if tile_id in files:
            listed.setdefault(label, []).append(files[tile_id])
    return sorted((group for group in listed.values() if len(group) > 1), key=_lowest_id)


def _lowest_id(group: Iterable[TileFiles]) -> int:
    return min(held.tile_id for held in group)
