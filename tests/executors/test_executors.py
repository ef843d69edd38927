"""Functions run over many items, here and in other processes."""

import multiprocessing
import os
from collections.abc import Iterator
from typing import Any

import jobs
import pytest

from mosaicdb.batches import in_batches
from mosaicdb.errors import MosaicdbError
from mosaicdb.executors import Executor, ProcessExecutor, SerialExecutor, processes

WORKERS = 2
AHEAD = processes._MOST_ITEMS_A_CHUNK * processes._CHUNKS_AHEAD * WORKERS


@pytest.fixture(params=[SerialExecutor, lambda: ProcessExecutor(WORKERS)], ids=["serial", "pool"])
def executor(request: Any) -> Executor:
    return request.param()


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    before = {process.pid for process in multiprocessing.active_children()}
    yield
    assert {process.pid for process in multiprocessing.active_children()} <= before


@pytest.mark.parametrize("total", [1, 16, 17, 500])
def test_results_come_in_the_items_order(executor: Executor, total: int) -> None:
    assert list(executor.map(jobs.squared, range(total), jobs.never_lost)) == [
        n * n for n in range(total)
    ]


def test_results_keep_their_order_when_the_first_take_longest() -> None:
    results = ProcessExecutor(WORKERS).map(jobs.slowest_first, range(64), jobs.never_lost)
    assert list(results) == list(range(64))


def test_items_are_taken_only_a_little_ahead(executor: Executor) -> None:
    items = jobs.Counted(10_000)
    results = executor.map(jobs.squared, items, jobs.never_lost)
    for fetched in range(1, 200):
        next(results)
        assert fetched <= items.taken <= fetched + AHEAD + processes._MOST_ITEMS_A_CHUNK
    results.close()
    assert items.taken < 1_000


def test_nothing_is_taken_before_the_first_result_is_wanted(executor: Executor) -> None:
    items = jobs.Counted(10)
    executor.map(jobs.squared, items, jobs.never_lost)
    assert items.taken == 0


def test_an_exception_of_the_function_passes_through(executor: Executor) -> None:
    results = executor.map(jobs.failing_at_40, range(1000), jobs.never_lost)
    with pytest.raises(KeyError, match="forty"):
        list(results)


def test_results_before_an_exception_are_delivered(executor: Executor) -> None:
    results = executor.map(jobs.failing_at_40, range(1000), jobs.never_lost)
    assert [next(results) for _ in range(32)] == list(range(32))
    with pytest.raises(KeyError):
        list(results)


def test_an_exception_of_the_items_passes_through(executor: Executor) -> None:
    def items() -> Iterator[int]:
        yield from range(40)
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        list(executor.map(jobs.squared, items(), jobs.never_lost))


def test_without_items_there_are_no_results(executor: Executor) -> None:
    assert list(executor.map(jobs.squared, [], jobs.never_lost)) == []


def test_without_items_no_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "start_pool", None)
    assert list(ProcessExecutor(WORKERS).map(jobs.squared, iter(()), jobs.never_lost)) == []


def test_the_work_is_done_elsewhere() -> None:
    pids = set(ProcessExecutor(WORKERS).map(jobs.process_id, range(64), jobs.never_lost))
    assert os.getpid() not in pids
    assert 1 <= len(pids) <= WORKERS


def test_an_item_that_kills_its_process_is_lost_and_no_other() -> None:
    results = list(ProcessExecutor(WORKERS).map(jobs.dying_at_40, range(200), jobs.reason_of_loss))
    lost = results.pop(40)
    assert results == [number for number in range(200) if number != 40]
    assert lost == (40, "it killed the process that read it (exit code 3)")


def test_an_item_that_never_ends_is_lost_and_no_other() -> None:
    executor = ProcessExecutor(WORKERS, deadline=1.5)
    results = list(executor.map(jobs.hanging_at_40, range(36, 60), jobs.reason_of_loss))
    lost = results.pop(4)
    assert results == [number for number in range(36, 60) if number != 40]
    assert lost == (40, "it took longer than 1.5 s: allow more with --deadline")


def test_processes_that_all_wait_for_one_that_was_killed_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processes, "_STARTING_S", 1.0)
    executor = ProcessExecutor(2, deadline=0.1)
    with pytest.raises(MosaicdbError, match="do not answer any more"):
        list(executor.map(jobs.die_holding_the_lock, range(100), jobs.reason_of_loss))


def test_what_is_lost_may_be_an_error() -> None:
    with pytest.raises(AssertionError, match="40 was lost"):
        list(ProcessExecutor(WORKERS).map(jobs.dying_at_40, range(1000), jobs.never_lost))


def test_leaving_early_ends_the_processes() -> None:
    before = len(multiprocessing.active_children())
    results = ProcessExecutor(WORKERS).map(jobs.squared, range(100_000), jobs.never_lost)
    next(results)
    assert len(multiprocessing.active_children()) > before
    results.close()
    assert len(multiprocessing.active_children()) == before


def test_batches_hold_everything_in_order() -> None:
    assert list(in_batches(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(in_batches(range(6), 3)) == [[0, 1, 2], [3, 4, 5]]
    assert list(in_batches([], 3)) == []
