"""Numba in one place: the decorator of the kernels, and whether they are compiled already."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

# Numba's stubs do not know all of these.
OUTER: dict[str, Any] = {"cache": True, "error_model": "numpy", "no_cfunc_wrapper": True}
ALLOCATING: dict[str, Any] = OUTER | {"cache": False, "no_cpython_wrapper": True, "_nrt": True}
INNER: dict[str, Any] = ALLOCATING | {"_nrt": False}
"""`_nrt`: whether a function counts references. One that does not say so does as its caller."""


def kernel(function: Kernel) -> Kernel:
    """Compile a function once and keep the machine code on disk.

    No fast-math and no threads: every operation keeps its order, so that the same input gives
    the same answer on every machine.
    """
    try:
        dispatcher = numba.njit(**OUTER)(function)
    except RuntimeError:  # numba found no folder that it may write to
        return cast(Kernel, numba.njit(**OUTER | {"cache": False})(function))
    _forget_other_versions(dispatcher)
    _keep_if_possible(dispatcher)
    return cast(Kernel, dispatcher)


def _forget_other_versions(dispatcher: Any) -> None:
    """Empty a kernel's cache that cannot be read: it names classes of another version of this room.

    Numba would read it before it asks how old it is, and fail.
    """
    with suppress(AttributeError, OSError):  # no cache: numba is switched off, or it has none
        cache = dispatcher._cache._cache_file
        try:
            cache._load_index()
        except (AttributeError, ImportError):
            cache.flush()


def _keep_if_possible(dispatcher: Any) -> None:
    """Let a kernel do without its machine code on disk where that is full, or may not be written.

    Numba would fail, though the code is in memory; the next process has to compile it again.
    """
    with suppress(AttributeError):  # numba is switched off
        save = dispatcher._cache.save_overload

        def save_or_not(signature: object, data: object) -> None:
            with suppress(OSError):
                save(signature, data)

        dispatcher._cache.save_overload = save_or_not


def inner_kernel(function: Kernel) -> Kernel:
    """Compile a function that only kernels call: Python cannot, and it is kept with its callers.

    Doing without a way in from Python, and without a file, takes a third off the first compile.

    It may not make arrays, nor copy one into another: it counts no references. Otherwise each call
    counts those of all arrays in its arguments, one by one with atomic instructions: a microsecond
    for a search's whole state, which was a third of the time of a match.
    """
    return cast(Kernel, numba.njit(**INNER)(function))


def allocating_kernel(function: Kernel) -> Kernel:
    """Compile a function that only kernels call, and that makes arrays or copies them."""
    return cast(Kernel, numba.njit(**ALLOCATING)(function))


def inlined_kernel(function: Kernel) -> Kernel:
    """Compile a short function into each of its callers, as if it were written there.

    LLVM leaves calls with many arrays as calls, which cost 3 % of a search in its innermost loop.
    """
    return cast(Kernel, numba.njit(inline="always", **INNER)(function))


def typed(number: int) -> int:
    """Give a constant that kernels pass to each other the type of all other integers.

    A plain 12 is of a type of its own to numba, for which it compiles all that is called with it
    once more: an eighth of the time of a first compile.
    """
    return cast(int, np.int64(number))


def is_cached(function: Callable[..., Any]) -> bool:
    """Say whether a kernel's machine code for this processor is in memory or on disk already."""
    dispatcher: Any = function
    if getattr(dispatcher, "signatures", True):  # a plain function where numba is switched off
        return True
    try:
        kept_for = [key[1] for key in dispatcher._cache._cache_file._load_index()]
    except (AttributeError, OSError):
        return False
    return bool(dispatcher.targetctx.codegen().magic_tuple() in kept_for)


def cache_folder(function: Callable[..., Any]) -> Path | None:
    """Give the folder where a kernel's machine code is kept, or None if it is not kept."""
    dispatcher: Any = function
    path = dispatcher._cache.cache_path
    return None if path is None else Path(path)
