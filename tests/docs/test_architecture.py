"""What docs/architecture.md names is there."""

import re
from pathlib import Path

import pytest

import mosaicdb

pytestmark = pytest.mark.checkout

CHECKOUT = Path(__file__).parents[2]
if not (CHECKOUT / "README.md").exists():
    pytest.skip("needs the checkout", allow_module_level=True)
PACKAGE = Path(mosaicdb.__file__).parent
ARCHITECTURE = CHECKOUT / "docs" / "architecture.md"
OTHER_ROOTS = ("tests/", "docs/", "migrations/", "benchmarks/")
NAMED = re.compile(r"`([\w/.]+\.(?:py|md|toml)|[\w/]+/)(?:::(\w+))?`")
PRIVATE = ("__init__.py", "__main__.py")


def named() -> list[tuple[str, str]]:
    """List files and folders in backticks, each with the name of a function or class in it."""
    return sorted(set(NAMED.findall(ARCHITECTURE.read_text("utf-8"))))


def located(path: str) -> Path:
    root = CHECKOUT if path.startswith(OTHER_ROOTS) or "/" not in path else PACKAGE
    if root == CHECKOUT and path.endswith(".py") and "/" not in path:
        root = PACKAGE
    return PACKAGE if path == "mosaicdb/" else root / path


@pytest.mark.parametrize("path", sorted({path for path, _ in named()}))
def test_every_path_in_the_architecture_exists(path: str) -> None:
    assert located(path).exists()


@pytest.mark.parametrize(("path", "name"), [pair for pair in named() if pair[1]], ids=str)
def test_every_function_and_class_in_the_architecture_exists(path: str, name: str) -> None:
    source = located(path).read_text("utf-8")
    assert re.search(rf"^(?:def|class) {name}\b|^{name}\b.* = ", source, re.M)


def test_every_room_and_pipeline_is_in_the_architecture() -> None:
    paths = {path for path, _ in named()}
    rooms = {f"{room.parent.name}/" for room in PACKAGE.glob("*/__init__.py")}
    pipelines = {f"pipelines/{module.name}" for module in PACKAGE.glob("pipelines/*.py")}
    ground = {module.name for module in PACKAGE.glob("*.py")}
    without = {"migrations/", *PRIVATE, *(f"pipelines/{name}" for name in PRIVATE)}
    assert rooms | pipelines | ground <= paths | without
