"""Numba in one place: the decorator of the kernels, and whether they are compiled already."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def kernel(function: Kernel) -> Kernel:
    """Compile a function once and keep the machine code on disk.

    No fast-math and no threads: every operation keeps its order, so that the same input gives
    the same answer on every machine.
    """
    decorate = numba.njit(cache=True, error_model="numpy")
    return cast(Kernel, decorate(function))


def is_cached(function: Callable[..., Any]) -> bool:
    """Say whether a kernel's machine code is in memory or in its cache on disk already."""
    dispatcher: Any = function
    if dispatcher.signatures:
        return True
    try:
        overloads = dispatcher._cache._cache_file._load_index()
    except (AttributeError, OSError):
        return False
    return bool(overloads)
