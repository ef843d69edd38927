import numpy as np
import pytest

from mosaicdb import Database, load_tiles
from mosaicdb.photos.thumbnail import measure
from mosaicdb.store import load_thumbnails


def write(database: Database, statement: str, *values: object) -> None:
    with database.write() as connection:
        connection.exec_driver_sql(statement, values)


def test_signatures_are_loaded_where_they_are_asked_for(filled: Database) -> None:
    plain, tiles = load_tiles(filled), load_tiles(filled, signatures=True)
    assert plain.signatures is None
    assert plain.only(plain.ids[:3]).signatures is None
    assert np.array_equal(tiles.ids, plain.ids)
    assert np.array_equal(tiles.mean_rgb, plain.mean_rgb)
    assert tiles.signatures is not None
    assert (tiles.signatures.dtype, tiles.signatures.shape) == (np.uint8, (12, 6, 6, 3))
    for (_, jpeg), signature in zip(
        load_thumbnails(filled, tiles.ids.tolist()), tiles.signatures, strict=True
    ):
        assert signature.tobytes() == measure(jpeg).signature


def test_some_of_the_tiles_keep_their_signatures(filled: Database) -> None:
    tiles = load_tiles(filled, signatures=True)
    some = tiles.only(np.array([7, 2]))
    assert some.ids.tolist() == [2, 7]
    assert some.signatures is not None and tiles.signatures is not None
    assert np.array_equal(some.signatures, tiles.signatures[[2, 7]])


@pytest.mark.parametrize("value", [b"\0" * 108, b"\1" + b"\0" * 107, b"\0" * 107 + b"\xff"])
def test_every_byte_of_a_signature_is_loaded(value: bytes, filled: Database) -> None:
    write(filled, "UPDATE tile SET signature = ? WHERE id = 4", value)
    signatures = load_tiles(filled, signatures=True).signatures
    assert signatures is not None
    assert signatures[4].tobytes() == value


def test_where_a_signature_is_lacking_the_mean_colour_stands_in(filled: Database) -> None:
    write(filled, "UPDATE tile SET signature = NULL WHERE id IN (3, 8)")
    whole = load_tiles(filled, signatures=True)
    assert whole.signatures is not None
    for place in (3, 8):
        parts = whole.signatures[place].reshape(36, 3)
        assert (parts == whole.mean_rgb[place].round()).all()
    assert any((parts != parts[0, 0]).any() for parts in whole.signatures)
