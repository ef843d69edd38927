"""Open the database that is configured, and tell what about it is configured otherwise."""

import argparse
from typing import TYPE_CHECKING

from ..config import Config
from ..errors import printable
from .output import say

if TYPE_CHECKING:
    from ..pipelines.database import Database


def open_configured(options: argparse.Namespace, config: Config) -> "Database":
    """Open the database, and tell if its thumbnails have another size than the configuration says.

    Raises:
        DatabaseError: there is none, or it cannot be opened.
    """
    from ..pipelines.database import open_existing

    database = open_existing(config.database)
    if other := other_thumb_res(config, database):
        say(options, other)
    return database


def other_thumb_res(config: Config, database: "Database") -> str:
    """Say that a database has thumbnails of another size than was asked for; else nothing."""
    if "thumb_res" not in config.sources or config.thumb_res == database.thumb_res:
        return ""
    asked, has = ("x".join(map(str, size)) for size in (config.thumb_res, database.thumb_res))
    return (
        f"thumb_res is {asked} by {printable(config.sources['thumb_res'])}, but the thumbnails in "
        f"{database.name} are {has}: `mosaicdb ingest --rebuild` makes them anew"
    )
