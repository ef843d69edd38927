"""How a pipeline tells its caller how far it is."""

from collections.abc import Sequence
from typing import Final, Protocol


class Progress(Protocol):
    """Is called by pipelines while they work; a caller may show it, or cancel by raising."""

    shows_notices: bool
    """Whether notices are shown; if not, pipelines skip work that only serves a notice."""

    def begin(self, phase: str, total: int) -> None:
        """Begin a phase of `total` items."""

    def advance(self, outcomes: Sequence[object]) -> None:
        """Count some items as done; an outcome says what became of one, None: nothing to tell."""

    def report_gap(self, gap: float | None, phase: str) -> None:
        """Give the proven gap of the match that is sought, or None, and what is done now."""

    def end(self) -> None:
        """End what was begun or reported."""

    def wait(self) -> None:
        """Say that an ingest into the same database has to end first."""

    def notice(self, text: str) -> None:
        """Say in one line what a user should know."""


class Silent:
    """A progress that nobody sees."""

    shows_notices = False

    def begin(self, phase: str, total: int) -> None:
        """Ignore it."""

    def advance(self, outcomes: Sequence[object]) -> None:
        """Ignore it."""

    def report_gap(self, gap: float | None, phase: str) -> None:
        """Ignore it."""

    def end(self) -> None:
        """Ignore it."""

    def wait(self) -> None:
        """Ignore it."""

    def notice(self, text: str) -> None:
        """Ignore it."""


SILENT: Final = Silent()
