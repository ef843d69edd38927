"""Find photos in folders, tolerating links, pipes and missing permissions."""

import fnmatch
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from ..readings import LATEST_NS, FileStat, Rejected, Skipped, Undecodable
from .derivatives import holds_derivatives
from .formats import has_extension, missing_extra
from .spelling import as_spelled_on_disk, normalized, spellings
from .status import status_of


def canonical_path(path: str | Path) -> str:
    """Return the absolute path under which a folder or file is recorded.

    Symbolic links to folders are resolved, so that a folder has one name; the last component of a
    file's path is not, since a link to a photo counts as a file of its own. A name that exists only
    in another Unicode normal form is spelled as on disk.
    """
    absolute = as_spelled_on_disk(os.path.abspath(path))
    if os.path.isdir(absolute):
        return os.path.realpath(absolute)
    return os.path.join(os.path.realpath(os.path.dirname(absolute)), os.path.basename(absolute))


def recorded_paths(path: str | Path) -> set[str]:
    """Return the paths under which a mosaic in a file may be recorded.

    That is its canonical path, the same with all symbolic links resolved, and where the file system
    takes names in any Unicode normal form, those in the others.
    """
    canonical = canonical_path(path)
    return spellings(canonical) | spellings(os.path.realpath(canonical))


IGNORING_FILE: Final = ".nomedia"
"""Name of a file whose folder is skipped."""


Visited = FileStat | Rejected | Skipped | Undecodable
"""What a walk yields."""


def find_files(roots: Sequence[str], exclude: Sequence[str] = ()) -> Iterator[Visited]:
    """Yield the photos at and below some paths, each once, in arbitrary order.

    A folder is entered once: by its own path if it lies below the roots, else through a link.
    Hidden files and folders, folders that hold a file `.nomedia` and those in which programs
    keep thumbnails, previews, snapshots and trash are skipped, as are files without a picture's
    extension. Paths in `roots` are never skipped.

    Args:
        roots: canonical paths of folders and files.
        exclude: patterns as for `fnmatch`: those with a slash match the path below the root, others
            the name, whatever their Unicode normal form.

    Yields:
        A `FileStat` for each photo, and for each link to nothing, pipe, socket and device by a
        photo's name; `Rejected` for what cannot be looked at; `Skipped` for files and
        folders that are skipped; `Undecodable` for photos below the roots that need an extra.
    """
    folders = [root for root in roots if os.path.isdir(root)]
    named = sorted(set(roots) - set(folders))
    walk = _Walk(exclude)
    yield from map(_inspected, named)
    while folders:
        walk.links = []
        for root in folders:
            for visited in walk.below(root):
                if visited.path not in named:
                    yield visited
        folders = sorted(walk.links)


class _Walk:
    """State of a walk: folders that were entered, and links left for later."""

    def __init__(self, exclude: Sequence[str]) -> None:
        self.links: list[str] = []
        self._entered: set[tuple[int, int]] = set()
        self._excludes = bool(exclude)
        self._by_path = _matcher(pattern for pattern in exclude if "/" in pattern)
        self._by_name = _matcher(pattern for pattern in exclude if "/" not in pattern)

    def below(self, root: str) -> Iterator[Visited]:
        """Walk a folder."""
        stack = [root]
        while stack:
            folder = stack.pop()
            try:
                if self._was_entered(folder):
                    continue
                with os.scandir(folder) as entries:
                    listed = list(entries)
                if folder != root and any(entry.name == IGNORING_FILE for entry in listed):
                    yield Skipped(folder)
                    continue
                yield from self._classify(listed, root, stack)
            except OSError as error:
                yield Rejected(folder, f"cannot look into this folder: {error.strerror}")

    def _classify(
        self, entries: list[os.DirEntry[str]], root: str, stack: list[str]
    ) -> Iterator[Visited]:
        for entry in entries:
            is_folder = os.path.isdir(entry) if entry.is_symlink() else entry.is_dir()
            if not is_folder and not has_extension(entry.name):
                continue
            if is_folder and holds_derivatives(entry.path):
                yield Skipped(entry.path, holds_derivatives=True)
            elif self._is_passed_over(entry, root):
                yield Skipped(entry.path)
            elif not is_folder:
                extra = missing_extra(entry.name)
                yield Undecodable(entry.path, extra) if extra else _inspected(entry.path)
            elif entry.is_symlink():
                self.links.append(entry.path)
            else:
                stack.append(entry.path)

    def _was_entered(self, folder: str) -> bool:
        status = os.stat(folder)
        key = (status.st_dev, status.st_ino)
        if key in self._entered:
            return True
        self._entered.add(key)
        return False

    def _is_passed_over(self, entry: os.DirEntry[str], root: str) -> bool:
        if entry.name.startswith("."):
            return True
        if not self._excludes:
            return False  # usual case: skip matching for speed
        below = entry.path.removeprefix(root).lstrip(os.sep)
        return self._by_name(entry.name) or self._by_path(below)


def _matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    expressions = "|".join(
        fnmatch.translate(normalized(pattern.strip("/"))) for pattern in patterns
    )
    if not expressions:
        return lambda _: False
    matches = re.compile(expressions).match
    return lambda text: matches(normalized(text)) is not None


def _inspected(path: str) -> FileStat | Rejected:
    try:
        status = status_of(path)
    except OSError as error:
        return Rejected(path, error.strerror or str(error))
    return FileStat(path, status.st_size, min(status.st_mtime_ns, LATEST_NS))
