"""Functions that are run in threads."""

import threading

import pytest

from mosaicdb.rendering.threads import map_in_threads


def test_results_come_in_the_order_of_the_items() -> None:
    turns = [threading.Event() for _ in range(2)]

    def wait(number: int) -> int:
        if number == 0:
            turns[1].wait(0.2)  # ends after the next one, where there are two threads
        elif number == 1:
            turns[1].set()
        return number * 10

    assert list(map_in_threads(wait, range(5))) == [0, 10, 20, 30, 40]


def test_few_items_are_taken_ahead() -> None:
    taken = []

    def items():
        for number in range(100):
            taken.append(number)
            yield number

    results = map_in_threads(str, items())
    assert next(results) == "0"
    assert len(taken) <= 5
    results.close()
    assert len(taken) <= 5


def test_what_the_function_raises_is_raised_and_ends_the_threads() -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        list(map_in_threads(lambda number: 1 // (3 - number), range(10)))
    assert threading.active_count() == before
