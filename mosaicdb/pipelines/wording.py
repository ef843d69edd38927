"""How numbers are put into words, on the command line and in reports."""

from collections.abc import Iterator, Sequence
from typing import Final

from ..records import PROVEN_GAP, Likeness, Mosaic, Score

SCALE_NAMES: Final = {
    "samples_1": "1 sample a cell",
    "samples_2": "2 x 2 samples",
    "samples_4": "4 x 4 samples",
    "afar": "from afar",
}
"""What people call the parts of a `Score`."""


def counted(count: int, thing: str) -> str:
    """Say how many: 1 tile, 2,000 tiles, …."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def times(count: int) -> str:
    """Say how often: once, 2 times, …."""
    return "once" if count == 1 else f"{count:,} times"


def ssim_text(ssim: float | None, unknown: str = "") -> str:
    """Write a structural similarity."""
    return unknown if ssim is None else f"{ssim:.3f}"


def likenesses(score: Score) -> Iterator[tuple[str, Likeness]]:
    """Yield each scale's name and how much a mosaic looks like its target at it."""
    for name, scale in SCALE_NAMES.items():
        yield scale, getattr(score, name)


_LEAST_PERCENT: Final = 0.001  # less is said to be within that


def within(gap: float) -> str:
    """Say how far from optimal a match may be, in plain numbers."""
    percent = max(gap * 100, _LEAST_PERCENT)
    number = f"{percent:.2g}" if percent < 10 else f"{percent:,.0f}"
    return f"within {number} % of optimal"


def optimality(mosaic: Mosaic) -> str | None:
    """Say how far from optimal a mosaic's match is; None where nobody knows."""
    if mosaic.gap is None:
        return None
    if mosaic.gap <= PROVEN_GAP:
        return "optimal"
    unproven = mosaic.parameters.get("gap") == 0 and not mosaic.parameters.get("min_distance")
    return within(mosaic.gap) + (" (optimality was not proven)" if unproven else "")


def retyped(typed: Sequence[str], flags: Sequence[str]) -> Iterator[str]:
    """Yield a command line with other flags, each with its value, in the place of its own."""
    named = [flag.partition(" ")[0] for flag in flags]
    words = iter(typed)
    for word in words:
        if word in named:
            next(words, None)
        elif word.partition("=")[0] not in named:
            yield word
    yield from flags
