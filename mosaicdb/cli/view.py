"""`mosaicdb view`."""

import argparse
from contextlib import closing

from .opening import open_configured
from .options import Commands, Parser, add_command, add_mosaic, effective_config
from .output import INTERRUPTED, say
from .progress import TerminalProgress
from .serving import add_serving, open_pages, view_options


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "view",
        "look at a recorded mosaic in the browser, photo by photo, until Ctrl-C",
        example="mosaicdb view kitchen",
        details="Needs the extra 'viewer'. Who is logged in to this machine can look, and change "
        "the mosaic, too.",
    )
    add_mosaic(
        parser, "id or name of a mosaic, or path of its picture (default: the newest)", nargs="?"
    )
    add_serving(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve a viewer."""
    from ..pipelines.view import view

    config = effective_config(options)
    try:
        with (
            closing(TerminalProgress(options)) as progress,
            open_configured(options, config) as database,
        ):
            view(
                database,
                options.mosaic,
                view_options(options),
                lambda link, is_local: _tell(options, link, is_local),
                progress,
            )
    except KeyboardInterrupt:
        if options.debug:
            raise
    return INTERRUPTED


def _tell(options: argparse.Namespace, link: str, is_local: bool) -> None:
    if not is_local:
        say(
            options,
            f"whoever reaches {options.host} sees the photos and their paths if they have the "
            "token in this link, which travels unencrypted:",
        )
    print(link, flush=True)
    say(options, "Ctrl-C ends it")
    open_pages(options, link)
