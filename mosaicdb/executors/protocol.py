"""What an executor promises, and the plainest one."""

from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import islice
from typing import Final, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")

DEFAULT_DEADLINE_S: Final = 30.0


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


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut items into lists of `size`; the last may be shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
