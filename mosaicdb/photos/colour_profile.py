"""Convert pictures to sRGB by ICC profiles."""

import functools
import hashlib
import io
from collections import OrderedDict
from threading import Lock
from typing import Final

import numpy as np
from PIL import Image, ImageCms

_MOST_TRANSFORMS: Final = 32
_NATIVE_MODES: Final = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}
"""Pillow's mode of the colour spaces that a profile can be of."""
_RGB_MODES: Final = ("RGB", "RGBA", "RGBX", "L", "LA", "YCbCr")  # can be read as RGB
_MOST_ROUNDING: Final = 1  # of 255
_LATTICE_STEPS: Final = 9

Transform = ImageCms.ImageCmsTransform | None


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert a picture's colours to sRGB: relative colorimetric, with black point compensation.

    Args:
        image: decoded; small pictures cost less. In mode RGB, it is converted in place.
        profile: the ICC profile of its colours; None: sRGB. A profile that is damaged, or is one
            of other colours than the picture has, counts as sRGB.

    Returns:
        A picture in mode RGB, or RGBA with the same opacity; the picture as it is if its colours
        are sRGB already.
    """
    if profile is None:
        return image
    transform = _transforms.find(profile)
    if transform is None or not _fits(image, transform.input_mode):
        return image
    if image.mode == transform.output_mode == transform.input_mode:
        pixels = image.getim()
        transform.transform.apply(pixels, pixels)
        image.info.pop("icc_profile", None)  # which it no longer has the colours of
        return image
    opaque = image if image.mode == transform.input_mode else image.convert(transform.input_mode)
    converted = Image.new(transform.output_mode, image.size)
    transform.transform.apply(opaque.getim(), converted.getim())
    if image.mode in ("RGBA", "LA"):
        converted.putalpha(image.getchannel("A"))
    return converted


def _fits(image: Image.Image, mode: str) -> bool:
    """Say whether a picture's colours can be those of a profile of a mode."""
    if mode == "RGB":
        return image.mode in _RGB_MODES
    return image.mode == mode or (image.mode, mode) == ("LA", "L")


class _Transforms:
    """The transforms of the profiles that were met last, by the hash of their bytes."""

    def __init__(self) -> None:
        self._by_hash: OrderedDict[bytes, Transform] = OrderedDict()
        self._last: tuple[bytes, Transform] = (b"", None)  # spares the hash: photos come in runs
        self._lock = Lock()

    def find(self, profile: bytes) -> Transform:
        """Return the transform to sRGB; None: the colours are sRGB, or count as such."""
        last_profile, last_transform = self._last
        if profile == last_profile:
            return last_transform
        key = hashlib.sha256(profile).digest()
        with self._lock:
            if key in self._by_hash:
                self._by_hash.move_to_end(key)
            else:
                self._by_hash[key] = _build(profile)
                if len(self._by_hash) > _MOST_TRANSFORMS:
                    self._by_hash.popitem(last=False)
            self._last = profile, self._by_hash[key]
            return self._by_hash[key]


_transforms: Final = _Transforms()


def _build(profile: bytes) -> Transform:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = _NATIVE_MODES.get(source.profile.xcolor_space.strip())
        if mode is None:
            return None
        transform = ImageCms.buildTransform(
            source,
            _srgb_profile(),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    return None if _changes_nothing(transform) else transform


@functools.cache
def _srgb_profile() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Say whether colours all over RGB, or grey, are the same after a transform, but for rounding.

    So sRGB profiles are recognized whoever wrote them, and whatever they are called.
    """
    if transform.input_mode not in ("RGB", "L"):
        return False
    steps = np.linspace(0, 255, _LATTICE_STEPS).round().astype(np.uint8)
    lattice = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, _LATTICE_STEPS, 3)
    if transform.input_mode == "L":
        lattice = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
    before = Image.fromarray(lattice)
    after = transform.apply(before.convert(transform.input_mode))
    assert after is not None
    difference = np.asarray(after, dtype=np.int16) - lattice
    return bool(np.abs(difference).max() <= _MOST_ROUNDING)
