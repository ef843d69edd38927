"""Which files and folders are skipped by their names."""

import fnmatch
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from .spelling import normalized

IGNORING_FILE: Final = ".nomedia"
"""Name of a file whose folder is skipped."""


class Exclusions:
    """Says which names and paths are skipped: hidden ones, and those that patterns match.

    Args:
        patterns: as for `fnmatch`: those with a slash match the path below the root, others the
            name, whatever their Unicode normal form.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._are_any = bool(patterns)
        self._by_path = _matcher(pattern for pattern in patterns if "/" in pattern)
        self._by_name = _matcher(pattern for pattern in patterns if "/" not in pattern)

    def skip(self, name: str, path: str, root: str) -> bool:
        """Say whether a file or folder is skipped.

        Args:
            name: its name.
            path: its path or URL.
            root: that of a folder above.
        """
        if name.startswith("."):
            return True
        if not self._are_any:
            return False  # usual case: skip matching for speed
        return self._by_name(name) or self._by_path(path.removeprefix(root).lstrip("/"))


def _matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    expressions = "|".join(
        fnmatch.translate(normalized(pattern.strip("/"))) for pattern in patterns
    )
    if not expressions:
        return lambda _: False
    matches = re.compile(expressions).match
    return lambda text: matches(normalized(text)) is not None
