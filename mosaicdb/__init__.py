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
    from .model import (
        DrawOptions,
        FeatureOptions,
        Framing,
        Importance,
        Match,
        MatchOptions,
        MosaicOptions,
        TileSet,
    )
    from .mosaic import render
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
    "Choice": "choice",
    "DaskExecutor": "executors",
    "Database": "store",
    "IngestReport": "ingest",
    "DrawOptions": "model",
    "FeatureOptions": "model",
    "Framing": "model",
    "Importance": "model",
    "Match": "model",
    "MatchOptions": "model",
    "MosaicOptions": "model",
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
