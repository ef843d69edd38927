"""What the commands that serve pages to a browser have in common."""

import argparse
import threading

from ..viewer_options import ViewOptions
from .options import Parser, add_option


def add_serving(parser: Parser) -> None:
    """Add the options of a command that serves pages, and opens them."""
    add_option(parser, "--host", ViewOptions, "host", "ADDRESS")
    add_option(parser, "--port", ViewOptions, "port", "N")
    parser.add_argument(
        "--no-browser",
        dest="opens_browser",
        action="store_false",
        help="open no browser, only print links",
    )


def view_options(options: argparse.Namespace) -> ViewOptions:
    """Give where to serve pages."""
    return ViewOptions(options.host, options.port)


def open_pages(options: argparse.Namespace, *links: str) -> None:
    """Open pages in the browser, unless the command is to open none."""
    if not options.opens_browser:
        return
    import webbrowser

    for link in links:
        threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()
