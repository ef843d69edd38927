"""Shows the tiles and mosaics of mosaicdb's databases as pictures in Datasette."""

from pathlib import Path
from typing import Any

from datasette import hookimpl

from . import cells, pages, pictures
from .access import may_see_mosaics, visible_databases
from .schema import PICTURES, schema_of

_DATABASE = r"/(?P<database>[^/]+)/-"
_ID = r"[0-9]{1,18}"
_STYLES = "mosaicdb.css"


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Serve pictures by the ids of their tiles, and mosaics by theirs."""
    tables = "|".join(PICTURES)
    return [
        (rf"{_DATABASE}/(?P<table>{tables})/(?P<tile_id>{_ID})\.jpg$", pictures.show_picture),
        (rf"{_DATABASE}/mosaic$", pages.list_mosaics),
        (rf"{_DATABASE}/mosaic/(?P<mosaic_id>{_ID})$", pages.show_mosaic),
    ]


@hookimpl
def render_cell(
    row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any
) -> Any:
    """Show tiles as pictures, and let ids of mosaics lead to their grids."""
    return cells.render(row, value, column, table, database, datasette)


@hookimpl
def extra_css_urls(database: str | None, datasette: Any) -> Any:
    """Style pictures on the pages of mosaicdb's databases."""

    async def inner() -> list[str]:
        known = database is not None and database in datasette.databases
        if not known or not await schema_of(datasette.get_database(database)):
            return []
        styles = (Path(__file__).parent / "static" / _STYLES).read_bytes()
        # without base_url: Datasette puts it before
        return [f"/-/static-plugins/datasette-mosaicdb/{_STYLES}?{pictures.digest_of(styles)}"]

    return inner


@hookimpl
def menu_links(datasette: Any, actor: Any) -> Any:
    """Lead to the mosaics of every database from the menu."""

    async def inner() -> list[dict[str, str]]:
        return [
            _link(datasette, name, f"Mosaics in {name}")
            for name in await visible_databases(datasette, actor)
        ]

    return inner


@hookimpl
def database_actions(datasette: Any, actor: Any, database: str) -> Any:
    """Lead to the mosaics of a database from its page."""

    async def inner() -> list[dict[str, str]]:
        if not await may_see_mosaics(datasette, actor, database):
            return []
        if not await schema_of(datasette.get_database(database)):
            return []
        return [_link(datasette, database, "Show mosaics as pictures")]

    return inner


@hookimpl
def table_actions(datasette: Any, actor: Any, database: str, table: str) -> Any:
    """Lead to the mosaics from the tables that describe them."""
    if table not in ("mosaic", "placement"):
        return None
    return database_actions(datasette=datasette, actor=actor, database=database)


def _link(datasette: Any, database: str, label: str) -> dict[str, str]:
    return {"href": f"{datasette.urls.database(database)}/-/mosaic", "label": label}
