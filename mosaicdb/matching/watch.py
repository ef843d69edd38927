"""Long solves: progress, and when to stop."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


@dataclass(slots=True)
class Watch:
    """Asks often whether to go on, and tells how far it is."""

    deadline: float = np.inf
    report: Callable[[float | None, str], None] | None = None
    gap: float | None = None
    phase: str = ""
    last: float = field(default_factory=time.monotonic)

    def expired(self) -> bool:
        """Say whether the time is up; tell the gap and the phase now and then."""
        now = time.monotonic()
        if self.report is not None and now - self.last > 0.2:
            self.last = now
            self.report(self.gap, self.phase)
        return now > self.deadline
