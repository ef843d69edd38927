import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from mosaicdb.matching import kernels_are_compiled, match

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="numba is switched off")

FIRST_MATCH = """
import json, sys
import numpy as np
from mosaicdb.matching import compilation, kernels_are_compiled, match

random = np.random.default_rng(3)
tiles, cells = random.normal(size=(2000, 3)), random.normal(size=(1200, 3))
found = match(tiles, cells, gap=0)
print(json.dumps({
    "cost": found.cost,
    "status": found.status,
    "solver": "emd" if "ot" in sys.modules else "auction",
    "compiled": kernels_are_compiled(),
    "started": [process.pid for process in compilation._started],
}))
"""


def first_match(cache: Path) -> dict[str, object]:
    """Match in a process of its own that keeps machine code in a folder."""
    done = subprocess.run(
        [sys.executable, "-c", FIRST_MATCH],
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    found: dict[str, object] = json.loads(done.stdout)
    return found


def lock_of(cache: Path) -> Path:
    (lock,) = cache.glob("**/compiling.lock")
    return lock


def best_cost() -> float:
    """Give the cost that kernels find for the same problem."""
    random = np.random.default_rng(3)
    tiles, cells = random.normal(size=(2000, 3)), random.normal(size=(1200, 3))
    return match(tiles, cells, gap=0).cost


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "machine-code"


def test_a_first_match_is_proven_optimal_without_kernels_which_one_process_compiles(
    cache: Path,
) -> None:
    assert kernels_are_compiled()
    found = first_match(cache)
    (compiler,) = found.pop("started")  # type: ignore[misc]
    try:
        assert found.pop("cost") == pytest.approx(best_cost(), rel=1e-12)
        assert found == {"status": "optimal", "solver": "emd", "compiled": False}
        # It outlives the one that started it, whose terminal's Ctrl-C does not reach it.
        assert os.getpgid(compiler) == compiler
        assert first_match(cache)["started"] == []
    finally:
        os.kill(compiler, signal.SIGKILL)
    with open(lock_of(cache)) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the killed one leaves nothing that stops the next
    (compiler,) = first_match(cache)["started"]  # type: ignore[misc]
    os.kill(compiler, signal.SIGKILL)


@pytest.mark.soak
def test_a_match_after_the_first_one_uses_kernels(cache: Path) -> None:
    first = first_match(cache)
    with open(lock_of(cache)) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
    later = first_match(cache)
    assert later["solver"] == "auction"
    assert later["compiled"]
    assert later["cost"] == pytest.approx(first["cost"], rel=1e-12)
