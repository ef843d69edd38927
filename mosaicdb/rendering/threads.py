"""Run a function over many items in threads, in their order."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

THREADS: Final = min(4, os.cpu_count() or 1)
"""How many run beside each other: each holds an item, so that more would take memory."""


def map_in_threads(function: Callable[[T], R], items: Iterable[T]) -> Generator[R, None, None]:
    """Yield `function(item)` for each item, in the items' order.

    Items are taken when they are needed: one more than there are threads is in memory. It gains
    time where the function spends its own in code that lets other threads run, as encoders do.

    Args:
        function: what to run; what it raises is raised here.
        items: its arguments; taken in the caller's thread.
    """
    ahead: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(THREADS, "mosaicdb")
    try:
        for item in items:
            ahead.append(pool.submit(function, item))
            if len(ahead) > THREADS:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
