"""How the room is built: who imports what, and what its names are."""

import ast
from pathlib import Path

import pytest

import mosaicdb.matching

ROOM = Path(mosaicdb.matching.__file__).parent
MODULES = sorted(ROOM.rglob("*.py"))
SEARCH = ("auction", "price_tree", "spacing", "nearest", "network_simplex", "strategies")


def imports(path: Path) -> list[ast.ImportFrom]:
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


def functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def test_every_public_name_can_be_imported_by_a_star() -> None:
    names: dict[str, object] = {}
    exec("from mosaicdb.matching import *", names)
    assert set(mosaicdb.matching.__all__) <= set(names)
    assert names["STRATEGIES"] == ("nearest", "unique", "fair")


@pytest.mark.parametrize("package", ["auction", "certificate", "spacing"])
def test_every_public_name_of_a_package_can_be_imported_by_a_star(package: str) -> None:
    names: dict[str, object] = {}
    exec(
        f"from mosaicdb.matching.{package} import *; from mosaicdb.matching import {package}", names
    )
    assert set(names[package].__all__) <= set(names)  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", sorted((ROOM / "certificate").glob("*.py")), ids=lambda p: p.stem)
def test_the_certificate_imports_nothing_of_the_search(path: Path) -> None:
    for node in imports(path):
        assert not set((node.module or "").split(".")) & set(SEARCH), ast.unparse(node)


def test_no_module_imports_a_private_name() -> None:
    for path in MODULES:
        for node in imports(path):
            assert not [name.name for name in node.names if name.name.startswith("_")], path


def test_no_function_hides_the_module_of_its_name() -> None:
    stems = {path.stem for path in MODULES} | {"auction", "certificate", "spacing"}
    for path in MODULES:
        body = ast.parse(path.read_text("utf-8")).body
        names = {node.name for node in body if isinstance(node, ast.FunctionDef)}
        assert not stems & names, path


def test_no_function_is_longer_than_sixty_lines_without_its_docstring() -> None:
    for path in MODULES:
        for function in functions(path):
            first = function.body[1] if ast.get_docstring(function) else function.body[0]
            assert (function.end_lineno or 0) - first.lineno < 60, (path, function.name)
