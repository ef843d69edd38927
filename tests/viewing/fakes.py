"""What a server may show in tests."""

import numpy as np

from mosaicdb.viewing import Block, Found, Photo, Summary

PORT = 8765


class FakeContents:
    """Shows one cell, whose photo is called `<b>`."""

    summary = Summary("<i>", (8, 6), (1, 1), 1, 640, True, "v")

    def block(self, row: int, column: int) -> Block | None:
        if (row, column) != (0, 0):
            return None
        return Block(np.array([[7]]), np.array([[False]]), None, np.array([[4.0]]), {7: "<b>"})

    def photos(self, piece: int) -> list[Photo]:
        return [Photo(7, "<b>", "/a/<b>", False, (1, 1), "", "", (1, 2, 3), 1, [(0, 0)])]

    def photo_jpeg(self, tile_id: int) -> bytes | None:
        if tile_id == 5:
            raise OSError(28, "No space left on device", "photos.db-shm")
        return b"photo" if tile_id == 7 else None

    def tile_jpeg(self, level: int, column: int, row: int) -> bytes | None:
        return b"tile" if (level, column, row) == (0, 0, 0) else None

    def target_jpeg(self) -> bytes | None:
        return None

    def search(self, text: str) -> list[Found]:
        return [Found(7, "/a/<b>", (0, 0))]
