"""The examples in the README and the docs run, and print what they are said to print."""

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image
from support import age

from mosaicdb.cli import main
from mosaicdb.cli.parser import build_parser

pytestmark = pytest.mark.checkout

CHECKOUT = Path(__file__).parents[2]
if not (CHECKOUT / "README.md").exists():
    pytest.skip("needs the checkout", allow_module_level=True)
PAGES = sorted([CHECKOUT / "README.md", *(CHECKOUT / "docs").glob("*.md")])
BLOCK = re.compile(r"(?:^<!-- not run: ([^\n]+) -->\n+)?^```(\w+)\n(.*?)^```$", re.M | re.S)
RUN = ("console", "sh", "python")
NOT_RUN = {
    "README.md": 2,
    "index.md": 1,
    "getting_started.md": 2,
    "sql.md": 1,
    "cluster.md": 6,
    "workflow.md": 1,
    "poster.md": 1,
    "peers.md": 1,
    "postgres.md": 2,
    "objects.md": 2,
    "viewer.md": 2,
    "living.md": 1,
    "live.md": 3,
}
"""How many blocks a page says are not run: a new one is added here on purpose."""
PHOTOS = 320
"""More than the grids below have cells."""
SMALLER = {"50x50": "15x15", "50x50,100x100": "12x12,15x15", "1203": "203"}
"""What the README's sizes and numbers are replaced by, to save time."""
DUPLICATES = 3
REST = "…"
HINTS = ("compiling the matching kernels", "N tiles for N cells")
"""What is printed once on a machine, or for many cells only."""


@dataclass(frozen=True)
class Example:
    """A fenced block."""

    language: str
    text: str
    reason: str
    """Why it is not run; empty: it is."""


def examples(page: Path) -> list[Example]:
    found = BLOCK.findall(page.read_text("utf-8"))
    return [Example(language, text, why) for why, language, text in found if language in RUN]


WITH_EXAMPLES = [page for page in PAGES if any(not example.reason for example in examples(page))]


def draw(seed: int) -> Image.Image:
    """Draw a colour with a soft pattern, as many cells as the README's grid has across."""
    random = np.random.default_rng(seed)
    colours = random.integers(0, 200, 3) + random.integers(0, 56, (3, 3, 1))
    return Image.fromarray(colours.astype(np.uint8)).resize((50, 50))


def make_home(home: Path) -> None:
    """Fill a home with `photos`, some twice, a target and a mosaic by another tool."""
    folder = home / "photos"
    folder.mkdir()
    exif = Image.Exif()
    exif[ExifTags.Base.DateTime] = "2020:05:17 12:00:00"
    for seed in range(PHOTOS):
        draw(seed).resize((100, 75)).save(folder / f"{seed:05d}.jpg", exif=exif)
    for number in range(DUPLICATES):
        shutil.copy(folder / f"{number:05d}.jpg", folder / f"{PHOTOS + number:05d}.jpg")
    for photo in folder.iterdir():
        age(photo)
    for name in ("cat.jpg", "poster.png"):
        draw(7).resize((600, 450)).save(home / name)


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Give each command of a terminal's text, and the lines that it is said to print."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, *lines = part.splitlines()
        yield command, [line for line in lines if line.strip()]


def form(line: str) -> str:
    """Give a line's form, without what depends on numbers and paths."""
    line = re.sub(r"\S*/\S+\.jpg", "PATH", line)
    line = re.sub(r"\bonce\b|[\d,]+ times", "N times", line)
    line = re.sub(r"optimal|within \S+ %(?: of optimal)?", "PROVEN", line)
    line = re.sub(r", repeats at least \d+ cells? apart", "", line)
    line = re.sub(r"-?\d[\d,]*(?:\.\d+)?", "N", line)
    return re.sub(r"-{2,}|\s+", " ", line).strip()


def forms_of(lines: Iterable[str]) -> set[str]:
    """Give the forms of lines, in no order: stdout and stderr may come in any."""
    forms = {form(line) for line in lines if line.strip()}
    return {line for line in forms if not line.startswith(HINTS)}


def assert_alike(printed: str, said: list[str]) -> None:
    forms, wanted = forms_of(printed.splitlines()), forms_of(said)
    if REST in wanted:
        forms = {REST, *forms} & wanted
    assert forms == wanted


def run_in_terminal(command: str) -> str:
    """Run a command of the program as a shell would; give all that it prints."""
    words = shlex.split(command, comments=True)
    words = [SMALLER.get(word, word) for word in words]
    assert words[0] == "mosaicdb", f"mark as not run what is no command of ours: {command}"
    *words, target = (*words[:-2], words[-1]) if words[-2] == ">" else (*words, None)
    printed, out = io.StringIO(), io.StringIO()
    with redirect_stderr(printed), redirect_stdout(out if target else printed):
        code = main([os.path.expanduser(word) for word in words[1:]])
    assert code == 0, f"{command}: {printed.getvalue()}"
    if target:
        Path(target).write_text(out.getvalue(), "utf-8")
    return printed.getvalue()


def run_as_script(text: str) -> str:
    """Run Python in a process of its own; give how it fails, or nothing."""
    Path("example.py").write_text(text, "utf-8")
    done = subprocess.run([sys.executable, "example.py"], capture_output=True, text=True)
    return done.stderr if done.returncode else ""


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_run_and_print_what_they_say(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_home(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    to_run = [example for example in examples(page) if not example.reason]
    lines = [line for example in to_run for line in commands(example.text)]
    script = "".join(example.text for example in to_run if example.language == "python")
    assert lines or script
    for command, said in lines:
        printed = run_in_terminal(command)
        if said:
            assert_alike(printed, said)
    if script:
        assert run_as_script(script) == ""


def test_every_block_that_is_not_run_is_known() -> None:
    found = {page.name: sum(bool(example.reason) for example in examples(page)) for page in PAGES}
    assert {page: count for page, count in found.items() if count} == NOT_RUN


def test_every_example_of_the_reference_is_a_command_line_that_parses() -> None:
    text = (CHECKOUT / "docs" / "commands.md").read_text("utf-8")
    lines = re.findall(r"^    (mosaicdb .+)$", text, re.M)
    assert len(lines) >= 15
    for line in lines:
        words = shlex.split(line)
        build_parser().parse_args(words[1 : words.index(">") if ">" in words else None])
