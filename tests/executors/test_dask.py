"""Functions run over many items on a Dask cluster, which is a real one of this machine."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import jobs
import pytest
from support import Command, age, contents, write_photo

pytest.importorskip("distributed")
import psutil
from distributed import Client, LocalCluster

from mosaicdb import DaskExecutor, Database, ProcessExecutor, ingest_photos
from mosaicdb.errors import MissingExtraError, MosaicdbError
from mosaicdb.executors import dask as dask_executor

AHEAD = dask_executor._ITEMS_A_CHUNK * dask_executor._CHUNKS_AHEAD * 2


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with dask_executor._silence(), dask_executor._local_cluster(2) as cluster:
        yield cluster


@pytest.fixture
def executor(cluster: LocalCluster) -> Iterator[DaskExecutor]:
    yield DaskExecutor(cluster.scheduler_address, deadline=1)
    with Client(cluster, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=20)  # those that a test killed come back


@pytest.fixture
def own_children() -> Iterator[None]:
    """Check that a test leaves no process behind."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    left = [p for p in psutil.Process().children(recursive=True) if p.pid not in before]
    _, alive = psutil.wait_procs([p for p in left if "resource_tracker" not in str(p.cmdline())], 5)
    assert not alive


@pytest.mark.parametrize("total", [1, 64, 65, 1000])
def test_results_come_in_the_items_order(executor: DaskExecutor, total: int) -> None:
    assert list(executor.map(jobs.squared, range(total), jobs.never_lost)) == [
        n * n for n in range(total)
    ]


def test_items_are_taken_only_a_little_ahead(executor: DaskExecutor) -> None:
    items = jobs.Counted(100_000)
    results = executor.map(jobs.squared, items, jobs.never_lost)
    for fetched in range(1, 500):
        next(results)
        assert fetched <= items.taken <= fetched + AHEAD + dask_executor._ITEMS_A_CHUNK
    results.close()


def test_the_work_is_done_beside_the_workers(executor: DaskExecutor, cluster: LocalCluster) -> None:
    pids = set(executor.map(jobs.process_id, range(640), jobs.never_lost))
    workers = {nanny.pid for nanny in cluster.workers.values()}
    assert not pids & (workers | {os.getpid()})


def test_an_exception_of_the_function_passes_through(executor: DaskExecutor) -> None:
    results = executor.map(jobs.failing_at_100, range(1000), jobs.never_lost)
    assert [next(results) for _ in range(64)] == list(range(64))
    with pytest.raises(KeyError, match="hundred"):
        list(results)


def test_without_items_no_scheduler_is_asked() -> None:
    assert list(DaskExecutor("tcp://127.0.0.1:1").map(jobs.squared, [], jobs.never_lost)) == []


def test_an_item_that_kills_its_process_is_lost_and_no_other(executor: DaskExecutor) -> None:
    results = list(executor.map(jobs.dying_at_40, range(200), jobs.reason_of_loss))
    lost = results.pop(40)
    assert results == [number for number in range(200) if number != 40]
    assert lost == (40, "it killed the process that read it (exit code 3)")


def test_an_item_that_never_ends_is_lost_and_no_other(executor: DaskExecutor) -> None:
    results = list(executor.map(jobs.hanging_at_40, range(200), jobs.reason_of_loss))
    lost = results.pop(40)
    assert results == [number for number in range(200) if number != 40]
    assert lost == (40, "it took longer than 1 s: allow more with --deadline")


def test_the_work_of_a_worker_that_is_killed_is_done_again(
    executor: DaskExecutor, cluster: LocalCluster
) -> None:
    results = executor.map(jobs.slow, range(1200), jobs.never_lost)
    found = [next(results) for _ in range(300)]
    os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
    found += results
    assert found == list(range(1200))


def test_an_item_that_kills_every_worker_is_lost_and_no_other(
    executor: DaskExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_executor, "_ITEMS_A_CHUNK", 8)  # fewer that are done again alone
    results = list(executor.map(jobs.killing_its_worker_at_100, range(200), jobs.reason_of_loss))
    lost = results.pop(100)
    assert results == [number for number in range(200) if number != 100]
    assert lost == (100, "it killed the workers that read it")


def test_leaving_early_ends_what_hangs(executor: DaskExecutor, cluster: LocalCluster) -> None:
    executor.deadline = 600
    results = executor.map(jobs.hanging_at_40, [*range(41, 151), *[40] * 400], jobs.never_lost)
    for _ in range(64):
        next(results)
    results.close()
    workers = [psutil.Process(nanny.pid) for nanny in cluster.workers.values()]
    servers = [server for worker in workers for server in worker.children()]
    assert [server.children() for server in servers] == [[]] * len(servers)


def test_a_scheduler_that_does_not_answer_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dask_executor, "_CONNECT_S", 0.5)
    with pytest.raises(MosaicdbError, match=r"tcp://127.0.0.1:1 does not answer: .*\Z"):
        list(DaskExecutor("tcp://127.0.0.1:1").map(jobs.squared, [1], jobs.never_lost))


def test_an_address_that_is_none_is_told_in_one_line() -> None:
    with pytest.raises(MosaicdbError, match=r"cannot talk to the scheduler pigeon://loft: .*\Z"):
        list(DaskExecutor("pigeon://loft").map(jobs.squared, [1], jobs.never_lost))


def test_another_version_on_the_cluster_is_told_before_any_work(
    executor: DaskExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = jobs.Counted(1000)
    monkeypatch.setattr(dask_executor, "own_version", lambda: "99.0")
    told = r"scheduler \S+ has mosaicdb \S+, and this is 99.0: install the same .*\Z"
    with pytest.raises(MosaicdbError, match=told):
        list(executor.map(jobs.squared, items, jobs.never_lost))
    assert items.taken <= dask_executor._ITEMS_A_CHUNK


def test_another_version_on_a_late_worker_is_told(
    executor: DaskExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_executor, "own_version", lambda: "99.0")
    monkeypatch.setattr(dask_executor, "_check_versions", lambda client, version: None)
    with pytest.raises(MosaicdbError, match=r"the worker \S+ has mosaicdb \S+, and this is"):
        list(executor.map(jobs.squared, [1], jobs.never_lost))


def test_a_cluster_without_the_program_is_told_in_one_line(
    executor: DaskExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_executor, "_PACKAGE", "mosaicdb-that-nobody-installed")
    with pytest.raises(
        MosaicdbError, match=r"the scheduler tcp://\S+ has no mosaicdb, and this is"
    ):
        list(executor.map(jobs.squared, [1], jobs.never_lost))


def test_a_scheduler_without_workers_is_told_in_one_line() -> None:
    with dask_executor._silence(), dask_executor._local_cluster(0) as empty:
        with pytest.raises(MosaicdbError, match="has no workers"):
            list(DaskExecutor(empty.scheduler_address).map(jobs.squared, [1], jobs.never_lost))


def test_a_scheduler_that_goes_away_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_executor, "_CONNECT_S", 1.0)
    with dask_executor._silence(), dask_executor._local_cluster(1) as cluster:
        results = DaskExecutor(cluster.scheduler_address).map(
            jobs.slow, range(5000), jobs.never_lost
        )
        next(results)
        cluster.close()
        with pytest.raises(MosaicdbError, match="went away: what was finished is kept"):
            list(results)


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mosaicdb\[dask\]'"):
        list(DaskExecutor().map(jobs.squared, [1], jobs.never_lost))


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Give 120 files: duplicates, and one that is no photo."""
    folder = tmp_path / "many"
    for seed in range(119):
        write_photo(folder / f"{seed * 7919 % 211:03d}.png", seed % 90)
    (folder / "bad.jpg").write_bytes(b"no picture")
    age(folder / "bad.jpg")
    return folder


def test_a_cluster_gives_the_same_database_as_processes(
    many: Path, tmp_path: Path, database: Database, executor: DaskExecutor
) -> None:
    executors = {"processes": ProcessExecutor(2), "dask": executor}
    for name, each in executors.items():
        with Database(tmp_path / f"{name}.db", thumb_res=(8, 6)) as database:
            report = ingest_photos(database, [many], executor=each)
            assert (report.new, report.duplicate, len(report.rejected)) == (90, 29, 1)
    assert contents(tmp_path / "dask.db") == contents(tmp_path / "processes.db")


def test_the_command_line_starts_a_local_cluster_and_ends_it(
    many: Path, mosaicdb: Command, own_children: None
) -> None:
    mosaicdb("ingest", many, "--db", "a.db", "--executor", "dask", "--workers", 2, expect=3)
    first, _, last = mosaicdb.err.splitlines()
    assert first == "120 files: 90 new, 29 duplicate, 1 rejected"
    assert last.startswith("rejected ")
    mosaicdb("ingest", many, "--db", "b.db", "--workers", 2, expect=3)
    assert contents(Path("a.db")) == contents(Path("b.db"))


def test_a_scheduler_without_its_executor_is_refused(many: Path, mosaicdb: Command) -> None:
    mosaicdb("ingest", many, "--scheduler", "tcp://127.0.0.1:1", expect=2)
    assert mosaicdb.error_line == "mosaicdb: --scheduler needs --executor dask"


def test_an_address_that_is_none_leaves_nothing_half_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("distributed.Client", None)
    with pytest.raises(MosaicdbError, match="unknown address scheme 'bogus'"):
        list(DaskExecutor("bogus://x").map(jobs.squared, [1], jobs.never_lost))
