"""Choose where photos and thumbnails are decoded."""

import os

from ..config import Config
from ..errors import UsageError
from ..executors import DaskExecutor, Executor, ProcessExecutor


def local_executor(config: Config) -> Executor:
    """Give the processes of this machine that a configuration asks for."""
    return ProcessExecutor(_workers(config), config.deadline)


def photo_executor(config: Config) -> Executor:
    """Give what reads photos for `ingest` and `draw`: processes of this machine, or a Dask cluster.

    Raises:
        UsageError: a scheduler is named by flag, but not that Dask is to be used.
        MissingExtraError: Dask is not installed.
    """
    if config.executor == "dask":
        return DaskExecutor(config.scheduler, workers=_workers(config), deadline=config.deadline)
    if config.is_given("ingest.scheduler"):
        raise UsageError("--scheduler needs --executor dask")
    return local_executor(config)


def _workers(config: Config) -> int:
    return config.workers or os.cpu_count() or 1
