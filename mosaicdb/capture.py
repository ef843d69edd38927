"""How a photo was taken: what its file says, and what a database keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Capture:
    """When, where and by which camera a photo was taken, as its file says; None: it does not.

    The names of the fields are those of the columns of tiles.
    """

    taken_at: datetime | None = None
    """In the camera's local time."""
    latitude: float | None = None
    """In degrees, north positive."""
    longitude: float | None = None
    """In degrees, east positive; known if the latitude is."""
    camera_make: str | None = None
    """Who made the camera, such as Apple."""
    camera_model: str | None = None
    """Which camera, such as iPhone 15 Pro."""
