"""`mosaicdb ban` and `mosaicdb unban`."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..pipelines.wording import counted
from .options import Commands, Parser, add_command, add_json, effective_config, number_or_text
from .output import print_json, print_table, say

if TYPE_CHECKING:
    from ..listings import Ban

_PHOTOS = "tile, path of a photo, or SQL condition on tile_stats"


def add_to(commands: "Commands[Parser]") -> None:
    """Add the commands."""
    parser = add_command(
        commands,
        "ban",
        "keep photos out of every mosaic from now on",
        example="mosaicdb ban 5019 ~/photos/blurred.jpg \"path LIKE '%/screenshots/%'\"",
        details="Photos are known by their bytes, wherever their files move. Mosaics that there "
        "are show them until they are edited or updated.",
    )
    _add_photos(parser, f"{_PHOTOS}; none: list what is banned", nargs="*")
    add_json(parser)
    parser.set_defaults(run=run_ban)
    parser = add_command(
        commands,
        "unban",
        "let banned photos into mosaics again",
        example="mosaicdb unban 5019",
        details="What a condition held for when it was banned is banned photo by photo: the same "
        "condition lifts that.",
    )
    _add_photos(parser, f"{_PHOTOS}, or hash that `mosaicdb ban` lists", nargs="+")
    parser.set_defaults(run=run_unban)


def _add_photos(parser: Parser, help_text: str, nargs: str) -> None:
    parser.add_argument(
        "photos",
        metavar="PHOTO",
        nargs=nargs,
        type=number_or_text,
        help=help_text,
    )


def run_ban(options: argparse.Namespace) -> int:
    """Ban photos, or list those that are banned."""
    from ..pipelines.ban import ban_photos, bans
    from ..pipelines.database import open_existing

    with open_existing(effective_config(options).database) as database:
        listed = ban_photos(database, options.photos) if options.photos else bans(database)
    if options.json:
        for ban in listed:
            print_json(_as_json(ban))
    elif not options.photos:
        print_table(("tile", "banned", "photo"), [_row(ban) for ban in listed])
    if options.photos:
        say(options, f"{counted(len(listed), 'photo')} banned{_first(listed)}")
    return 0


def run_unban(options: argparse.Namespace) -> int:
    """Let banned photos in again."""
    from ..pipelines.ban import unban_photos
    from ..pipelines.database import open_existing

    with open_existing(effective_config(options).database) as database:
        lifted = unban_photos(database, options.photos)
    say(options, f"{counted(len(lifted), 'photo')} may be used again")
    return 0


def _first(banned: Sequence["Ban"]) -> str:
    return "" if banned else ": all of them were before"


def _row(ban: "Ban") -> tuple[object, ...]:
    return (ban.tile_id, f"{ban.banned_at:%Y-%m-%d %H:%M}", ban.path or ban.content_hash)


def _as_json(ban: "Ban") -> dict[str, object]:
    """Give what `--json` prints: see docs/json.md."""
    return {
        "tile": ban.tile_id,
        "path": ban.path,
        "content_hash": ban.content_hash,
        "banned_at": ban.banned_at.isoformat(),
    }
