"""Compare names whatever their Unicode normal form.

The é of a file's name may be one character (NFC) or an e with an accent (NFD, as in files that come
from a Mac). People cannot see which, and keyboards give NFC.
"""

import os
import unicodedata


def normalized(name: str) -> str:
    """Return a name in the form in which names are compared: NFC."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def spellings(path: str) -> set[str]:
    """Return a path, and those in other Unicode normal forms that are the same file.

    Args:
        path: absolute.
    """
    others = {unicodedata.normalize(form, path) for form in ("NFC", "NFD")} - {path}
    return {path, *(other for other in others if _is_same_file(path, other))}


def _is_same_file(path: str, other: str) -> bool:
    try:
        return os.path.samefile(path, other)
    except OSError:
        return False


def as_spelled_on_disk(path: str) -> str:
    """Return the path of an existing file that differs only in its Unicode normal form, if any.

    Args:
        path: one that exists, or that has no such file, is returned as it is.
    """
    if path.isascii() or os.path.lexists(path):
        return path
    above, name = os.path.split(path)
    folder = as_spelled_on_disk(above)
    spelled = os.path.join(folder, _spelled_in(folder, name))
    return spelled if os.path.lexists(spelled) else path


def _spelled_in(folder: str, name: str) -> str:
    try:
        names = sorted(os.listdir(folder or os.curdir))
    except OSError:
        return name
    if name in names:
        return name
    wanted = normalized(name)
    return next((found for found in names if normalized(found) == wanted), name)
