"""Read when, where and by which camera a photo was taken."""

from PIL import ExifTags, Image

from ..capture import Capture
from .dates import taken_at
from .metadata import Metadata, plain_text, read_metadata
from .places import position


def read_capture(image: Image.Image) -> Capture:
    """Read what EXIF or XMP say of how a photo was taken.

    Args:
        image: an opened picture, not decoded yet.
    """
    metadata = read_metadata(image)
    latitude, longitude = position(metadata) or (None, None)
    return Capture(
        taken_at=taken_at(metadata),
        latitude=latitude,
        longitude=longitude,
        camera_make=_camera(metadata, ExifTags.Base.Make, "tiff:Make"),
        camera_model=_camera(metadata, ExifTags.Base.Model, "tiff:Model"),
    )


def _camera(metadata: Metadata, tag: int, name: str) -> str | None:
    values = (metadata.main.get(tag), *metadata.properties(name))
    return next((text for value in values if (text := plain_text(value))), None)
