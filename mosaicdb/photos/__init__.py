"""Find photos, read them, and make tiles of them."""

from .read import hash_file, lost_reading, read_photo
from .remake import remake_thumbnail
from .samples import make_sample_photos, sample_target
from .source_file import read_cut, read_first, read_whole
from .target import Framed, read_framed, read_mask
from .thumbnail import adopt_thumbnail, measure_stored, stored_greys
from .walk import Visited, canonical_path, find_files
from .watcher import watch_photos

__all__ = [
    "Framed",
    "Visited",
    "adopt_thumbnail",
    "canonical_path",
    "find_files",
    "hash_file",
    "lost_reading",
    "make_sample_photos",
    "measure_stored",
    "stored_greys",
    "read_cut",
    "read_first",
    "read_framed",
    "read_mask",
    "read_photo",
    "read_whole",
    "remake_thumbnail",
    "sample_target",
    "watch_photos",
]
