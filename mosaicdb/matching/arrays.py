"""The array types of the room, and records of named numbers that kernels change in place."""

from collections.abc import Hashable
from functools import cache
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Indices: TypeAlias = NDArray[np.intp]
Flags: TypeAlias = NDArray[np.bool_]
AnyArray: TypeAlias = NDArray[Any]

Fields = TypeVar("Fields")
_DTYPES: dict[type, type] = {float: np.float64, int: np.int64}


def squared_distances(tiles: Floats, cells: Floats) -> Floats:
    """Give the squared distances of all rows of features, shape (tiles, cells)."""
    distances = np.zeros((len(tiles), len(cells)))
    for k in range(tiles.shape[1]):
        distances += np.square(tiles[:, k, None] - cells[None, :, k])
    return distances


def new_record(fields: type[Fields], **values: float) -> Fields:
    """Make a numpy record with the fields of a class: numbers that kernels share and change.

    Numba's tuples of arrays cannot hold a number that changes; a record in the tuple can, costs
    no more than an array element, and keeps its names.

    Args:
        fields: a class whose annotations, `int` or `float`, are the record's fields.
        values: the first value of every field.

    Raises:
        TypeError: a value has no field, or a field has the name of an attribute of `numpy.record`.
        KeyError: a field has no value.
    """
    record: AnyArray = np.zeros(1, _record_dtype(cast(Hashable, fields)))
    for name in fields.__annotations__:
        record[name] = values.pop(name)
    if values:
        raise TypeError(f"{fields.__name__} has no field {next(iter(values))!r}")
    return cast(Fields, record[0])


@cache
def _record_dtype(fields: Hashable) -> np.dtype[Any]:
    """Give a class's dtype, the same object every time: by that numba knows its type at once."""
    kinds = cast(type, fields).__annotations__
    if hidden := [name for name in kinds if hasattr(np.record, name)]:
        raise TypeError(f"{cast(type, fields).__name__}.{hidden[0]} would be hidden by numpy's own")
    columns = [(name, _DTYPES[kind]) for name, kind in kinds.items()]
    return np.dtype((np.record, columns))
