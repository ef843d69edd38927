"""What test modules share: made-up photos, and ways to run commands and SQL."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mosaicdb import Database
from mosaicdb.cli import main
from mosaicdb.pipelines.progress import Silent
from mosaicdb.store import run_sql


def draw_photo(seed: int, size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Draw a picture that no other seed gives: a colour with a gradient over it."""
    random = np.random.default_rng(seed)
    low, high = random.integers(0, 256, (2, 3))
    ramp = np.linspace(0, 1, size[0])[None, :, None] * np.ones((size[1], 1, 1))
    return Image.fromarray((low + (high - low) * ramp).astype(np.uint8))


def draw_target(seed: int, size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Draw a picture of which no two cells are alike: gradients across and down."""
    down = draw_photo(seed + 1, size[::-1]).transpose(Image.Transpose.ROTATE_90)
    return Image.blend(draw_photo(seed, size), down, 0.5)


def write_photo(path: Path, seed: int, *, old: bool = True, **options: object) -> Path:
    """Write a photo whose time of change is long enough ago to be trusted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draw_photo(seed).save(path, **options)
    if old:
        age(path)
    return path


def age(path: Path, seconds: int = 3600) -> None:
    """Set a file's time of change back."""
    past = path.stat().st_mtime_ns - seconds * 1_000_000_000 + 123_456_789
    os.utime(path, ns=(past, past))


def run_together(
    count: int, function: Callable[..., object], calls: Sequence[tuple[object, ...]]
) -> list[int]:
    """Run a function in several processes, each call in all at the same moment; give exit codes.

    They are forks of one fresh process, which alone has to import the function's module, and has
    no threads whose locks they would inherit.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    with receiver:
        parent = context.Process(target=_fork, args=(sender, count, function, calls))
        parent.start()
        sender.close()
        codes: list[int] = receiver.recv()
        parent.join()
    return codes


def _fork(
    sender: Connection,
    count: int,
    function: Callable[..., object],
    calls: Sequence[tuple[object, ...]],
) -> None:
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(count, timeout=120)
    together = [
        context.Process(target=_call_together, args=(barrier, function, calls))
        for _ in range(count)
    ]
    for process in together:
        process.start()
    for process in together:
        process.join()
    sender.send([process.exitcode for process in together])


def _call_together(
    barrier: Barrier, function: Callable[..., object], calls: Sequence[tuple[object, ...]]
) -> None:
    for arguments in calls:
        barrier.wait()
        function(*arguments)


def contents(location: Path | str) -> dict[str, list[tuple[object, ...]]]:
    """Give everything in a database but the times of looking."""
    statements = {
        "tile": "SELECT * FROM tile ORDER BY id",
        "thumbnail": "SELECT * FROM thumbnail ORDER BY tile_id",
        "overview": "SELECT * FROM overview ORDER BY tile_id",
        "file": "SELECT id, path, size, mtime_ns, tile_id, error, missing FROM file ORDER BY id",
        "setting": "SELECT * FROM setting ORDER BY key",
    }
    found = {}
    for table, statement in statements.items():
        with run_sql(location, statement) as answer:
            found[table] = list(answer.rows)
    return found


class RecordedProgress(Silent):
    """Keeps what a pipeline said of its progress."""

    shows_notices = True

    def __init__(self) -> None:
        self.calls: list[object] = []
        self.notices: list[str] = []

    def begin(self, phase: str, total: int) -> None:
        self.calls.append((phase, total))

    def advance(self, outcomes: Sequence[object]) -> None:
        self.calls.append(len(outcomes))

    def notice(self, text: str) -> None:
        self.notices.append(text)


def rows(database: Database, statement: str) -> list[tuple[object, ...]]:
    """Give the rows of a statement."""
    with run_sql(database.url, statement) as answer:
        return list(answer.rows)


class Command:
    """Runs the command line in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = ""
        self.err = ""

    def __call__(self, *arguments: object, expect: int = 0) -> str:
        """Run a command, expect its exit code, and give what it printed to stdout."""
        self._capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        self.out, self.err = self._capsys.readouterr()
        assert code == expect, self.err
        return self.out

    @property
    def error_line(self) -> str:
        """Give the one line of an error."""
        (line,) = self.err.splitlines()
        return line
