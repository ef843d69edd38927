"""The configuration: every key, its default, what it allows, and where a value came from."""

import difflib
import os
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from .errors import UsageError, printable
from .options import (
    DEFAULT_MAX_PIXELS,
    FEATURES,
    FITS,
    MOST_DETAIL,
    SOLVERS,
    STRATEGIES,
    DrawOptions,
    MatchOptions,
)
from .records import Size

EVERY_STRATEGY: Final = "all"
EXECUTORS: Final = ("processes", "dask")
ENVIRONMENT_PREFIX: Final = "MOSAICDB_"
FILE_NAME: Final = "config.toml"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: what it allows, in words, and how to read it."""

    allowed: str
    """Completes 'give …'."""
    check: Callable[[object], object]
    """Turns a value of TOML into the value; raises ValueError."""
    from_text: Callable[[str], object] = str
    """Turns the text of a flag or a variable into what TOML would hold; raises ValueError."""


def _integer(low: int, high: int | None = None) -> Kind:
    def check(value: object) -> int:
        if type(value) is not int or value < low or (high is not None and value > high):
            raise ValueError(value)
        return value

    limits = f"of at least {low}" if high is None else f"from {low} to {high}"
    return Kind(f"a whole number {limits}", check, int)


def _number(high: float = sys.float_info.max) -> Kind:
    def check(value: object) -> float:
        if type(value) not in (int, float) or not 0 <= value <= high:  # type: ignore[operator]
            raise ValueError(value)
        return float(value)  # type: ignore[arg-type]

    limits = "of at least 0" if high == sys.float_info.max else f"from 0 to {high:g}"
    return Kind(f"a number {limits}", check, float)


def _choice(*names: str) -> Kind:
    def check(value: object) -> str:
        if value not in names:
            raise ValueError(value)
        return str(value)

    return Kind("one of " + ", ".join(names), check)


def _size(most: int) -> Kind:
    def check(value: object) -> Size:
        if not isinstance(value, list) or len(value) != 2:
            raise ValueError(value)
        width, height = value
        if type(width) is not int or type(height) is not int:
            raise ValueError(value)
        if not (1 <= width <= most and 1 <= height <= most):
            raise ValueError(value)
        return width, height

    return Kind(f"two whole numbers from 1 to {most}, such as 100x60", check, _size_from_text)


def _size_from_text(text: str) -> object:
    return [int(number) for number in text.strip("[] ").replace("x", ",").split(",")]


def _check_text(value: object) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError(value)
    return value


def _check_path(value: object) -> Path:
    return Path(os.path.expanduser(_check_text(value)))


def _check_patterns(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(pattern, str) for pattern in value):
        raise ValueError(value)
    return tuple(value)


def _patterns_from_text(text: str) -> object:
    return text.split(os.pathsep)


def _check_address(value: object) -> str:
    scheme, separator, rest = _check_text(value).partition("://")
    if not (scheme and separator and rest) or any(char.isspace() for char in str(value)):
        raise ValueError(value)
    return str(value)


_PATTERNS = Kind('patterns, as ["*.gif"] or *.gif:private/*', _check_patterns, _patterns_from_text)
_PATH = Kind("a path", _check_path)
_ADDRESS = Kind("an address such as tcp://10.0.0.1:8786", _check_address)
_LOCATION = Kind("a path or a URL such as sqlite:///photos.db", _check_text)


def _key(default: object, kind: Kind, help_text: str, name: str | None = None) -> Any:
    metadata = {"kind": kind, "help": help_text, "name": name}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Config:
    """The effective configuration."""

    data_path: Path = _key(Path("data"), _PATH, "where the database and the match files live")
    image_path: Path = _key(Path("images"), _PATH, "the folder of photos")
    target_id: int = _key(5019, _integer(0), "number of the photo to rebuild")
    target_res: Size = _key((100, 100), _size(100_000), "columns and rows of the mosaic")
    thumb_res: Size = _key((50, 50), _size(2_000), "width and height of a thumbnail in pixels")
    database_url: str | None = _key(
        None, _LOCATION, "the database; default: mosaic.db in data_path", "database.url"
    )
    executor: str = _key(
        "processes", _choice(*EXECUTORS), "what reads photos: processes or dask", "ingest.executor"
    )
    scheduler: str | None = _key(
        None,
        _ADDRESS,
        "the Dask cluster's scheduler; default: a local cluster of workers is started",
        "ingest.scheduler",
    )
    workers: int | None = _key(
        None, _integer(1, 1024), "processes that decode; default: all cores", "ingest.workers"
    )
    deadline: int = _key(
        30, _integer(1), "seconds a photo may take until it is rejected", "ingest.deadline"
    )
    exclude: tuple[str, ...] = _key(
        (), _PATTERNS, "names or paths to pass over, such as *.gif or private/*", "ingest.exclude"
    )
    max_pixels: int = _key(
        DEFAULT_MAX_PIXELS,
        _integer(1),
        "photos that need more pixels in memory are rejected",
        "ingest.max_pixels",
    )
    strategy: str = _key(
        "unique", _choice(*STRATEGIES, EVERY_STRATEGY), "how cells get tiles", "match.strategy"
    )
    max_uses: int | None = _key(
        None, _integer(1), "how often one tile may be used", "match.max_uses"
    )
    min_distance: int | None = _key(
        None, _integer(1), "least distance of two uses of a tile, in cells", "match.min_distance"
    )
    features: str = _key(
        "lab",
        _choice(*FEATURES),
        "what tiles and cells are compared by: colour and structure as people see them (lab), or "
        "mean colour (rgb)",
        "match.features",
    )
    detail: float = _key(
        1.0,
        _number(MOST_DETAIL),
        "how much structure counts beside the mean colour: 0 not at all; more gives truer edges "
        "and less true colours",
        "match.detail",
    )
    gap: float = _key(
        1e-6, _number(), "how far from optimal is good enough; 0: not at all", "match.gap"
    )
    solver: str = _key("auto", _choice(*SOLVERS), "what solves a matching", "match.solver")
    time_limit: float | None = _key(
        None, _number(), "seconds until the best match so far is taken", "match.time_limit"
    )
    fit: str = _key(
        "fill",
        _choice(*FITS),
        "how the target gets the mosaic's shape: cut to fill it, or whole with empty cells beside "
        "it (letter)",
        "render.fit",
    )
    shift: int = _key(
        0,
        _integer(0, 255),
        "most by which the mean colour of a placed tile is moved towards its cell's, of 255",
        "render.shift",
    )
    blend: float = _key(
        0.0, _number(1), "how much of the target is laid over the mosaic: 0 to 1", "render.blend"
    )
    quality: int = _key(90, _integer(1, 100), "JPEG quality of mosaics", "render.quality")
    sources: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Where each key's value came from; a key that is not in here has its default."""

    @property
    def database(self) -> str:
        """Give the path or URL of the database."""
        return self.database_url or str(self.data_path / "mosaic.db")

    def match_options(self, strategy: str) -> MatchOptions:
        """Give what is asked of a match by one strategy."""
        return MatchOptions(
            strategy=strategy,
            max_uses=self.max_uses,
            min_distance=self.min_distance,
            gap=self.gap,
            solver=self.solver,
            time_limit=self.time_limit,
        )

    @property
    def draw_options(self) -> DrawOptions:
        """Give what is done to placed tiles."""
        return DrawOptions(self.shift, self.blend)

    def as_table(self) -> Iterator[tuple[str, object, str]]:
        """Yield each key as (name, value for TOML or None, where it came from)."""
        for name, key in KEYS.items():
            value = getattr(self, key.name)
            value = list(value) if isinstance(value, tuple) else value
            value = str(value) if isinstance(value, Path) else value
            yield name, value, self.sources.get(name, "default")


def _keys() -> dict[str, Field[Any]]:
    found = (key for key in fields(Config) if key.name != "sources")
    return {key.metadata["name"] or key.name: key for key in found}


KEYS: Final = _keys()
"""Every key by its name in the file; `table.key` for the keys of a table."""


def variable_name(key_name: str) -> str:
    """Name the environment variable of a key: `ingest.workers` is MOSAICDB_INGEST_WORKERS."""
    return ENVIRONMENT_PREFIX + key_name.replace(".", "_").upper()


def key_help(key_name: str) -> str:
    """Say in a line what a key means."""
    return str(KEYS[key_name].metadata["help"])


def load_config(
    flags: Mapping[str, str],
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    local: bool = True,
) -> Config:
    """Gather the configuration: flag, variable, `file`, `./config.toml`, default.

    Args:
        flags: texts by key name, as given on the command line.
        file: what `--config` names.
        environment: default: that of the process.
        local: whether to look for `./config.toml`.

    Raises:
        UsageError: a file cannot be read, a key is unknown or a value not allowed; the line
            names the place, the key, the value and what is allowed.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, object] = {}
    sources: dict[str, str] = {}

    def take(name: str, value: object, source: str) -> None:
        values[KEYS[name].name] = value
        sources[name] = source

    for path in [*([Path(FILE_NAME)] if local else []), *([file] if file else [])]:
        if path is file or path.exists():
            for name, value in _read_file(path):
                checked = _checked(name, value, value, str(path))
                take(name, _relative_to(path.resolve().parent, name, checked), str(path))
    for name in KEYS:
        if text := environment.get(variable_name(name)):
            take(name, _from_text(name, text, variable_name(name)), variable_name(name))
    for name, text in flags.items():
        take(name, _from_text(name, text, "flag"), "flag")
    return Config(**values, sources=sources)  # type: ignore[arg-type]


def _kind(name: str) -> Kind:
    kind: Kind = KEYS[name].metadata["kind"]
    return kind


def _checked(name: str, value: object, shown: object, source: str) -> object:
    try:
        return _kind(name).check(value)
    except ValueError:
        allowed = _kind(name).allowed
        place = f"{printable(source)}: {name} = {printable(repr(shown))}"
        raise UsageError(f"{place} is not allowed: give {allowed}") from None


def _from_text(name: str, text: str, source: str) -> object:
    try:
        value = _kind(name).from_text(text)
    except ValueError:
        value = None  # what no kind allows
    return _checked(name, value, text, source)


def _relative_to(folder: Path, name: str, value: object) -> object:
    if isinstance(value, Path):
        return folder / value
    if _kind(name) is _LOCATION and "://" not in str(value):
        return str(folder / os.path.expanduser(str(value)))
    return value


def _read_file(path: Path) -> Iterator[tuple[str, object]]:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{printable(path)}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{printable(path)} is not TOML: {printable(error)}") from error
    tables = {name.split(".")[0] for name in KEYS if "." in name}
    for name, value in content.items():
        if name in tables and isinstance(value, dict):
            for inner, inner_value in value.items():
                yield _known(f"{name}.{inner}", path), inner_value
        else:
            yield _known(name, path), value


def _known(name: str, path: Path) -> str:
    if name in KEYS:
        return name
    nearest = difflib.get_close_matches(name, KEYS, n=1, cutoff=0.5)
    hint = f"did you mean {nearest[0]}?" if nearest else "allowed are " + ", ".join(KEYS)
    raise UsageError(f"{printable(path)}: unknown key {printable(name)}: {hint}")
