"""The command line: parse, call a pipeline, print."""

import contextlib
import io
import os
import signal
import sys
import threading
from collections.abc import Sequence

from ..errors import MosaicdbError, printable
from .parser import build_parser

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: default: those of the process.

    Returns:
        The exit code: 0 done; 1 failed; 2 usage; 3 done, but some photos were rejected; 4 the
        database's schema is newer than the program; 130 interrupted.
    """
    debug = False
    _prepare_streams()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up as after Ctrl-C
    try:
        options = build_parser().parse_args(arguments)
        debug = options.debug
        code: int = options.run(options)
        sys.stdout.flush()
    except MosaicdbError as error:
        if debug:
            raise
        print(f"mosaicdb: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # whoever read the output has enough
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if debug:
            raise
        place = f"{printable(error.filename)}: " if error.filename else ""
        print(f"mosaicdb: {place}{error.strerror or error}", file=sys.stderr)
        return 1
    except MemoryError:
        if debug:
            raise
        print("mosaicdb: out of memory: use fewer cells or smaller thumbnails", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        if debug:
            raise
        print("mosaicdb: interrupted; what was finished is kept", file=sys.stderr)
        return _INTERRUPTED
    except Exception as error:
        if debug:
            raise
        what = f"{type(error).__name__}: {printable(error)}"
        print(f"mosaicdb: {what}; this is a bug: --debug shows where", file=sys.stderr)
        return 1
    return code


def _prepare_streams() -> None:
    """Let nothing that is printed fail: not on a closed stream, not on a strange character."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
