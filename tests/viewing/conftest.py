"""The browser that the tests of pages share."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Give a browser without a window."""
    from browser import CHROMIUM, playwright  # skips where there is none

    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
