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


def run(script: Path) -> str:
    command = [sys.executable, "-c", "import script"]
    done = subprocess.run(
        command,
        cwd=script.parent,
        env=os.environ | {"NUMBA_CACHE_DIR": str(script.parent / "cache")},
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
