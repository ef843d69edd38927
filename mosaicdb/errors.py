"""The errors a user can cause, each one line, each with its exit code."""


class MosaicdbError(Exception):
    """Something failed: the message says what, on which file, and what to do next."""

    exit_code = 1


class UsageError(MosaicdbError):
    """The command line or the configuration asks for something that cannot be."""

    exit_code = 2


class SchemaTooNewError(MosaicdbError):
    """The database was written by a newer mosaicdb."""

    exit_code = 4


class DatabaseError(MosaicdbError):
    """The database cannot be opened, read or written."""


class LockedError(DatabaseError):
    """Another program keeps the database locked: it may be free again at any moment."""


class ReadOnlyError(DatabaseError):
    """The database can be read, but not written."""


class MatchingError(MosaicdbError):
    """No match can exist: too few tiles, limits that exclude each other, bad features."""


class PhotoError(MosaicdbError):
    """A photo that one thing depends on, such as the target, cannot be read."""


class RenderingError(MosaicdbError):
    """The picture cannot be made as asked."""


class MissingExtraError(MosaicdbError):
    """An optional dependency is not installed.

    Args:
        feature: what the user asked for.
        extra: the extra of this package that brings it.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs the extra '{extra}': pip install 'mosaicdb[{extra}]'")


def printable(path: object) -> str:
    """Give a path, or any text, as one line that every terminal can show.

    Args:
        path: a path whose bytes may be no UTF-8 and may hold control characters.
    """
    text = str(path).encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )
