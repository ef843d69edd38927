"""Find photos: walk folders in a way that no link, pipe or missing permission upsets."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from ..model import FileStat, Rejected

EXTENSIONS: Final = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"}
    | {".avif", ".heic", ".heif", ".hif"}
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


def find_files(roots: Sequence[str]) -> Iterator[FileStat | Rejected]:
    """Yield the photos at and below some paths, each once, in no particular order.

    A folder is entered once, by its own path where it has one below the roots and through a
    link only otherwise. Files need a picture's extension, unless they are named themselves.

    Args:
        roots: canonical paths of folders and files.

    Yields:
        A `FileStat` for each photo; `Rejected` for what cannot be looked into.
    """
    folders = [root for root in roots if os.path.isdir(root)]
    named = sorted(set(roots) - set(folders))
    entered: set[tuple[int, int]] = set()
    yielded = set(named)
    yield from map(_found, named)
    while folders:
        links: list[str] = []
        for root in folders:
            for found in _walk(root, entered, links):
                if found.path not in yielded:
                    yield found
        folders = sorted(links)


def _walk(
    root: str, entered: set[tuple[int, int]], links: list[str]
) -> Iterator[FileStat | Rejected]:
    stack = [root]
    while stack:
        folder = stack.pop()
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(entry.path)
                    elif entry.is_symlink() and os.path.isdir(entry.path):
                        links.append(entry.path)
                    elif _has_extension(entry.name):
                        yield _found(entry.path)
        except OSError as error:
            yield Rejected(folder, f"cannot look into this folder: {error.strerror}")


def _has_extension(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in EXTENSIONS


def _found(path: str) -> FileStat | Rejected:
    try:
        status = os.stat(path)
    except OSError as error:
        return Rejected(path, error.strerror or str(error))
    if not stat.S_ISREG(status.st_mode):
        return Rejected(path, "not a regular file")
    return FileStat(path, status.st_size, status.st_mtime_ns)
