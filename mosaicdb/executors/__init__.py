"""Run a function over many items: in this process, in others or on a cluster, by one protocol."""

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
