"""The JSON documents that the page reads, from a server and from a folder of files alike."""

import json
from collections.abc import Iterable
from typing import Any

from .contents import BLOCK_SIDE, MOST_FOUND, PHOTOS_A_PIECE, Block, Found, Growth, Photo, Summary


def as_json(value: Any) -> bytes:
    """Encode a document."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def summary_document(summary: Summary, **others: object) -> dict[str, object]:
    """Give what the page reads first.

    Args:
        summary: of the mosaic.
        others: what only a server, or only a folder of files, has to say.
    """
    return {
        "title": summary.title,
        "width": summary.size[0],
        "height": summary.size[1],
        "columns": summary.grid[0],
        "rows": summary.grid[1],
        "photos": summary.photos,
        "photoSide": summary.photo_side,
        "hasTarget": summary.has_target,
        "version": summary.version,
        "blockSide": BLOCK_SIDE,
        "photosAPiece": PHOTOS_A_PIECE,
        "mostFound": MOST_FOUND,
        **others,
    }


def block_document(block: Block) -> dict[str, object]:
    """Give a block of cells, row by row; distances are rounded to what people read."""
    costs = None if block.costs is None else block.costs.clip(0)
    return {
        "tiles": block.tile_ids.tolist(),
        "flipped": block.flipped.astype(int).tolist() if block.flipped.any() else None,
        "crops": None if block.crops is None else block.crops.tolist(),
        "distances": None if costs is None else (costs**0.5).round(3).tolist(),
        "names": block.names,
    }


def photos_document(photos: Iterable[Photo]) -> dict[str, object]:
    """Give photos by tile id."""
    return {
        str(photo.tile_id): {
            "name": photo.name,
            "path": photo.path,
            "isGone": photo.is_gone,
            "width": photo.size[0],
            "height": photo.size[1],
            "takenAt": photo.taken_at,
            "camera": photo.camera,
            "rgb": photo.mean_rgb,
            "uses": photo.uses,
            "places": photo.places,
        }
        for photo in photos
    }


def found_document(found: Iterable[Found]) -> list[object]:
    """Give what a search found: tile id, path, row and column each."""
    return [[one.tile_id, one.path, *one.place] for one in found]


def growth_document(growth: Growth) -> dict[str, object]:
    """Give how far a live mosaic has grown."""
    return {
        "version": growth.version,
        "photos": growth.photos,
        "cells": growth.cells,
        "newest": [[arrival.name, *arrival.place] for arrival in growth.newest],
        "changed": growth.changed,
    }


def waiting_document(waiting: Iterable[Found]) -> list[object]:
    """Give the photos that wait for a yes or no: tile id and name each."""
    return [[photo.tile_id, photo.path] for photo in waiting]
