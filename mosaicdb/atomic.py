"""Write files so that a reader finds the old one or the new one, and never half of one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import MosaicdbError, printable


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; at the end it takes the place of `path`.

    Where `path` is a link, it stays one and what it leads to is replaced. A device or a pipe is
    written to as it is.

    Args:
        path: of the file; folders above it are made.

    Raises:
        MosaicdbError: the folder cannot be written to, or the disk is full; `path` is as it was.
    """
    temporary: Path | None = None
    try:
        place = Path(os.path.realpath(path))
        if place.exists() and not (place.is_file() or place.is_dir()):
            yield path
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(suffix=place.suffix, prefix=".", dir=place.parent)
        os.close(descriptor)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(place)
    except OSError as error:
        raise MosaicdbError(f"cannot write {printable(path)}: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
