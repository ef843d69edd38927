"""The configuration: every key, its default, what it allows, and where a value came from."""

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from .config_file import read_keys
from .errors import UsageError, printable
from .kinds import Kind, Pin, check_text, choice, declared_option, integer
from .object_storage import is_url, to_path
from .options import (
    STRATEGIES,
    DrawOptions,
    FeatureName,
    FeatureOptions,
    Fit,
    Focus,
    Framing,
    Importance,
    MatchOptions,
    MosaicOptions,
    Outputs,
    ReadOptions,
    Selection,
    Solver,
    Strategy,
)
from .print_size import Paper, PrintSize
from .records import Size

EVERY_STRATEGY: Final[Literal["all"]] = "all"
EXECUTORS: Final = ("processes", "dask")
ENVIRONMENT_PREFIX: Final = "MOSAICDB_"
FILE_NAME: Final = "config.toml"


def _check_path(value: object) -> Path:
    return to_path(check_text(value))


def _check_patterns(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(pattern, str) for pattern in value):
        raise ValueError(value)
    return tuple(value)


def _split_text(text: str) -> object:
    return re.split(rf"{os.pathsep}(?!//)", text)  # not in the middle of a URL


def _check_target(value: object) -> int | Path:
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        return _check_path(value)
    return _NUMBER.check(int(value) if isinstance(value, str) else value)  # type: ignore[return-value]


def _check_targets(value: object) -> tuple[int | Path, ...]:
    if not isinstance(value, list):
        raise ValueError(value)
    return tuple(map(_check_target, value))


def _check_address(value: object) -> str:
    scheme, separator, rest = check_text(value).partition("://")
    if not (scheme and separator and rest) or any(char.isspace() for char in str(value)):
        raise ValueError(value)
    return str(value)


_PATTERNS = Kind('patterns, as ["*.gif"] or *.gif:private/*', _check_patterns, _split_text)
_PATH = Kind("a path", _check_path)
_NUMBER = integer(0)
_TARGET = Kind("the number of a photo, or a path", _check_target)
_TARGETS = Kind(
    'numbers and paths, as [5019, "cat.jpg"] or 5019:cat.jpg', _check_targets, _split_text
)
_ADDRESS = Kind("an address such as tcp://10.0.0.1:8786", _check_address)
_LOCATION = Kind("a path, or a URL such as postgresql+psycopg://me@server/photos", check_text)


def _key(default: object, kind: Kind, help_text: str, name: str | None = None) -> Any:
    return field(default=default, metadata={"kind": kind, "help": help_text, "name": name})


def _option_key(of: type, option_name: str, name: str, kind: Kind | None = None) -> Any:
    """Declare a key that sets an option: with its default, its help and what it allows."""
    declared = declared_option(of, option_name)
    allowed = kind or declared.metadata["kind"]
    return _key(declared.default, allowed, declared.metadata["help"], name)


@dataclass(frozen=True, slots=True)
class Config:
    """The effective configuration."""

    data_path: Path = _key(Path("data"), _PATH, "where the database and the match files live")
    image_path: Path = _key(Path("images"), _PATH, "the folder of photos, or a URL of theirs")
    target_id: int | Path = _key(
        5019, _TARGET, "what to rebuild: the number of a photo, or the path or URL of any picture"
    )
    target_res: Size = _option_key(MosaicOptions, "grid", "target_res")
    thumb_res: Size = _option_key(ReadOptions, "thumb_res", "thumb_res")
    database_url: str | None = _key(
        None, _LOCATION, "the database; default: mosaic.db in data_path", "database.url"
    )
    executor: str = _key(
        "processes", choice(*EXECUTORS), "what reads photos: processes or dask", "ingest.executor"
    )
    scheduler: str | None = _key(
        None,
        _ADDRESS,
        "the Dask cluster's scheduler; default: a local cluster of workers is started",
        "ingest.scheduler",
    )
    workers: int | None = _key(
        None, integer(1, 1024), "processes that decode; default: all cores", "ingest.workers"
    )
    deadline: int = _key(
        30, integer(1), "seconds a photo may take until it is rejected", "ingest.deadline"
    )
    exclude: tuple[str, ...] = _key(
        (), _PATTERNS, "names or paths to pass over, such as *.gif or private/*", "ingest.exclude"
    )
    max_pixels: int = _option_key(ReadOptions, "max_pixels", "ingest.max_pixels")
    accept_truncated: bool = _option_key(ReadOptions, "accept_truncated", "ingest.accept_truncated")
    strategy: Strategy | Literal["all"] = _option_key(
        MatchOptions, "strategy", "match.strategy", choice(*STRATEGIES, EVERY_STRATEGY)
    )
    max_uses: int | None = _option_key(MatchOptions, "max_uses", "match.max_uses")
    min_distance: int | None = _option_key(MatchOptions, "min_distance", "match.min_distance")
    features: FeatureName = _option_key(FeatureOptions, "features", "match.features")
    detail: float = _option_key(FeatureOptions, "detail", "match.detail")
    flip: bool = _option_key(FeatureOptions, "flip", "match.flip")
    zoom: float = _option_key(FeatureOptions, "zoom", "match.zoom")
    mask: Path | None = _option_key(Importance, "mask", "match.mask", _PATH)
    focus: Focus | None = _option_key(Importance, "focus", "match.focus")
    where: str | None = _option_key(Selection, "where", "match.where")
    distinct: bool = _option_key(Selection, "distinct", "match.distinct")
    alike: bool = _option_key(Selection, "alike", "match.alike")
    with_missing: bool = _option_key(Selection, "with_missing", "match.with_missing")
    without: str | None = _option_key(Selection, "without", "match.without")
    must: str | None = _option_key(Selection, "must", "match.must")
    pin: tuple[Pin, ...] = _option_key(Selection, "pin", "match.pin")
    gap: float = _option_key(MatchOptions, "gap", "match.gap")
    solver: Solver = _option_key(MatchOptions, "solver", "match.solver")
    time_limit: float | None = _option_key(MatchOptions, "time_limit", "match.time_limit")
    memory: int = _option_key(MosaicOptions, "memory", "match.memory")
    fit: Fit = _option_key(Framing, "fit", "render.fit")
    focus_point: tuple[float, float] = _option_key(Framing, "focus_point", "render.focus_point")
    shift: int = _option_key(DrawOptions, "shift", "render.shift")
    blend: float = _option_key(DrawOptions, "blend", "render.blend")
    adapt: float = _option_key(DrawOptions, "adapt", "render.adapt")
    tile_size: Size | None = _option_key(DrawOptions, "tile_size", "render.tile_size")
    output: Path | None = _option_key(Outputs, "picture", "render.output", _PATH)
    matches: Path | None = _option_key(Outputs, "matches", "render.matches", _PATH)
    report: Path | None = _option_key(Outputs, "report", "render.report", _PATH)
    name: str | None = _option_key(Outputs, "name", "render.name")
    quality: int = _option_key(Outputs, "quality", "render.quality")
    pyramid: bool = _option_key(Outputs, "pyramid", "render.pyramid")
    share_tiles: bool = _option_key(Outputs, "share_tiles", "render.share_tiles")
    print_width: float | None = _option_key(PrintSize, "width", "print.width")
    print_height: float | None = _option_key(PrintSize, "height", "print.height")
    dpi: float | None = _option_key(PrintSize, "dpi", "print.dpi")
    bleed: float = _option_key(PrintSize, "bleed", "print.bleed")
    sheets: Paper | None = _option_key(PrintSize, "sheets", "print.sheets")
    targets: tuple[int | Path, ...] = _key(
        (), _TARGETS, "what the workflow rebuilds; default: target_id", "workflow.targets"
    )
    sources: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Where each key's value came from: a flag, a variable or a file; a key that is not in here has
    its default."""

    @property
    def database(self) -> str:
        """Give the path or URL of the database."""
        return self.database_url or str(self.data_path / "mosaic.db")

    def match_options(self, strategy: Strategy) -> MatchOptions:
        """Give what is asked of a match by one strategy."""
        return MatchOptions(
            strategy=strategy,
            max_uses=self.max_uses,
            min_distance=self.min_distance,
            gap=self.gap,
            solver=self.solver,
            time_limit=self.time_limit,
        )

    def mosaic_options(self, strategy: Strategy) -> MosaicOptions:
        """Give all that is asked of a mosaic by one strategy."""
        return MosaicOptions(
            grid=self.target_res,
            match=self.match_options(strategy),
            features=FeatureOptions(self.features, self.detail, self.flip, self.zoom),
            framing=self.framing,
            importance=self._importance,
            draw=DrawOptions(
                self.shift,
                self.blend,
                None if self.print_size.is_sized else self.tile_size,
                self.adapt,
            ),
            memory=self.memory,
        )

    @property
    def _importance(self) -> Importance:
        """Give which cells matter more than others: a flag takes the place of a configured key."""
        by_flag = self.is_given("match.mask"), self.is_given("match.focus")
        mask = None if by_flag == (False, True) else self.mask
        focus = None if by_flag == (True, False) else self.focus
        return Importance(mask and mask.absolute(), focus)

    def is_given(self, *keys: str) -> bool:
        """Say whether any of some keys was set on the command line."""
        return any(self.sources.get(key, "").startswith("--") for key in keys)

    @property
    def print_size(self) -> PrintSize:
        """Give how large a print is asked for: it chooses the size of cells, unless a flag does.

        What a configuration says of prints in general waits for a width or a height.

        Raises:
            UsageError: the size of cells is given too, or a flag lacks the size of the print.
        """
        cell_is_given = self.is_given("render.tile_size")
        size_is_given = self.is_given("print.width", "print.height")
        is_sized = self.print_width is not None or self.print_height is not None
        if is_sized and self.tile_size is not None and cell_is_given == size_is_given:
            raise UsageError(
                "the width or height of a print chooses the size of cells: leave out the tile size"
            )
        is_asked = is_sized or self.is_given("print.dpi", "print.bleed", "print.sheets")
        if not is_asked or (cell_is_given and not size_is_given):
            return PrintSize()
        return PrintSize(self.print_width, self.print_height, self.dpi, self.bleed, self.sheets)

    @property
    def framing(self) -> Framing:
        """Give how a target gets the mosaic's shape."""
        return Framing(self.fit, self.focus_point)

    @property
    def selection(self) -> Selection:
        """Give which tiles may be used, and which must."""
        wishes = self.without, self.must, self.pin
        return Selection(self.where, self.distinct, self.with_missing, self.alike, *wishes)

    def as_table(self) -> Iterator[tuple[str, object, str]]:
        """Yield each key as (name, value for TOML or None, where it came from)."""
        for name, key in KEYS.items():
            value = getattr(self, key.name)
            value = list(map(str, value)) if name == "match.pin" else value
            value = list(map(_plain, value)) if isinstance(value, tuple) else _plain(value)
            yield name, value, self.sources.get(name, "default")


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value


def _keys() -> dict[str, Field[Any]]:
    keys = (key for key in fields(Config) if key.name != "sources")
    return {key.metadata["name"] or key.name: key for key in keys}


KEYS: Final = _keys()
"""Every key by its name in the file; `table.key` for the keys of a table."""


def variable_name(key_name: str) -> str:
    """Name the environment variable of a key: `ingest.workers` is MOSAICDB_INGEST_WORKERS."""
    return ENVIRONMENT_PREFIX + key_name.replace(".", "_").upper()


def key_help(key_name: str) -> str:
    """Say in a line what a key means."""
    return str(KEYS[key_name].metadata["help"])


class Flag(NamedTuple):
    """A key that was set on the command line."""

    name: str
    """As it was typed."""
    text: str
    """Its value."""


def load_config(
    flags: Mapping[str, Flag],
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    local: bool = True,
) -> Config:
    """Gather the configuration: flag, variable, `file`, `./config.toml`, default.

    An empty text of a flag or a file unsets a key that need not have a value. It does not unset the
    output: `--output "$PLACE"` means a file. An empty variable is as good as none.

    Args:
        flags: what was given on the command line, by key name.
        file: what `--config` names.
        environment: default: that of the process.
        local: whether to look for `./config.toml`.

    Raises:
        UsageError: a file cannot be read, a key is unknown, a variable is misspelt or a value not
            allowed; the line names the place, the key, the value and what is allowed.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, object] = {}
    sources: dict[str, str] = {}

    def take(name: str, value: object, source: str) -> None:
        values[KEYS[name].name] = value
        sources[name] = source

    def unset(name: str, text: object) -> bool:
        """Take back what was said of a key, if a text is empty and the key needs no value."""
        if text != "" or KEYS[name].default is not None or name == "render.output":
            return False
        values.pop(KEYS[name].name, None)
        sources.pop(name, None)
        return True

    for path in [*([Path(FILE_NAME)] if local else []), *([file] if file else [])]:
        if path is file or path.exists():
            for name, value in read_keys(path, KEYS):
                if unset(name, value):
                    continue
                checked = _kind(name).checked(f"{printable(path)}: {name}", value)
                take(name, _relative_to(path.resolve().parent, name, checked), str(path))
    _refuse_misspelt(environment)
    for name in KEYS:
        if text := environment.get(variable_name(name)):
            variable = variable_name(name)
            take(name, _kind(name).read(f"{variable}: {name}", text), variable)
    for name, flag in flags.items():
        if not unset(name, flag.text):
            take(name, _kind(name).read(flag.name, flag.text), flag.name)
    return Config(**values, sources=sources)  # type: ignore[arg-type]


def _refuse_misspelt(environment: Mapping[str, str]) -> None:
    """Refuse variables that were meant to be those of keys; others may be another program's."""
    known = {variable_name(name) for name in KEYS}
    for variable in environment:
        if variable.startswith(ENVIRONMENT_PREFIX) and variable not in known:
            for nearest in difflib.get_close_matches(variable, known, n=1, cutoff=0.9):
                raise UsageError(f"unknown variable {printable(variable)}: did you mean {nearest}?")


def _kind(name: str) -> Kind:
    kind: Kind = KEYS[name].metadata["kind"]
    return kind


def _relative_to(folder: Path, name: str, value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_below(folder, item) for item in value)
    if _kind(name) is _LOCATION and "://" not in str(value):
        return str(folder / os.path.expanduser(str(value)))
    return _below(folder, value)


def _below(folder: Path, value: object) -> object:
    return folder / value if isinstance(value, Path) and not is_url(value) else value
