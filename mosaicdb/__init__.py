"""Photo mosaics from an incremental tile database, with provably optimal matching.

The names below are the library; each is imported when it is first used, so that
`import mosaicdb` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .errors import MosaicdbError
    from .executors import DaskExecutor, ProcessExecutor
    from .matching import match
    from .options import (
        DrawOptions,
        FeatureOptions,
        Framing,
        Importance,
        MatchOptions,
        MosaicOptions,
    )
    from .pipelines.ingest import IngestReport, ingest_photos
    from .pipelines.mosaic import render
    from .pipelines.selection import Choice
    from .records import Match, TileSet
    from .store import Database, load_tiles

__all__ = [
    "Choice",
    "DaskExecutor",
    "Database",
    "DrawOptions",
    "FeatureOptions",
    "Framing",
    "Importance",
    "IngestReport",
    "Match",
    "MatchOptions",
    "MosaicOptions",
    "MosaicdbError",
    "ProcessExecutor",
    "TileSet",
    "ingest_photos",
    "load_tiles",
    "match",
    "render",
]

_HOMES: Final = {
    "Choice": "pipelines.selection",
    "DaskExecutor": "executors",
    "Database": "store",
    "IngestReport": "pipelines.ingest",
    "DrawOptions": "options",
    "FeatureOptions": "options",
    "Framing": "options",
    "Importance": "options",
    "Match": "records",
    "MatchOptions": "options",
    "MosaicOptions": "options",
    "MosaicdbError": "errors",
    "ProcessExecutor": "executors",
    "TileSet": "records",
    "ingest_photos": "pipelines.ingest",
    "load_tiles": "store",
    "match": "matching",
    "render": "pipelines.mosaic",
}


def __getattr__(name: str) -> object:
    """Import a name of the library when it is first used."""
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
