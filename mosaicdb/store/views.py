"""Views: questions that people ask, each with a comment on what it answers."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    CompoundSelect,
    Integer,
    Select,
    Text,
    cast,
    exists,
    extract,
    func,
    literal,
    select,
    union_all,
)

from ..crops import CROP_BYTES
from .schema import (
    CAPTURE_COLUMNS,
    crop_descriptor,
    file,
    map_row,
    mosaic,
    placement,
    thumbnail,
    tile,
)


@dataclass(frozen=True, slots=True)
class View:
    """A question that people ask, kept in the database under a name."""

    name: str
    """Name in SQL."""
    comment: str
    """What it answers, in a line."""
    query: Select[Any] | CompoundSelect[Any]
    """The statement behind it."""


def _map_views() -> tuple[View, ...]:
    """Give the views by which programs that read MBTiles 1.3 show the newest mosaic."""
    newest = select(func.max(mosaic.c.id)).scalar_subquery()
    placed = map_row.join(
        placement,
        (placement.c.mosaic_id == map_row.c.mosaic_id) & (placement.c.row == map_row.c.row),
    ).join(thumbnail, thumbnail.c.tile_id == placement.c.tile_id)
    tiles = (
        select(
            map_row.c.zoom_level,
            placement.c.column.label("tile_column"),
            map_row.c.tile_row,
            thumbnail.c.jpeg.label("tile_data"),
        )
        .select_from(placed)
        .where(map_row.c.mosaic_id == newest)
    )
    zoom = select(func.max(map_row.c.zoom_level)).where(map_row.c.mosaic_id == newest)
    values = {
        "name": select(mosaic.c.output).where(mosaic.c.id == newest).scalar_subquery(),
        "format": literal("jpg"),
        "type": literal("baselayer"),
        "minzoom": cast(zoom.scalar_subquery(), Text),
        "maxzoom": cast(zoom.scalar_subquery(), Text),
    }
    rows = [
        select(literal(name).label("name"), value.label("value")) for name, value in values.items()
    ]
    return (
        View(
            "tiles",
            "the newest mosaic as a map, in the columns of MBTiles 1.3: a tile a cell, at one zoom "
            "level, from thumbnails as they are, neither mirrored nor cropped",
            tiles,
        ),
        View("metadata", "what MBTiles 1.3 says of the map", union_all(*rows)),
    )


def _views() -> tuple[View, ...]:
    uses = select(placement.c.tile_id, func.count().label("uses")).group_by(placement.c.tile_id)
    uses_by_tile = uses.subquery("uses_by_tile")
    earlier = file.alias("earlier")
    is_not_first = exists().where(
        earlier.c.tile_id == file.c.tile_id, earlier.c.id < file.c.id, ~earlier.c.missing
    )
    colours = (tile.c.mean_r, tile.c.mean_g, tile.c.mean_b)
    captured = [tile.c[name] for name in CAPTURE_COLUMNS]
    photo = (tile.c.width, tile.c.height, tile.c.format, *captured)
    crops = func.coalesce(func.length(crop_descriptor.c.crops) / CROP_BYTES, 0).label("crops")
    means = [func.avg(colour).label(colour.name) for colour in colours]
    hour = cast(extract("hour", tile.c.taken_at), Integer).label("hour")
    shared = select(file.c.tile_id).group_by(file.c.tile_id).having(func.count() > 1)
    # not by a least id a tile: a question about one tile would group all files
    tiles_with_path = tile.outerjoin(
        file, (file.c.tile_id == tile.c.id) & ~file.c.missing & ~is_not_first
    )
    return (
        View(
            "tile_stats",
            "tiles with the path of their first file, mean colours, how photos were taken, and how "
            "many crops of them can be shown beside the thumbnail",
            select(tile.c.id.label("tile_id"), file.c.path, *colours, *photo, crops).select_from(
                tiles_with_path.outerjoin(crop_descriptor, crop_descriptor.c.tile_id == tile.c.id)
            ),
        ),
        View(
            "tile_uses",
            "tiles by number of uses over the mosaics that are kept: what is rendered again to the "
            "same file replaces what was there",
            select(
                tile.c.id.label("tile_id"),
                func.coalesce(uses_by_tile.c.uses, 0).label("uses"),
                file.c.path,
            )
            .select_from(
                tiles_with_path.outerjoin(uses_by_tile, uses_by_tile.c.tile_id == tile.c.id)
            )
            .order_by(func.coalesce(uses_by_tile.c.uses, 0).desc(), tile.c.id),
        ),
        View(
            "shared_tile",
            "files that share a tile: the same bytes under several paths",
            select(file.c.tile_id, file.c.id.label("file_id"), file.c.path, file.c.missing)
            .where(file.c.tile_id.in_(shared))
            .order_by(file.c.tile_id, file.c.id),
        ),
        View(
            "colour_by_hour",
            "mean colours of the collection by the hour of the day photos were taken",
            select(hour, func.count().label("tiles"), *means)
            .where(tile.c.taken_at.is_not(None))
            .group_by(hour)
            .order_by(hour),
        ),
        View(
            "rejected_file",
            "rejected files by reason",
            select(file.c.error.label("reason"), file.c.id.label("file_id"), file.c.path)
            .where(file.c.error.is_not(None))
            .order_by(file.c.error, file.c.id),
        ),
    )


views: Final = _views() + _map_views()
