"""A real browser for the tests of pages, and a server for it.

Needs Playwright and a Chromium: `.ci/run viewer` installs both, and axe. MOSAICDB_TEST_CHROMIUM and
MOSAICDB_TEST_AXE name those that are elsewhere.
"""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mosaicdb.viewing import Access, Contents, Editor, Live, listen, make_server

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
pytest.importorskip("uvicorn", reason="needs the extra viewer")

CHROMIUM = os.environ.get("MOSAICDB_TEST_CHROMIUM") or shutil.which("chromium")
AXE = os.environ.get("MOSAICDB_TEST_AXE")
if CHROMIUM is None:
    pytest.skip("needs Chromium", allow_module_level=True)

HOSTILE = '<img src=x onerror="document.title=1">.jpg'
WIDE, NARROW = {"width": 1100, "height": 700}, {"width": 360, "height": 640}

TIMEOUT = 180_000
"""Milliseconds that a page has to show something: kernels may have to be compiled first."""

PAUSE = 20
"""Milliseconds between two questions."""

expect = playwright.expect
"""Assert what a page comes to show: what it was told of is shown a moment later."""
expect.set_options(timeout=TIMEOUT)


@contextmanager
def serving(shown: Contents | Editor | Live, **access: str) -> Iterator[Access]:
    """Serve pages from a thread, at a free port."""
    listener = listen("127.0.0.1", 0)
    opened = Access("127.0.0.1", listener.getsockname()[1], **access)
    server = make_server(shown, opened)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield opened
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def comes_true(page, expression: str) -> bool:
    """Say whether an expression becomes true, asking again and again.

    Playwright's own `wait_for_function` evaluates text inside of the page, which the pages' policy
    forbids, unless it is true at once.
    """
    for _ in range(TIMEOUT // PAUSE):
        if page.evaluate(expression):
            return True
        page.wait_for_timeout(PAUSE)
    return False


def serious_faults(page) -> list[object]:
    """List what axe finds, and whether the page is wider than the window."""
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run().then(found => found.violations)")
    faults = [fault for fault in found if fault["impact"] in ("serious", "critical")]
    fits = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return [*faults, *([] if fits else ["wider than the window"])]
