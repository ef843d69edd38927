"""Run a function over many items: serially, in processes or on a Dask cluster."""

from .dask import DaskExecutor
from .processes import ProcessExecutor
from .protocol import DEFAULT_DEADLINE_S, Executor, SerialExecutor, in_batches

__all__ = [
    "DEFAULT_DEADLINE_S",
    "DaskExecutor",
    "Executor",
    "ProcessExecutor",
    "SerialExecutor",
    "in_batches",
]
