"""Run chunks of items on the workers of a Dask cluster, in child processes of each worker.

A photo that crashes or hangs its decoder only ends such a process, not the worker, and is
reported with the same reason as without a cluster.
"""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from multiprocessing.util import Finalize
from typing import Any, Final

from ..errors import MosaicdbError
from .processes import run_in_pool, start_pool

_IDLE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Lost:
    """The result of an item that was lost."""

    reason: str
    """Why, in one line."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is sent besides the items."""

    key: str
    """Identifies the job on the cluster."""
    function: Callable[[Any], Any]
    """Called with each item; workers must be able to import it."""
    deadline: float
    """Seconds that an item may take before its process is killed."""
    version: str
    """Version of mosaicdb of the client."""


def run_chunk(job: Job, items: list[Any]) -> list[Any]:
    """Run a job on items.

    Args:
        job: the function and its deadline.
        items: its arguments.

    Returns:
        For each item the result of the function, or `Lost`.

    Raises:
        MosaicdbError: this worker joined late and has another version of mosaicdb.
    """
    from distributed import get_worker

    worker = get_worker()
    here = own_version()
    if here != job.version:
        raise MosaicdbError(
            f"the worker {worker.address} has mosaicdb {here}, and this is {job.version}: "
            "install the same version everywhere"
        )
    workers = worker.state.nthreads
    with _pools_lock:
        if job.key not in _pools:
            _pools[job.key] = _Pool(job, workers)
            Finalize(None, end_job, [job.key], exitpriority=1)  # workers may be retired
        pool = _pools[job.key]
    with pool.in_use():
        return list(run_in_pool(pool, workers, job.function, items, _lost, job.deadline))


def end_job(key: str) -> None:
    """Kill the processes of a job, and prevent new ones."""
    with _pools_lock:
        _ended.add(key)
        pool = _pools.pop(key, None)
    if pool:
        pool.stop()


def own_version() -> str:
    """Return the installed version of mosaicdb."""
    return metadata.version("mosaicdb")


def _lost(_item: object, reason: str) -> Lost:
    return Lost(reason)


class _Pool:
    """The processes of a job, shared by its chunks.

    They also end after some idle time, since nobody calls `end_job` for an ingest that was
    killed.
    """

    def __init__(self, job: Job, workers: int) -> None:
        self._job = job
        self._workers = workers
        self._lock = threading.Lock()
        self._pool: Any = None
        self._futures: set[Future[Any]] = set()
        self._users = 0
        self._idle: threading.Timer | None = None

    @contextmanager
    def in_use(self) -> Iterator[None]:
        with self._lock:
            if self._job.key in _ended:
                raise MosaicdbError("this job was ended")  # nobody waits for the result
            if self._idle:
                self._idle.cancel()
            if self._pool is None or not self._pool.active:
                # Dask's workers are daemons, which cannot have children
                multiprocessing.current_process().daemon = False
                self._pool = start_pool(self._workers, self._job.function)
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._idle = threading.Timer(_IDLE_S, self._stop_if_idle)
                    self._idle.daemon = True
                    self._idle.start()

    def schedule(self, *arguments: Any, **options: Any) -> Any:
        with self._lock:
            future = self._pool.schedule(*arguments, **options)
            self._futures.add(future)
        future.add_done_callback(self._futures.discard)
        return future

    def stop(self) -> None:
        with self._lock:
            if self._idle:
                self._idle.cancel()
            if self._pool:
                self._pool.stop()
                for future in list(self._futures):
                    future.cancel()  # or its waiters would never wake
                self._pool.join()

    def _stop_if_idle(self) -> None:
        with self._lock:
            if self._pool and not self._users:
                self._pool.stop()
                self._pool.join()
                self._pool = None


_pools: Final[dict[str, _Pool]] = {}
_pools_lock: Final = threading.Lock()
_ended: Final[set[str]] = set()
