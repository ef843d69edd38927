"""The page's own files: HTML, style sheet, scripts, and OpenSeadragon."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "static"
"""Where they are."""

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
"""The content-security policy, which the page states too: nothing from elsewhere or inline."""


def page_files() -> Iterator[tuple[str, bytes]]:
    """Yield path and contents of each file."""
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            yield path.relative_to(FOLDER).as_posix(), path.read_bytes()
