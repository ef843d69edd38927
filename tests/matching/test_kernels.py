import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest

import mosaicdb.matching.kernels

SCRIPT = """
from kernels import kernel

@kernel
def twice(number: int) -> int:
    return 2 * number

print(twice(21))
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    shutil.copy(mosaicdb.matching.kernels.__file__, tmp_path / "kernels.py")
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


def run(script: Path, **variables: str) -> str:
    command = [sys.executable, "-c", "import script"]
    done = subprocess.run(
        command,
        cwd=script.parent,
        env=os.environ | {"NUMBA_CACHE_DIR": str(script.parent / "cache")} | variables,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="numba is switched off")
def test_a_cache_that_names_classes_of_another_version_is_made_anew(script: Path) -> None:
    assert run(script) == "42\n"
    (index,) = script.parent.glob("cache/**/*.nbi")
    fine = index.read_bytes()
    moved = b"cmosaicdb.matching.kernels\nMoved\n."  # a pickle of a class that is not there
    index.write_bytes(pickle.dumps(numba.__version__) + moved)
    assert run(script) == "42\n"
    assert moved not in index.read_bytes()
    assert len(index.read_bytes()) == len(fine)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="numba is switched off")
def test_a_kernel_runs_where_no_folder_can_keep_its_machine_code(script: Path) -> None:
    (script.parent / "__pycache__").write_text("a file where a folder should be")
    nowhere = {"NUMBA_CACHE_DIR": "/dev/null/n", "HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null"}
    assert run(script, PYTHONDONTWRITEBYTECODE="1", **nowhere) == "42\n"


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="numba is switched off")
def test_a_kernel_runs_though_the_disk_is_full(script: Path) -> None:
    full = (
        "from numba.core import caching\n"
        "def full(*_):\n"
        "    raise OSError(28, 'No space left on device')\n"
        "caching.IndexDataCacheFile.save = full\n"
    )
    script.write_text(full + SCRIPT)
    assert run(script) == "42\n"
    assert list(script.parent.glob("cache/**/*.nbc")) == []


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="numba is switched off")
def test_machine_code_for_another_processor_is_not_taken_for_this_one(script: Path) -> None:
    script.write_text(f"from kernels import is_cached\n{SCRIPT}".replace("print(twice(21))", ""))
    ask = "import script; print(script.is_cached(script.twice)); script.twice(21)"
    cache = {"NUMBA_CACHE_DIR": str(script.parent / "cache")}

    def asked(**variables: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", ask],
            cwd=script.parent,
            env=os.environ | cache | variables,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    assert asked(NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="") == "False\n"
    assert asked() == "False\n"
    assert asked() == "True\n"
