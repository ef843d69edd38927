"""Long solves: progress, and when to stop."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

MOST_KEPT_BACK = 0.5


@dataclass(slots=True)
class Watch:
    """Asks often whether to go on, and tells how far it is."""

    limit: float = np.inf
    """Seconds that all may take."""
    report: Callable[[float | None, str], None] | None = None
    gap: float | None = None
    phase: str = ""
    kept_back: float = 0.0
    begun: float = field(default_factory=time.monotonic)
    last: float = field(default_factory=time.monotonic)

    @property
    def end(self) -> float:
        """When all should be done, on the clock `time.monotonic`."""
        return self.begun + self.limit

    def keep_back(self, seconds: float) -> None:
        """Let the search stop earlier, for what comes after it, by no more than half the time."""
        self.kept_back = min(seconds, MOST_KEPT_BACK * self.limit)

    def expired(self) -> bool:
        """Say whether the time is up; tell the gap and the phase now and then."""
        now = time.monotonic()
        if self.report is not None and now - self.last > 0.2:
            self.last = now
            self.report(self.gap, self.phase)
        return now > self.end - self.kept_back
