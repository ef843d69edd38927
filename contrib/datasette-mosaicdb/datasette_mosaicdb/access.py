"""Who may see what: the plugin shows nothing that Datasette's own pages would not."""

from typing import Any

from datasette import Forbidden, NotFound
from datasette.utils import tilde_decode

from .schema import Schema, schema_of


async def open_database(datasette: Any, request: Any, *tables: str) -> tuple[Any, Schema]:
    """Find the database that a request names, for someone who may see these tables of it.

    Raises:
        NotFound: There is no such database, or it is not one of mosaicdb.
        Forbidden: The actor may not see one of the tables. This comes first, so that nobody learns
            what a private database is.
    """
    try:
        database = datasette.get_database(route=tilde_decode(request.url_vars["database"]))
    except KeyError:
        raise NotFound("Database not found") from None
    for table in tables:
        if not await may_see(datasette, request.actor, database.name, table):
            raise Forbidden(f"You do not have permission to view the table {table}")
    schema = await schema_of(database)
    if schema is None:
        raise NotFound(f"{database.name} is not a database of mosaicdb")
    return database, schema


async def may_see(datasette: Any, actor: Any, database: str, table: str) -> bool:
    """Say whether an actor may see a table, as Datasette decides it for the table's page."""
    if hasattr(datasette, "allowed"):  # since Datasette 1.0
        from datasette.resources import TableResource

        resource = TableResource(database=database, table=table)
        return bool(await datasette.allowed(action="view-table", resource=resource, actor=actor))
    permissions = [("view-table", (database, table)), ("view-database", database), "view-instance"]
    visible, _ = await datasette.check_visibility(actor, permissions=permissions)
    return bool(visible)


async def visible_databases(datasette: Any, actor: Any) -> list[str]:
    """Give the names of mosaicdb's databases whose mosaics an actor may see."""
    names = []
    for name, database in datasette.databases.items():
        if await may_see_mosaics(datasette, actor, name) and await schema_of(database):
            names.append(name)
    return names


async def may_see_mosaics(datasette: Any, actor: Any, database: str) -> bool:
    """Say whether an actor may see mosaics and which tiles they show."""
    return await may_see(datasette, actor, database, "mosaic") and await may_see(
        datasette, actor, database, "placement"
    )
