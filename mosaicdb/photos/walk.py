"""Find photos in folders, tolerating links, pipes and missing permissions."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..object_storage import canonical_url, is_url, object_exists
from ..readings import LATEST_NS, FileStat, Rejected, Skipped, Undecodable
from .derivatives import holds_derivatives
from .exclusions import IGNORING_FILE, Exclusions
from .formats import has_extension, missing_extra
from .objects import find_objects
from .spelling import as_spelled_on_disk, spellings
from .status import status_of


def canonical_path(path: str | Path) -> str:
    """Return the absolute path under which a folder or file is recorded.

    Symbolic links to folders are resolved, so that a folder has one name; the last component of a
    file's path is not, since a link to a photo counts as a file of its own. A name that exists only
    in another Unicode normal form is spelled as on disk. A URL has no slash at its end.

    Raises:
        UsageError: see `mosaicdb.object_storage.canonical_url`.
    """
    if is_url(path):
        return canonical_url(str(path))
    absolute = as_spelled_on_disk(os.path.abspath(path))
    if os.path.isdir(absolute):
        return os.path.realpath(absolute)
    return os.path.join(os.path.realpath(os.path.dirname(absolute)), os.path.basename(absolute))


def final_path(path: str | Path) -> str:
    """Return the path of a file with all symbolic links resolved, under which it is written."""
    canonical = canonical_path(path)
    return canonical if is_url(canonical) else os.path.realpath(canonical)


def is_file(path: str | Path) -> bool:
    """Say whether there is a file, or an object.

    Raises:
        StorageError, MissingExtraError: it is a URL, and nobody can say.
    """
    return object_exists(str(path)) if is_url(path) else os.path.isfile(path)


def recorded_paths(path: str | Path) -> set[str]:
    """Return the paths under which a mosaic in a file may be recorded.

    That is its canonical path, the same with all symbolic links resolved, and where the file system
    takes names in any Unicode normal form, those in the others.
    """
    canonical = canonical_path(path)
    if is_url(canonical):
        return {canonical}
    return spellings(canonical) | spellings(final_path(canonical))


Visited = FileStat | Rejected | Skipped | Undecodable
"""What a walk yields."""


def find_files(roots: Sequence[str], exclude: Sequence[str] = ()) -> Iterator[Visited]:
    """Yield the photos at and below some paths, each once, in arbitrary order.

    A folder is entered once: by its own path if it lies below the roots, else through a link.
    Hidden files and folders, folders that hold a file `.nomedia` and those in which programs
    keep thumbnails, previews, snapshots and trash are skipped, as are files without a picture's
    extension. Paths in `roots` are never skipped.

    Args:
        roots: canonical paths of folders and files, and URLs: see `find_objects`.
        exclude: see `Exclusions`.

    Yields:
        A `FileStat` for each photo, and for each link to nothing, pipe, socket and device by a
        photo's name; `Rejected` for what cannot be looked at; `Skipped` for files and
        folders that are skipped; `Undecodable` for photos below the roots that need an extra.
    """
    urls = [root for root in roots if is_url(root)]
    yield from find_objects(urls, exclude)
    roots = [root for root in roots if root not in urls]
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
        self._exclusions = Exclusions(exclude)

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
            elif self._exclusions.skip(entry.name, entry.path, root):
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


def _inspected(path: str) -> FileStat | Rejected:
    try:
        status = status_of(path)
    except OSError as error:
        return Rejected(path, error.strerror or str(error))
    return FileStat(path, status.st_size, min(status.st_mtime_ns, LATEST_NS))
