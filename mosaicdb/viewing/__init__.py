"""Viewing: a page on which people look at a mosaic photo by photo, served or written as files."""

from .contents import (
    BLOCK_SIDE,
    MOST_FOUND,
    PHOTOS_A_PIECE,
    PLACES_A_PHOTO,
    Arrival,
    Block,
    Contents,
    Editor,
    Found,
    Growth,
    Live,
    Photo,
    Place,
    Summary,
)
from .guard import Access
from .server import listen, make_app, make_server
from .site import PICTURE, foreign_file, is_site, write_site

__all__ = [
    "BLOCK_SIDE",
    "MOST_FOUND",
    "PHOTOS_A_PIECE",
    "PICTURE",
    "PLACES_A_PHOTO",
    "Access",
    "Arrival",
    "Block",
    "Contents",
    "Editor",
    "Found",
    "Growth",
    "Live",
    "Photo",
    "Place",
    "Summary",
    "foreign_file",
    "is_site",
    "listen",
    "make_app",
    "make_server",
    "write_site",
]
