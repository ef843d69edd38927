"""The stopping criterion of a search: a proven gap, or a time limit; and news of how far it is."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ..records import PROVEN_GAP, Status

MOST_KEPT_BACK = 0.5
"""Share of a time limit that may be kept for what follows the search. A choice, not a measurement:
an answer after the limit is worse than one with a wider gap."""

NEWS_SECONDS = 0.2
"""Seconds between two calls of the progress callback: five a second look smooth on a terminal."""

Progress = Callable[[float | None, str], None]


@dataclass(slots=True)
class StoppingCriterion:
    """Is asked often whether to go on, and tells how far the search is."""

    gap_asked: float = 0.0
    """Relative gap that is small enough."""
    seconds: float = math.inf
    """Time that the whole match may take."""
    progress: Progress | None = None
    """Called with the gap proven so far, or None, and the phase."""
    gap: float | None = None
    """Relative gap proven so far."""
    phase: str = ""
    kept_back: float = 0.0
    """Seconds before the time limit at which the search has to end."""
    cut_short: bool = False
    """Whether the time limit was met by anything that asked."""
    begun: float = field(default_factory=time.monotonic)
    last_news: float = field(default_factory=time.monotonic)

    @property
    def deadline(self) -> float:
        """When all should be done, on the clock `time.monotonic`, in seconds."""
        return self.begun + self.seconds

    def seconds_left(self) -> float | None:
        """Give what is left of the time, or None where it is not limited."""
        if math.isinf(self.seconds):
            return None
        return max(0.0, self.deadline - time.monotonic())

    def keep_back(self, seconds: float) -> None:
        """Let the search stop earlier, for what comes after it, by no more than half the time."""
        self.kept_back = min(seconds, MOST_KEPT_BACK * self.seconds)

    def tell(self, phase: str) -> None:
        """Tell at once what is done now."""
        if self.progress is not None:
            self.progress(None, phase)

    def out_of_time(self) -> bool:
        """Say whether the search has to stop now; tell the gap and the phase now and then."""
        now = time.monotonic()
        if self.progress is not None and now - self.last_news > NEWS_SECONDS:
            self.last_news = now
            self.progress(self.gap, self.phase)
        late = now > self.deadline - self.kept_back
        self.cut_short |= late
        return late

    def status(self, gap: float, proof_complete: bool = True) -> Status:
        """Say why a search stopped, from the relative gap that its certificate proves.

        Args:
            gap: of the answer.
            proof_complete: whether the time sufficed to compute all of the bound.
        """
        if gap <= PROVEN_GAP:
            return "optimal"
        if gap <= self.gap_asked:
            return "gap reached"
        return "time limit" if self.cut_short or not proof_complete else "search ended"
