"""Refuse outputs that would overwrite a photo, a database or a configuration."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..atomic import check_writable
from ..errors import UsageError, printable
from ..photos import final_path, hash_file, is_file, recorded_paths
from ..rendering import folder_beside
from ..store import Database, is_photo, photo_below


def refuse_overwriting(
    database: Database, outputs: Sequence[Path], kept: Iterable[str | Path] = ()
) -> None:
    """Refuse outputs that cannot be written, or would replace what people want to keep.

    Args:
        database: knows the photos, and the mosaics that were written here.
        outputs: files that are about to be written, maybe with a folder beside them: see
            `mosaicdb.rendering.folder_beside`.
        kept: other files that must stay, such as the target and the configuration.

    Raises:
        UsageError: an output is a photo, the database, one of `kept`, or named twice, or a folder
            that would be replaced holds one of these.
        MosaicdbError: it cannot be written.
    """
    places = [final_path(output) for output in outputs]
    if len(set(places)) < len(places):
        raise UsageError(f"{printable(outputs[0])} is named twice: name two different files")
    taken = {final_path(path) for path in [*database.files, *kept]}
    for output, place in zip(outputs, places, strict=True):
        check_writable(output)
        _refuse_folder(database, output, [*taken, *places])
        if place in taken:
            raise UsageError(
                f"{printable(output)} is in use, by this command or the database: name another file"
            )
        if not is_file(place):
            continue
        if is_photo(database, recorded_paths(output), hash_file(place)):
            raise UsageError(f"{printable(output)} is one of your photos: name another file")


def _refuse_folder(database: Database, output: Path, taken: Iterable[str]) -> None:
    """Refuse an output with which a folder would be replaced that holds what is to be kept."""
    folder = folder_beside(output)
    if folder is None or not folder.is_dir():
        return
    within = next((path for path in taken if Path(path).is_relative_to(folder)), None)
    photo = photo_below(database, str(folder))
    if within is not None or photo is not None:
        what = "a file that is in use" if photo is None else "one of your photos"
        raise UsageError(
            f"{printable(output)}: its tiles would replace {printable(folder)}, which holds "
            f"{what}, {printable(photo or within)}: give another name"
        )
