"""Find photos in object storage by one listing, as `walk` finds them in folders."""

from collections.abc import Iterator, Sequence

from ..errors import UsageError, printable
from ..object_storage import ObjectStat, list_objects
from ..readings import FileStat, Skipped, Undecodable
from .derivatives import holds_derivatives
from .exclusions import IGNORING_FILE, Exclusions
from .formats import has_extension, missing_extra


def find_objects(
    roots: Sequence[str], exclude: Sequence[str] = ()
) -> Iterator[FileStat | Skipped | Undecodable]:
    """Yield the photos at and below some URLs, each once, in arbitrary order.

    What stands between slashes counts as a folder; see `mosaicdb.photos.walk.find_files` for which
    are skipped.

    Args:
        roots: URLs of objects, or of what their URLs begin with up to a slash.
        exclude: see `Exclusions`.

    Raises:
        UsageError: there is no object at or below a URL.
        StorageError, MissingExtraError: see `list_objects`.
    """
    found: set[str] = set()
    for root in sorted(roots, key=len, reverse=True):  # what is named is never skipped
        listing = _Listing(root, list(list_objects(root)), Exclusions(exclude))
        for visited in listing.visits():
            if visited.path not in found:
                found.add(visited.path)
                yield visited


class _Listing:
    """What a listing holds, and which of its folders are skipped."""

    def __init__(self, root: str, objects: Sequence[ObjectStat], exclusions: Exclusions) -> None:
        if not objects and "/" in root.partition("://")[2]:  # only a bucket may be empty
            raise UsageError(f"{printable(root)}: no such object, and none below it")
        self._root, self._objects, self._exclusions = root, objects, exclusions
        self._ignored = {
            folder
            for folder, _, name in (each.url.rpartition("/") for each in objects)
            if name == IGNORING_FILE and folder != root
        }
        self._skipped: dict[str, Skipped | None] = {root: None}

    def visits(self) -> Iterator[FileStat | Skipped | Undecodable]:
        """Yield each photo, and what is skipped, a folder once for each photo in it."""
        for each in self._objects:
            if each.url == self._root:
                yield FileStat(each.url, each.size, None, each.etag)
            elif has_extension(each.url):
                yield self._visited(each)

    def _visited(self, each: ObjectStat) -> FileStat | Skipped | Undecodable:
        folder, _, name = each.url.rpartition("/")
        if skipped := self._skipped_above(folder):
            return skipped
        if self._exclusions.skip(name, each.url, self._root):
            return Skipped(each.url)
        if extra := missing_extra(name):
            return Undecodable(each.url, extra)
        return FileStat(each.url, each.size, None, each.etag)

    def _skipped_above(self, folder: str) -> Skipped | None:
        """Give what is skipped of a folder and those above it, up to the root."""
        if folder not in self._skipped:
            above, _, name = folder.rpartition("/")
            skipped = self._skipped_above(above)
            if skipped is None and holds_derivatives(folder):
                skipped = Skipped(folder, holds_derivatives=True)
            elif skipped is None and (
                folder in self._ignored or self._exclusions.skip(name, folder, self._root)
            ):
                skipped = Skipped(folder)
            self._skipped[folder] = skipped
        return self._skipped[folder]
