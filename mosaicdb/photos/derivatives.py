"""Know the folders in which programs keep copies of photos: thumbnails, previews, trash."""

import os
from pathlib import PurePath
from typing import Final

_FOLDERS: Final = frozenset(
    {
        *("@eadir", "#recycle", "#snapshot"),  # Synology
        *("@recycle", "@recently-snapshot"),  # QNAP
        *("$recycle.bin", "recycler", "system volume information"),  # Windows
        *("lost+found", "__macosx", "ipod photo cache", "~snapshot"),
    }
)
_LIGHTROOM: Final = "previews.lrdata"  # "… Previews.lrdata", "… Smart Previews.lrdata"
_LIBRARIES: Final = (".photoslibrary", ".photolibrary", ".migratedphotolibrary", ".aplibrary")
_IN_LIBRARIES: Final = frozenset({"derivatives", "resources", "thumbnails", "previews"})


def holds_derivatives(folder: str) -> bool:
    """Return whether a folder holds thumbnails, previews, snapshots or trash, by its name.

    Apple's photo libraries are folders, too: their originals are photos like others, their
    derivatives and resources are not.

    Args:
        folder: its path; upper and lower case are the same.
    """
    above, name = os.path.split(folder.lower())
    if name in _FOLDERS or name.endswith(_LIGHTROOM):
        return True
    return name in _IN_LIBRARIES and any(part.endswith(_LIBRARIES) for part in above.split(os.sep))


def lies_among_derivatives(path: str) -> bool:
    """Return whether a file lies anywhere below a folder that holds derivatives."""
    return any(holds_derivatives(str(folder)) for folder in PurePath(path).parents)
