"""The command line: parse, call a pipeline, print."""

import contextlib
import io
import os
import signal
import sys
import threading
from collections.abc import Sequence

from ..errors import MosaicdbError, printable
from .output import INTERRUPTED

_KEPT = "what was finished is kept"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: default: those of the process.

    Returns:
        The exit code: 0 done; 1 failed; 2 usage; 3 done, but some photos were rejected; 4 the
        database's schema is newer than the program; 130 interrupted.
    """
    _prepare_streams()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up as after Ctrl-C
    debug, kept = False, _KEPT
    try:
        from .parser import build_parser  # here: worker processes import this module, and not it

        options = build_parser().parse_args(arguments)
        options.typed = ["mosaicdb", *(sys.argv[1:] if arguments is None else arguments)]
        debug, kept = options.debug, getattr(options, "when_interrupted", _KEPT)
        code: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output has enough
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            raise
        return _tell(error, kept)
    return code


def _tell(error: BaseException, kept: str) -> int:
    """Tell in one line what ended a command, and what it kept; give the exit code."""
    try:
        text, code = _explain(error, kept)
    except KeyboardInterrupt as interrupt:  # its workers were stopped first, which is the error
        text, code = _explain(interrupt, kept)
    print(f"mosaicdb: {text}", file=sys.stderr)
    exec("")  # lets Python forget that an interrupt ended a string's execution: it exits by it
    return code


def _was_interrupted(error: BaseException | None) -> bool:
    """Say whether an interrupt led to an error: imports and libraries may turn it into theirs."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _explain(error: BaseException, kept: str) -> tuple[str, int]:
    """Give one line for whatever ended a command, and the exit code."""
    if _was_interrupted(error):
        return f"interrupted; {kept}", INTERRUPTED
    match error:
        case MosaicdbError():
            return str(error), error.exit_code
        case OSError():
            place = f"{printable(error.filename)}: " if error.filename else ""
            return f"{place}{error.strerror or error}", 1
        case MemoryError():
            return "out of memory: use fewer cells or smaller thumbnails", 1
    what = f"{type(error).__name__}: {printable(error)}"
    return f"{what}; this is a bug: --debug shows where", 1


def _prepare_streams() -> None:
    """Let nothing that is printed fail: not on a closed stream, not on a strange character."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
