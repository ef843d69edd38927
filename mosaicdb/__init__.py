"""Photo mosaics from an incremental tile database, with provably optimal matching.

The names below are the library; each is imported when it is first used, so that
`import mosaicdb` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .choice import Choice
    from .errors import MosaicdbError
    from .executors import DaskExecutor, ProcessExecutor
    from .ingest import IngestReport, ingest_photos
    from .matching import match
    from .model import Match, MatchOptions, TileSet
    from .mosaic import render
    from .store import Database, load_tiles

__all__ = [
    "Choice",
    "DaskExecutor",
    "Database",
    "IngestReport",
    "Match",
    "MatchOptions",
    "MosaicdbError",
    "ProcessExecutor",
    "TileSet",
    "ingest_photos",
    "load_tiles",
    "match",
    "render",
]

_HOMES: Final = {
    "Choice": "choice",
    "DaskExecutor": "executors",
    "Database": "store",
    "IngestReport": "ingest",
    "Match": "model",
    "MatchOptions": "model",
    "MosaicdbError": "errors",
    "ProcessExecutor": "executors",
    "TileSet": "model",
    "ingest_photos": "ingest",
    "load_tiles": "store",
    "match": "matching",
    "render": "mosaic",
}


def __getattr__(name: str) -> object:
    """Import a name of the library when it is first used."""
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
