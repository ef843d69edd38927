"""Run a function over many items on a Dask cluster, remote or local."""

import logging
import tempfile
import time
import uuid
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import metadata
from itertools import chain, islice
from typing import Any, Final, TypeVar

from ..batches import in_batches
from ..errors import MissingExtraError, MosaicdbError, printable
from .on_worker import Job, Lost, end_job, own_version, run_chunk
from .processes import shielded_children
from .protocol import DEFAULT_DEADLINE_S

T = TypeVar("T")
R = TypeVar("R")

_PACKAGE: Final = "mosaicdb"
_ITEMS_A_CHUNK: Final = 64
_CHUNKS_AHEAD: Final = 4  # per thread of the workers
_COUNT_WORKERS_S: Final = 1.0
_CONNECT_S: Final = 10.0
_LOOK_FOR_WORKERS_S: Final = 30.0
_DEATHS_OF_LOCAL_WORKERS: Final = 1  # that a chunk may cause; other clusters set their own
_LOGGERS: Final = ("asyncio", "distributed", "distributed.client", "tornado", "tornado.application")


class DaskExecutor:
    """Run on the workers of a Dask cluster.

    Items are sent in chunks to workers and run there in child processes. The chunk of a worker
    that is lost is run again by another; a chunk that several workers died of is run again item
    by item, each alone on the cluster, to find the item that caused it.

    Args:
        scheduler: address of a cluster's scheduler, such as `tcp://10.0.0.1:8786`; None: a local
            cluster is started on the first item and stopped after the last.
        workers: of the local cluster.
        deadline: seconds that an item may take before its process is killed.
    """

    def __init__(
        self,
        scheduler: str | None = None,
        *,
        workers: int = 1,
        deadline: float = DEFAULT_DEADLINE_S,
    ) -> None:
        self.scheduler = scheduler
        self.workers = workers
        self.deadline = deadline

    def map(
        self, function: Callable[[T], R], items: Iterable[T], lost: Callable[[T, str], R]
    ) -> Generator[R, None, None]:
        """Yield `function(item)` for each item, in the items' order.

        Raises:
            MissingExtraError: Dask is not installed.
            MosaicdbError: the scheduler does not answer, or has no workers; it or a worker has
                another version of mosaicdb, or none.
        """
        chunks = in_batches(items, _ITEMS_A_CHUNK)
        first = next(chunks, None)
        if first is None:
            return
        version = own_version()
        with self._connected() as client, _explained_disconnection(client):
            _check_versions(client, version)
            job = Job(uuid.uuid4().hex, function, self.deadline, version)
            run = _Run(client, job, lost)
            try:
                yield from run.results(chain([first], chunks))
            finally:
                run.end()

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        try:
            import distributed  # noqa: F401 - sets up the loggers to silence
        except ImportError as error:
            raise MissingExtraError("the executor dask", "dask") from error
        with ExitStack() as stack:
            stack.enter_context(_silence())
            address = self.scheduler or stack.enter_context(_local_cluster(self.workers))
            yield stack.enter_context(_client(address))


class _Run:
    """A job on a cluster."""

    def __init__(self, client: Any, job: Job, lost: Callable[..., Any]) -> None:
        self.client = client
        self.job = job
        self.lost = lost
        self.ahead: deque[tuple[list[Any], Any]] = deque()
        self.threads = 1
        self.count_again = 0.0

    def results(self, chunks: Iterator[list[Any]]) -> Iterator[Any]:
        from distributed import KilledWorker

        while True:
            for chunk in islice(chunks, max(0, self.room() - len(self.ahead))):
                self.ahead.append((chunk, self.start(chunk)))
            if not self.ahead:
                return
            chunk, future = self.ahead.popleft()
            try:
                received = self.received(chunk, future)
            except KilledWorker:
                self.settle([other for _, other in self.ahead])
                yield from map(self.alone, chunk)
            else:
                yield from received

    def room(self) -> int:
        """Return how many chunks may be submitted; the size of a cluster may change."""
        now = time.monotonic()
        if now > self.count_again:
            self.threads = max(1, sum(self.client.nthreads().values()))
            self.count_again = now + _COUNT_WORKERS_S
        return self.threads * _CHUNKS_AHEAD

    def start(self, chunk: list[Any]) -> Any:
        return self.client.submit(run_chunk, self.job, chunk, pure=False)

    def received(self, chunk: list[Any], future: Any) -> list[Any]:
        self.settle([future])
        return [
            self.lost(item, result.reason) if isinstance(result, Lost) else result
            for item, result in zip(chunk, future.result(), strict=True)
        ]

    def alone(self, item: Any) -> Any:
        """Run one item while nothing else runs, so that it must be the cause of a death."""
        from distributed import KilledWorker

        try:
            return self.received([item], self.start([item]))[0]
        except KilledWorker:
            return self.lost(item, "it killed the workers that read it")

    def end(self) -> None:
        """Cancel pending chunks and end the job; unreachable workers stop when idle."""
        if self.client.status != "running":
            return
        self.client.cancel([future for _, future in self.ahead], force=True)
        self.client.run(end_job, self.job.key, on_error="ignore")

    def settle(self, futures: list[Any]) -> None:
        """Wait until all futures are done, as long as there are workers."""
        from distributed import wait

        while futures:
            try:
                with self.client.as_current():
                    wait(futures, timeout=_LOOK_FOR_WORKERS_S)
                return
            except TimeoutError:
                _require_workers(self.client)


@contextmanager
def _silence() -> Iterator[None]:
    """Silence the loggers of Dask; failures are raised as errors."""
    levels = {logger: logger.level for logger in map(logging.getLogger, _LOGGERS)}
    for logger in levels:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)


@contextmanager
def _local_cluster(workers: int) -> Iterator[Any]:
    import dask.config
    from distributed import LocalCluster

    with tempfile.TemporaryDirectory(prefix="mosaicdb-") as folder:
        settings = {"distributed.scheduler.allowed-failures": _DEATHS_OF_LOCAL_WORKERS}
        with dask.config.set(settings), shielded_children():
            try:
                cluster = LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    memory_limit=None,  # child processes decode, whose memory Dask does not measure
                    scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                    silence_logs=logging.CRITICAL,
                    local_directory=folder,
                )
            except (OSError, RuntimeError) as error:
                reason = printable(error)
                raise MosaicdbError(f"the local cluster does not start: {reason}") from error
        with cluster:
            yield cluster


@contextmanager
def _client(address: Any) -> Iterator[Any]:
    from distributed import Client
    from distributed.comm import get_address_host_port
    from distributed.versions import VersionMismatchWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VersionMismatchWarning)  # only mosaicdb's version matters
        try:
            if isinstance(address, str):
                get_address_host_port(address)  # Client hangs on a malformed address
            client = Client(address, timeout=_CONNECT_S, set_as_default=False)
        except OSError as error:
            raise MosaicdbError(
                f"the scheduler {printable(address)} does not answer: is it running, and is this "
                "its address?"
            ) from error
        except (ImportError, ValueError) as error:
            raise MosaicdbError(
                f"cannot talk to the scheduler {printable(address)}: {printable(error)}"
            ) from error
    with client:
        yield client


@contextmanager
def _explained_disconnection(client: Any) -> Iterator[None]:
    from distributed import CancelledError

    try:
        yield
    except (CancelledError, OSError) as error:
        if isinstance(error, OSError) and client.status == "running":
            raise  # raised by the function
        raise MosaicdbError(
            f"the scheduler {client.scheduler.address} went away: what was finished is kept, and "
            "the next run goes on from there"
        ) from error


def _check_versions(client: Any, version: str) -> None:
    """Require the same mosaicdb on the scheduler and on every worker."""
    _require_workers(client)
    scheduler = f"the scheduler {client.scheduler.address}"
    try:
        versions = {scheduler: client.run_on_scheduler(metadata.version, _PACKAGE)}
    except metadata.PackageNotFoundError as error:
        versions = {scheduler: error}
    reported = client.run(metadata.version, _PACKAGE, on_error="return")
    versions |= {f"the worker {address}": answer for address, answer in reported.items()}
    for place, answer in versions.items():
        if answer != version and not isinstance(answer, OSError):  # a worker that has just left
            has = f"mosaicdb {answer}" if isinstance(answer, str) else "no mosaicdb"
            raise MosaicdbError(
                f"{place} has {has}, and this is {version}: install the same version everywhere"
            )


def _require_workers(client: Any) -> None:
    if not client.nthreads():
        raise MosaicdbError(f"the scheduler {client.scheduler.address} has no workers: start some")
