"""`mosaicdb sql`."""

import argparse
import csv
import json
import math
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from .options import Commands, Parser, add_command, effective_config
from .output import print_table


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "sql",
        "run one read-only SQL statement",
        example="mosaicdb sql 'SELECT * FROM tile_uses LIMIT 10'",
        details="`mosaicdb schema` lists tables and views. Blobs print as their size.",
    )
    parser.add_argument("statement", metavar="STATEMENT", help="a SELECT")
    parser.add_argument(
        "--format", choices=["table", "csv", "json"], default="table", help="default: table"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Answer a question."""
    from ..pipelines.database import run_sql

    config = effective_config(options)
    with run_sql(config.database, options.statement) as answer:
        rows = _printable_rows(answer.rows)
        if options.format == "csv":
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(answer.columns)
            writer.writerows(rows)
        elif options.format == "json":
            _print_array(answer.columns, rows)
        else:
            print_table(answer.columns, rows)
    return 0


def _print_array(columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    names = [
        name if columns.index(name) == place else f"{name}:{columns[:place].count(name)}"
        for place, name in enumerate(columns)
    ]
    before = "["
    for row in rows:
        values = [value if _is_json(value) else str(value) for value in row]
        print(f"{before}{json.dumps(dict(zip(names, values, strict=True)))}", end="")
        before = ",\n "
    print("[]" if before == "[" else "]")


def _is_json(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _printable_rows(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield tuple(
            f"<{len(value):,} bytes>" if isinstance(value, bytes) else value for value in row
        )
