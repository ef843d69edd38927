"""Find photos: walk folders in a way that no link, pipe or missing permission upsets."""

import fnmatch
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from ..records import LATEST_NS, FileStat, Rejected, Skipped

EXTENSIONS: Final = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"),
    *(".avif", ".heic", ".heif", ".hif"),
)
"""What a photo's name ends with; its content decides how it is read."""


def canonical_path(path: str | Path) -> str:
    """Give the absolute path under which a folder or file is recorded.

    The folder is freed of links, so that it has one name however it is reached; the last part
    of a file's path stays as it is, since a link to a photo is a file of its own.
    """
    absolute = os.path.abspath(path)
    if os.path.isdir(absolute):
        return os.path.realpath(absolute)
    return os.path.join(os.path.realpath(os.path.dirname(absolute)), os.path.basename(absolute))


_IGNORED_FOLDERS: Final = frozenset(
    {"@eaDir", "#recycle", "$RECYCLE.BIN", "lost+found", "__MACOSX", "iPod Photo Cache"}
)  # thumbnails and rubbish of photo programs and file systems; others are hidden
IGNORING_FILE: Final = ".nomedia"
"""The name of a file that has the folder in which it lies passed over."""


def find_files(
    roots: Sequence[str], exclude: Sequence[str] = ()
) -> Iterator[FileStat | Rejected | Skipped]:
    """Yield the photos at and below some paths, each once, in no particular order.

    A folder is entered once, by its own path where it has one below the roots and through a
    link only otherwise. Hidden files and folders, folders that hold a file `.nomedia` and those
    in which programs keep their own thumbnails are passed over. Files need a picture's
    extension. What is named in `roots` itself is taken in any case.

    Args:
        roots: canonical paths of folders and files.
        exclude: patterns as for `fnmatch`: those with a slash are held against the path below
            the root, others against the name.

    Yields:
        A `FileStat` for each photo; `Rejected` for what cannot be looked into; `Skipped` for
        what is passed over though it might hold photos.
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
    """One walk through folders: where it has been, and the links it has left for later."""

    def __init__(self, exclude: Sequence[str]) -> None:
        self.links: list[str] = []
        self._entered: set[tuple[int, int]] = set()
        self._excludes = bool(exclude)
        self._by_path = _matcher(pattern for pattern in exclude if "/" in pattern)
        self._by_name = _matcher(pattern for pattern in exclude if "/" not in pattern)

    def below(self, root: str) -> Iterator[FileStat | Rejected | Skipped]:
        """Yield what lies below a folder."""
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
    ) -> Iterator[FileStat | Rejected | Skipped]:
        for entry in entries:
            is_folder = os.path.isdir(entry) if entry.is_symlink() else entry.is_dir()
            if not is_folder and not has_extension(entry.name):
                continue
            if self._is_passed_over(entry, root):
                yield Skipped(entry.path)
            elif not is_folder:
                yield _inspected(entry.path)
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
        if entry.name.startswith(".") or entry.name in _IGNORED_FOLDERS:
            return True
        if not self._excludes:
            return False  # as it mostly is: 100,000 files are not to be matched with nothing
        below = entry.path.removeprefix(root).lstrip(os.sep)
        return self._by_name(entry.name) or self._by_path(below)


def _matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    expressions = "|".join(fnmatch.translate(pattern.strip("/")) for pattern in patterns)
    if not expressions:
        return lambda _: False
    matches = re.compile(expressions).match
    return lambda text: matches(text) is not None


def has_extension(path: str) -> bool:
    """Say whether a path ends as a photo's does."""
    return path.lower().endswith(EXTENSIONS)


def _inspected(path: str) -> FileStat | Rejected:
    try:
        status = os.stat(path)
    except OSError as error:
        return Rejected(path, error.strerror or str(error))
    if not stat.S_ISREG(status.st_mode):
        return Rejected(path, "not a regular file")
    return FileStat(path, status.st_size, min(status.st_mtime_ns, LATEST_NS))
