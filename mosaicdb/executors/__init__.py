"""Run a function over many items: serially, in processes or on a Dask cluster."""

from .dask import DaskExecutor
from .processes import ProcessExecutor
from .protocol import Executor, SerialExecutor

__all__ = [
    "DaskExecutor",
    "Executor",
    "ProcessExecutor",
    "SerialExecutor",
]
