"""Errors to report to users: a message of one line and an exit code."""

import re
from typing import Final


class MosaicdbError(Exception):
    """Base class; the message says what failed, on which file, and what to do next."""

    exit_code = 1


class UsageError(MosaicdbError):
    """The command line or the configuration is invalid."""

    exit_code = 2


class SchemaTooNewError(MosaicdbError):
    """The database was written by a newer mosaicdb."""

    exit_code = 4


class DatabaseError(MosaicdbError):
    """The database cannot be opened, read or written."""


class LockedError(DatabaseError):
    """Another program holds the lock on the database; a retry may succeed."""


class ReadOnlyError(DatabaseError):
    """The database can be read, but not written."""


class MatchingError(MosaicdbError):
    """No match exists: too few tiles, contradictory limits, or invalid features."""


class PhotoError(MosaicdbError):
    """A required photo, such as the target, cannot be read."""


class StorageError(MosaicdbError):
    """Object storage cannot be reached, or refuses."""


class RenderingError(MosaicdbError):
    """The picture cannot be rendered as requested."""


class MissingExtraError(MosaicdbError):
    """An optional dependency is not installed.

    Args:
        feature: what the user requested.
        extra: the extra of this package that provides it.
    """

    def __init__(self, feature: str, extra: str) -> None:
        self._given = feature, extra
        super().__init__(f"{feature} needs the extra '{extra}': pip install 'mosaicdb[{extra}]'")

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Say how it is made again behind the border of a process."""
        return type(self), self._given


def printable(path: object) -> str:
    """Return a path, or any text, as one line of printable characters.

    Args:
        path: may hold control characters and surrogate escapes.
    """
    text = str(path).encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


_PASSWORD: Final = re.compile(
    r"(?<=://)([^:/@?#\[\s]*):(?:.*(?=@)|(?!\d*(?:[/?]|$))[^/?]*)", re.DOTALL
)
_PASSWORD_OPTION: Final = re.compile(r"(?<=[?&])(\w*password)=[^&\s]*&?", re.IGNORECASE)


def without_password(location: str) -> str:
    """Return a URL without the passwords in it, and any other text as it is.

    Args:
        location: may be no valid URL: what may be a password goes.
    """
    if "://" not in location:
        return location
    return _PASSWORD_OPTION.sub("", _PASSWORD.sub(r"\1", location)).rstrip("?&")
