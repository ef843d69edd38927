"""Run a function over many items: in this process or in others, by one protocol."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from multiprocessing import forkserver, resource_tracker
from typing import Any, Final, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")

DEFAULT_DEADLINE_S: Final = 30.0
_ITEMS_A_CHUNK: Final = 4
_CHUNKS_AHEAD: Final = 16  # a worker; more would only fill memory while the writer catches up


class Executor(Protocol):
    """Whatever can run a function over many items."""

    def map(
        self, function: Callable[[T], R], items: Iterable[T], lost: Callable[[T, str], R]
    ) -> Generator[R, None, None]:
        """Yield `function(item)` for each item, in the items' order, as they are done.

        Items are taken from the iterable only a little ahead of the results that are fetched.
        Close the generator if you leave it early: that ends what runs.

        Args:
            function: is run once an item, or once more where a process died beside it.
            items: what to run it on.
            lost: gives the result of an item that killed its process or never ended, from the
                item and the reason.
        """
        ...


class SerialExecutor:
    """Run everything here, one item after the other: nothing can be lost but everything."""

    def map(
        self,
        function: Callable[[T], R],
        items: Iterable[T],
        lost: Callable[[T, str], R],  # noqa: ARG002 - of the protocol
    ) -> Generator[R, None, None]:
        """Yield `function(item)` for each item."""
        for item in items:
            yield function(item)


class ProcessExecutor:
    """Run in worker processes, which are started when there is work and end with it.

    Args:
        workers: how many.
        deadline: seconds that an item may take before its process is killed.
    """

    def __init__(self, workers: int, deadline: float = DEFAULT_DEADLINE_S) -> None:
        self.workers = workers
        self.deadline = deadline

    def map(
        self, function: Callable[[T], R], items: Iterable[T], lost: Callable[[T, str], R]
    ) -> Generator[R, None, None]:
        """Yield `function(item)` for each item, in the items' order.

        Items travel in chunks. Where a process dies or does not end in time, its chunk is done
        again item by item, which finds the one that did it.
        """
        chunks = in_batches(items, _ITEMS_A_CHUNK)
        first = next(chunks, None)
        if first is None:
            return
        with _on_behalf():
            pool = _start_pool(self.workers, function)
            run = _Run(pool, function, lost, self.deadline)
            ahead = deque([(first, run.start(first))])
        try:
            while ahead:
                for chunk in islice(chunks, self.workers * _CHUNKS_AHEAD - len(ahead)):
                    ahead.append((chunk, run.start(chunk)))
                yield from run.results(*ahead.popleft())
        finally:
            pool.stop()
            pool.join()


class _Run:
    """One function in one pool of processes."""

    def __init__(
        self, pool: Any, function: Callable[..., Any], lost: Callable[..., Any], deadline: float
    ) -> None:
        self.pool = pool
        self.function = function
        self.lost = lost
        self.deadline = deadline

    def start(self, chunk: list[Any]) -> Any:
        return self.pool.schedule(_run_chunk, args=(self.function, chunk), timeout=self.deadline)

    def results(self, chunk: list[Any], future: Any) -> Iterator[Any]:
        from pebble import ProcessExpired

        try:
            done = future.result()
        except TimeoutError:
            reason = f"it took longer than {self.deadline:g} s: allow more with --deadline"
        except ProcessExpired as error:
            reason = f"it killed the process that read it (exit code {error.exitcode})"
        else:
            yield from done
            return
        if len(chunk) == 1:
            yield self.lost(chunk[0], reason)
            return
        for item in chunk:
            yield from self.results([item], self.start([item]))


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut items into lists of `size`; the last may be shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


@contextmanager
def _on_behalf() -> Iterator[None]:
    """Let processes that start here hear no Ctrl-C and write no messages: their parent does both.

    Without this, decoders write to the terminal, and so do processes that are stopped while they
    start.
    """
    resource_tracker.ensure_running()  # first, since it ends the blocking of signals
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    written = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(written, 2)
        os.close(written)
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)


def _start_pool(workers: int, function: Callable[..., object]) -> Any:
    from pebble import ProcessPool

    module = getattr(getattr(function, "func", function), "__module__", "__main__")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([module])
    forkserver.ensure_running()
    return ProcessPool(workers, context=context)


def _run_chunk(function: Callable[[T], R], chunk: list[T]) -> list[R]:
    return [function(item) for item in chunk]
