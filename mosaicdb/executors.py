"""Run a function over many items: in this process or in others, by one protocol."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext
from typing import Final, Protocol, TypeVar

from .errors import MosaicdbError

T = TypeVar("T")
R = TypeVar("R")

_ITEMS_A_CHUNK: Final = 16
_CHUNKS_AHEAD: Final = 4  # a worker; more would only fill memory while the writer catches up


class Executor(Protocol):
    """Whatever can run a function over many items."""

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Generator[R, None, None]:
        """Yield `function(item)` for each item, in the items' order, as they are done.

        Items are taken from the iterable only a little ahead of the results that are fetched.
        Close the generator if you leave it early: that ends what runs.
        """
        ...


class SerialExecutor:
    """Run everything here, one item after the other."""

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Generator[R, None, None]:
        """Yield `function(item)` for each item."""
        for item in items:
            yield function(item)


class ProcessExecutor:
    """Run in worker processes, which are started when there is work and end with it.

    Args:
        workers: how many.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Generator[R, None, None]:
        """Yield `function(item)` for each item, in the items' order.

        Raises:
            MosaicdbError: a worker process died.
        """
        chunks = in_batches(items, _ITEMS_A_CHUNK)
        first = next(chunks, None)
        if first is None:
            return
        pool = ProcessPoolExecutor(self.workers, mp_context=_deaf_context(_module_of(function)))
        ahead: deque[Future[list[R]]] = deque()
        try:
            ahead.append(pool.submit(_run_chunk, function, first))
            while ahead:
                for chunk in islice(chunks, self.workers * _CHUNKS_AHEAD - len(ahead)):
                    ahead.append(pool.submit(_run_chunk, function, chunk))
                yield from ahead.popleft().result()
        except BrokenProcessPool as error:
            raise MosaicdbError(
                "a worker process died (out of memory?): run again, with fewer --workers"
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def make_executor(workers: int) -> Executor:
    """Give the executor for a number of processes; 1 needs no other process."""
    return SerialExecutor() if workers == 1 else ProcessExecutor(workers)


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut items into lists of `size`; the last may be shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _module_of(function: Callable[..., object]) -> str:
    return str(getattr(getattr(function, "func", function), "__module__", "__main__"))


def _deaf_context(module: str) -> ForkServerContext:
    """Give a context whose processes know a module and never hear Ctrl-C: their parent does."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([module])
    resource_tracker.ensure_running()  # first, since it ends the blocking of signals
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()  # it and its children inherit what is blocked now
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)
    return context


def _run_chunk(function: Callable[[T], R], chunk: list[T]) -> list[R]:
    return [function(item) for item in chunk]
