"""Make a collection out of photographs that come with scikit-image."""

from pathlib import Path

from ..photos import make_sample_photos, sample_target
from .progress import SILENT, Progress


def make_collection(folder: Path, count: int, *, progress: Progress = SILENT) -> Path:
    """Write photos, cut from sample photographs, and give the path of a picture to rebuild.

    Args:
        folder: where the photos go.
        count: how many.
        progress: called with how many are written.
    """
    target = sample_target()
    progress.begin("making photos", count)
    for _ in make_sample_photos(folder, count):
        progress.advance([None])
    progress.end()
    return target
