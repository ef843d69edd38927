"""The protocol of executors, and a serial one."""

from collections.abc import Callable, Generator, Iterable
from typing import Final, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")

DEFAULT_DEADLINE_S: Final = 30.0


class Executor(Protocol):
    """Runs a function over many items."""

    def map(
        self, function: Callable[[T], R], items: Iterable[T], lost: Callable[[T, str], R]
    ) -> Generator[R, None, None]:
        """Yield `function(item)` for each item, in the order of the items, as results arrive.

        Only a few more items are consumed than results were fetched. Close the generator to stop
        early.

        Args:
            function: called once per item, or again if the process of its chunk died.
            items: its arguments.
            lost: called with an item that killed its process or exceeded the deadline, and the
                reason; returns its result.
        """
        ...


class SerialExecutor:
    """Run in this process, one item after the other."""

    def map(
        self,
        function: Callable[[T], R],
        items: Iterable[T],
        lost: Callable[[T, str], R],  # noqa: ARG002 - part of the protocol
    ) -> Generator[R, None, None]:
        """Yield `function(item)` for each item."""
        for item in items:
            yield function(item)
