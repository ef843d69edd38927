"""Run a function over many items in worker processes of this machine."""

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing import forkserver, resource_tracker
from typing import Any, Final, TypeVar

from ..errors import MosaicdbError
from .protocol import DEFAULT_DEADLINE_S

T = TypeVar("T")
R = TypeVar("R")

_FIRST_ITEMS_A_CHUNK: Final = 4
_MOST_ITEMS_A_CHUNK: Final = 32
_SECONDS_A_CHUNK: Final = 0.05  # long compared with its overhead, short compared with a deadline
_CANNOT_START: Final = (
    "the worker processes cannot start: they import the script that runs, which must be a file "
    'and do its work below `if __name__ == "__main__":`'
)
_STUCK: Final = (
    "the worker processes do not answer any more, as when another program has killed one of them: "
    "what was finished is kept: run the same command again"
)
_CHUNKS_AHEAD: Final = 8  # per worker; more would only take memory
_STARTING_S: Final = 60.0


class ProcessExecutor:
    """Run in worker processes, which are started on the first item and stopped after the last.

    Args:
        workers: how many.
        deadline: seconds that an item may take before its process is killed.

    Raises:
        MosaicdbError: a worker process has imported the script that started it.
    """

    def __init__(self, workers: int, deadline: float = DEFAULT_DEADLINE_S) -> None:
        if getattr(multiprocessing.current_process(), "_inheriting", False):
            raise MosaicdbError(_CANNOT_START)  # or a worker that imports the script would deadlock
        self.workers = workers
        self.deadline = deadline

    def map(
        self, function: Callable[[T], R], items: Iterable[T], lost: Callable[[T, str], R]
    ) -> Generator[R, None, None]:
        """Yield `function(item)` for each item, in the items' order."""
        iterator = iter(items)
        first = list(islice(iterator, 1))
        if not first:
            return
        pool = start_pool(self.workers, function)
        try:
            yield from run_in_pool(
                pool, self.workers, function, chain(first, iterator), lost, self.deadline
            )
        finally:
            pool.stop()
            pool.join()


def start_pool(workers: int, function: Callable[..., object]) -> Any:
    """Start worker processes.

    Args:
        workers: how many.
        function: its module is imported once, before forking.

    Returns:
        A pool of `pebble`, to be stopped and joined by the caller.
    """
    from pebble import ProcessPool

    module = getattr(getattr(function, "func", function), "__module__", "__main__")
    with shielded_children():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([module, __name__, "pebble"])
        forkserver.ensure_running()
        pool = ProcessPool(workers, context=context)
        pool.schedule(os.getpid)  # starts the processes
    return pool


def run_in_pool(
    pool: Any,
    workers: int,
    function: Callable[[T], R],
    items: Iterable[T],
    lost: Callable[[T, str], R],
    deadline: float,
) -> Iterator[R]:
    """Yield `function(item)` for each item, in the items' order.

    Items are sent in chunks, whose length adapts to their run time. If a process dies or exceeds
    the deadline, its chunk is run again item by item, to find the item that caused it.

    Args:
        pool: of processes; others may use it at the same time.
        workers: how many processes it has.
        function: what to run.
        items: its arguments.
        lost: called with an item that killed its process or exceeded the deadline, and the reason;
            returns its result.
        deadline: seconds that an item may take before its process is killed.

    Raises:
        MosaicdbError: a process does not import what it runs; or all wait for a lock of the pool
            that one held when another program killed it.
    """
    run = _Run(pool, function, lost, deadline)
    iterator = iter(items)
    ahead: deque[tuple[list[T], Any]] = deque()
    while True:
        while len(ahead) < workers * _CHUNKS_AHEAD:
            chunk = list(islice(iterator, run.items_a_chunk))
            if not chunk:
                break
            ahead.append((chunk, run.start(chunk)))
        if not ahead:
            return
        yield from run.results(*ahead.popleft())


class _Run:
    """A function that runs in a pool of processes."""

    def __init__(
        self, pool: Any, function: Callable[..., Any], lost: Callable[..., Any], deadline: float
    ) -> None:
        self.pool = pool
        self.function = function
        self.lost = lost
        self.deadline = deadline
        self.items_a_chunk = _FIRST_ITEMS_A_CHUNK

    def start(self, chunk: list[Any]) -> Any:
        return self.pool.schedule(_run_chunk, args=(self.function, chunk), timeout=self.deadline)

    def adapt(self, seconds_an_item: float) -> None:
        """Adapt the length of further chunks to the run time of items."""
        fitting = min(_SECONDS_A_CHUNK / max(seconds_an_item, 1e-6), _MOST_ITEMS_A_CHUNK)
        self.items_a_chunk = max(1, round(fitting))

    def results(self, chunk: list[Any], future: Any) -> Iterator[Any]:
        from pebble import ProcessExpired

        patience = _STARTING_S + (_CHUNKS_AHEAD + 1) * self.deadline
        try:
            # not concurrent.futures.wait: a future that is cancelled while it runs never wakes it
            done, seconds = future.result(patience)
        except TimeoutError:
            if not future.done():
                raise MosaicdbError(_STUCK) from None
            reason = f"it took longer than {self.deadline:g} s: allow more with --deadline"
        except BrokenProcessPool as error:
            raise MosaicdbError(_CANNOT_START) from error
        except ProcessExpired as error:
            reason = f"it killed the process that read it (exit code {error.exitcode})"
        else:
            self.adapt(seconds / len(chunk))
            yield from done
            return
        if len(chunk) == 1:
            yield self.lost(chunk[0], reason)
            return
        for item in chunk:
            yield from self.results([item], self.start([item]))


@contextmanager
def shielded_children() -> Iterator[None]:
    """Start processes inside with SIGINT blocked and stderr redirected to /dev/null.

    Only the parent handles Ctrl-C, and neither decoders nor processes that are stopped while
    they start write to the terminal.
    """
    previous_mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    saved_stderr = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        resource_tracker.ensure_running()  # now, since starting it unblocks signals
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        yield
    finally:
        os.dup2(saved_stderr, 2)
        os.close(saved_stderr)
        signal.pthread_sigmask(signal.SIG_SETMASK, previous_mask)


def _run_chunk(function: Callable[[T], R], chunk: list[T]) -> tuple[list[R], float]:
    """Run items; return their results and the seconds that they took."""
    started = time.perf_counter()
    return [function(item) for item in chunk], time.perf_counter() - started
