"""What holds for the whole house: who imports whom, and docs that tell the truth."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import mosaicdb

CHECKOUT = Path(__file__).parents[1]


@pytest.mark.checkout
def test_no_room_imports_one_that_it_must_not_know() -> None:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=CHECKOUT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.checkout
def test_the_page_of_commands_says_what_the_parser_says() -> None:
    script = CHECKOUT / "docs" / "commands.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_name_of_the_library_can_be_imported() -> None:
    for name in mosaicdb.__all__:
        assert getattr(mosaicdb, name).__doc__


def test_only_the_command_line_prints() -> None:
    package = Path(mosaicdb.__file__).parent
    for path in package.rglob("*.py"):
        if "cli" not in path.relative_to(package).parts:
            assert not re.search(r"^\s*print\(", path.read_text("utf-8"), re.M), path


def test_no_module_is_longer_than_fits_in_a_head() -> None:
    for path in Path(mosaicdb.__file__).parent.rglob("*.py"):
        assert len(path.read_text("utf-8").splitlines()) <= 400, path


@pytest.mark.checkout
def test_heic_photos_need_no_extra() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    required = [re.split(r"[<>=]", name)[0] for name in project["dependencies"]]
    assert "pillow-heif" in required
    assert project["optional-dependencies"]["heic"] == []
