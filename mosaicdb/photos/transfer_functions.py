"""Transfer functions: from stored values, 0 to 1, to linear light, 0 to 1."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_Values = NDArray[np.float64]

_REFERENCE_WHITE: Final = 203.0  # cd/m², of HDR pictures: ITU-R BT.2408
_HLG_PEAK: Final = 1000.0  # cd/m², of the display that HLG is made for
_HLG_SYSTEM_GAMMA: Final = 1.2
_KNEE: Final = 0.5  # of the reference white


@dataclass(frozen=True, slots=True)
class Power:
    """A plain power function."""

    exponent: float
    """Linear light is the stored value to this power."""

    def __call__(self, values: _Values) -> _Values:
        """Return linear light."""
        light: _Values = values**self.exponent
        return light


def srgb(values: _Values) -> _Values:
    """Return linear light of sRGB. Source: IEC 61966-2-1."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def pq(values: _Values) -> _Values:
    """Return linear light of the perceptual quantizer, tone-mapped. Source: SMPTE ST 2084."""
    root = values ** (32 / 2523)
    ratio = np.maximum(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root)
    return _tone_mapped(10_000 / _REFERENCE_WHITE * ratio ** (8192 / 1305))


def hlg(values: _Values) -> _Values:
    """Return linear light of hybrid log-gamma, tone-mapped.

    The display's system gamma is applied to each channel by itself. Source: ITU-R BT.2100.
    """
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(values <= 0.5, values**2 / 3, (np.exp((values - c) / a) + b) / 12)
    return _tone_mapped(_HLG_PEAK / _REFERENCE_WHITE * scene**_HLG_SYSTEM_GAMMA)


def _tone_mapped(light: _Values) -> _Values:
    """Compress light of HDR into that of SDR.

    Args:
        light: 1 is the reference white, 203 cd/m²; brighter is more.

    Returns:
        0 to 1: unchanged up to half the reference white; above, an exponential that goes on with
        the same slope towards 1.
    """
    above = np.maximum(light - _KNEE, 0) / (1 - _KNEE)
    return np.minimum(light, _KNEE) + (1 - _KNEE) * (1 - np.exp(-above))
