"""Kinds of values: what an option allows, and classes of options that check themselves."""

import os
import re
import sys
from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Final, NamedTuple

from .errors import UsageError, printable
from .object_storage import to_path
from .records import Size

MOST_OF_A_NAME: Final = 100
"""Characters that a name can have."""

LARGEST: Final = 2**63 - 1
"""Whole number that arrays and databases can hold."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: what it allows, in words, and how to read it."""

    allowed: str
    """Completes 'give …'."""
    check: Callable[[object], object]
    """Turns a value, as Python or TOML has it, into the one that is kept; raises ValueError."""
    from_text: Callable[[str], object] = str
    """Turns the text of a flag or a variable into what TOML would hold; raises ValueError."""

    def checked(self, name: str, value: object, shown: object = None) -> object:
        """Check a value.

        Args:
            name: what it is called.
            value: as Python or TOML has it.
            shown: what the message shows in its place; default: the value.

        Raises:
            UsageError: the value is not allowed; the message says what is.
        """
        try:
            return self.check(value)
        except ValueError:
            text = printable(repr(value if shown is None else shown))
            raise UsageError(f"{name} = {text} is not allowed: give {self.allowed}") from None

    def read(self, name: str, text: str) -> object:
        """Read and check the text of a flag or a variable; raises as `checked`."""
        try:
            value = self.from_text(text)
        except (ValueError, LookupError):
            value = None  # what no kind allows
        return self.checked(name, value, text)


def integer(low: int, high: int = LARGEST) -> Kind:
    """Allow whole numbers within limits."""

    def check(value: object) -> int:
        if not isinstance(value, Integral) or isinstance(value, bool):
            raise ValueError(value)
        number = int(value)
        if not low <= number <= high:
            raise ValueError(value)
        return number

    limits = f"of at least {low}" if high == LARGEST else f"from {low} to {high}"
    return Kind(f"a whole number {limits}", check, int)


def number(high: float = sys.float_info.max, *, low: float = 0) -> Kind:
    """Allow numbers within limits."""

    def check(value: object) -> float:
        if (
            not isinstance(value, Real)
            or isinstance(value, bool)
            or not low <= float(value) <= high
        ):
            raise ValueError(value)
        return float(value)

    limits = f"of at least {low:g}" if high == sys.float_info.max else f"from {low:g} to {high:g}"
    return Kind(f"a number {limits}", check, float)


def choice(*names: str) -> Kind:
    """Allow a few names."""

    def check(value: object) -> str:
        if value not in names:
            raise ValueError(value)
        return str(value)

    return Kind("one of " + ", ".join(names), check)


def size(most: int) -> Kind:
    """Allow a width and a height."""
    side = integer(1, most)

    def check(value: object) -> Size:
        if isinstance(value, str):
            value = _size_from_text(value)
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise ValueError(value)
        width, height = (side.check(length) for length in value)
        return width, height  # type: ignore[return-value]

    return Kind(f"two whole numbers from 1 to {most}, such as 100x60", check, _size_from_text)


def _size_from_text(text: str) -> object:
    return [int(number) for number in text.strip("[] ").replace("x", ",").split(",")]


def check_text(value: object) -> str:
    """Check a text that is not empty; raises ValueError."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError(value)
    return value


def _check_name(value: object) -> str:
    name = check_text(value)
    if len(name) > MOST_OF_A_NAME or name.isdigit() or "/" in name or not name.isprintable():
        raise ValueError(value)
    return name


def _check_flag(value: object) -> bool:
    if value is not True and value is not False:
        raise ValueError(value)
    return value


def _flag_from_text(text: str) -> object:
    return {"true": True, "1": True, "false": False, "0": False}[text.lower()]


def _check_file(value: object) -> Path:
    if not isinstance(value, str | os.PathLike):
        raise ValueError(value)
    return to_path(check_text(os.fspath(value)))


def _check_point(value: object) -> tuple[float, float]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(value)
    fraction = number(1)
    across, down = (fraction.check(part) for part in value)
    return across, down  # type: ignore[return-value]


def _point_from_text(text: str) -> object:
    return [float(part) for part in text.split(",")]


class Pin(NamedTuple):
    """A cell and the tile that stands there."""

    row: int
    """From 0, from the top."""
    column: int
    """From 0, from the left."""
    tile: int
    """The tile's id."""

    def __str__(self) -> str:
        return f"{self.row},{self.column}={self.tile}"


def _check_pins(value: object) -> tuple[Pin, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(value)
    return tuple(_check_pin(pin) for pin in value)


def _check_pin(value: object) -> Pin:
    text = str(value) if isinstance(value, str | Pin) else ""
    found = re.fullmatch(r"(\d{1,9}),(\d{1,9})=(\d{1,18})", text, re.ASCII)
    if not found:
        raise ValueError(value)
    return Pin(*map(int, found.groups()))


def _check_address(value: object) -> str:
    address = check_text(value)
    if not re.fullmatch(r"[0-9A-Za-z.:_-]+", address):
        raise ValueError(value)
    return address


class Swap(NamedTuple):
    """A cell whose tile is replaced, and the tile that takes its place."""

    row: int
    """From 0, from the top."""
    column: int
    """From 0, from the left."""
    tile: int | None = None
    """The tile's id; None: the next best."""

    def __str__(self) -> str:
        return f"{self.row},{self.column}" + ("" if self.tile is None else f"={self.tile}")


def _check_swaps(value: object) -> tuple[Swap, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(value)
    return tuple(_check_swap(swap) for swap in value)


def _check_swap(value: object) -> Swap:
    text = str(value) if isinstance(value, str | Swap) else ""
    found = re.fullmatch(r"(\d{1,9}),(\d{1,9})(?:=(\d{1,18}))?", text, re.ASCII)
    if not found:
        raise ValueError(value)
    row, column, tile = found.groups()
    return Swap(int(row), int(column), None if tile is None else int(tile))


def _check_photos(value: object) -> tuple[int | str, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(value)
    return tuple(_check_photo(photo) for photo in value)


def _check_photo(value: object) -> int | str:
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 0:
        return int(value)
    text = check_text(os.fspath(value) if isinstance(value, os.PathLike) else value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text


_BYTES_OF_A_UNIT: Final = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def _check_memory(value: object) -> int:
    """Check a number of bytes, or a text such as 4GB."""
    if isinstance(value, str):
        found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?) ?([KMGT]B)", value.upper(), re.ASCII)
        if not found:
            raise ValueError(value)
        value = round(float(found[1]) * _BYTES_OF_A_UNIT[found[2]])
    return integer(1).check(value)  # type: ignore[return-value]


def _memory_from_text(text: str) -> object:
    return int(text) if text.isascii() and text.isdigit() else text


MEMORY: Final = Kind("bytes, or a size such as 500MB or 4GB", _check_memory, _memory_from_text)
ADDRESS: Final = Kind("a name or an address, such as 127.0.0.1", _check_address)
FLAG: Final = Kind("true or false", _check_flag, _flag_from_text)


NAME: Final = Kind(
    f"a name of up to {MOST_OF_A_NAME} characters that is no number and has no slash", _check_name
)
CONDITION: Final = Kind("an SQL condition on the view tile_stats", check_text)


FILE: Final = Kind("a path", _check_file)


PINS: Final = Kind("a row, a column and a tile, such as 12,40=5019", _check_pins, str.split)
"""Several are divided by spaces, or the strings of a list."""

SWAPS: Final = Kind(
    "a row, a column and perhaps a tile, such as 12,40=5019 or 12,40", _check_swaps, str.split
)
"""Likewise."""
PHOTOS: Final = Kind("tiles or paths of photos", _check_photos)


POINT: Final = Kind("two numbers from 0 to 1, such as 0.5,0.2", _check_point, _point_from_text)


def option(default: object, kind: Kind, help_text: str) -> Any:
    """Declare a field of a class of options.

    Args:
        default: None stands for "not set" and is always allowed then.
        kind: what is allowed.
        help_text: a line for the command line and the documents.
    """
    return field(default=default, metadata={"kind": kind, "help": help_text})


def declared_option(of: type, name: str) -> Field[Any]:
    """Give the declaration of an option: its default, and in its metadata its kind and help."""
    return next(declared for declared in fields(of) if declared.name == name)


def same_option(of: type, name: str) -> Any:
    """Declare a field as the option of another class is."""
    declared = declared_option(of, name)
    return field(default=declared.default, metadata=declared.metadata)


class Checked:
    """A class of options: its fields are checked when it is made."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for declared in fields(self):  # type: ignore[arg-type]  # subclasses are dataclasses
            value = getattr(self, declared.name)
            if "kind" in declared.metadata and (value is not None or declared.default is not None):
                kind: Kind = declared.metadata["kind"]
                object.__setattr__(self, declared.name, kind.checked(declared.name, value))
