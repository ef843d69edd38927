"""What errors of PostgreSQL mean, and what to do about them."""

from typing import Final

from ..errors import DatabaseError, LockedError, ReadOnlyError, printable

_AGAIN: Final = "what was finished is kept: run the same command again when it is back"
_STARTING: Final = f"the server is starting up; {_AGAIN}"
_BY_STATE: Final = {
    "28": "the server refuses the user or the password: see ~/.pgpass, PGPASSWORD and pg_hba.conf",
    "3D": "there is no such database on the server: make it with `createdb`",
    "53300": "the server has no connection left: end other programs, or raise max_connections",
    "53100": "the server's disk is full: free some space and run the same command again",
    "57P": f"the server was stopped; {_AGAIN}",
    "08": f"the server went away; {_AGAIN}",
    "23503": "what this needs was pruned meanwhile: run the command again",
}
"""Advice by how the SQLSTATE begins."""

_BY_TEXT: Final = {
    "password authentication failed": _BY_STATE["28"],
    "no password supplied": _BY_STATE["28"],
    "no pg_hba.conf entry": _BY_STATE["28"],
    "authentication failed": _BY_STATE["28"],
    "too many clients": _BY_STATE["53300"],
    "too many connections": _BY_STATE["53300"],
    "connection slots are reserved": _BY_STATE["53300"],
    "starting up": _STARTING,
    "in recovery mode": _STARTING,
    "not yet accepting connections": _STARTING,
    "shutting down": _BY_STATE["57P"],
    "connection failed": "the server does not answer",
    "connection to server": "the server does not answer",
    "connection timeout expired": "the server does not answer",
    "failed to resolve host": "the server does not answer",
    "server closed the connection": _BY_STATE["08"],
    "consuming input failed": _BY_STATE["08"],
    "sending query failed": _BY_STATE["08"],
    "connection is lost": _BY_STATE["08"],
    "connection is closed": _BY_STATE["08"],
    "connection is bad": _BY_STATE["08"],
}
"""Advice by what a message contains, where connections fail."""

_NOT_ANSWERING: Final = _BY_TEXT["connection failed"]


def read_only(name: str) -> ReadOnlyError:
    """Return the error for a database that cannot be written."""
    return ReadOnlyError(
        f"{name}: it is read-only: give its user the right to write, or name another with --db"
    )


def explain(error: Exception, name: str) -> DatabaseError:
    """Convert an error of SQLAlchemy or psycopg to one with a remedy.

    Args:
        error: the error.
        name: of the database, without a password.
    """
    original = getattr(error, "orig", None) or error
    state, text = getattr(original, "sqlstate", None) or "", str(original)
    if state == "55P03":
        return LockedError(
            f"{name}: another program has kept it locked for minutes: try again when it is done"
        )
    if state == "25006":
        return read_only(name)
    advice = None
    if not state or state.startswith("08"):  # psycopg has one SQLSTATE for all that can happen
        advice = next((each for sign, each in _BY_TEXT.items() if sign in text), None)
    if advice is None:
        advice = next((each for begin, each in _BY_STATE.items() if state.startswith(begin)), None)
    if advice == _NOT_ANSWERING:
        if "does not exist" in text:
            missing_role = 'role "' in text
            advice = _BY_STATE["28" if missing_role else "3D"]
        else:
            advice = f"the server does not answer ({_reason(text)}); {_AGAIN}"
    return DatabaseError(f"{name}: {advice or _reason(text)}")


def _reason(text: str) -> str:
    """Return the part of a message that says why."""
    first = text.strip().partition("\n")[0]
    return printable(first.rpartition("failed: ")[2] or first)
