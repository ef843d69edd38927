"""Nobody sees by the plugin what Datasette would not show."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import NAME, permissions
from markupsafe import escape

Serve = Callable[..., Any]
pytestmark = pytest.mark.asyncio
ROUTES = [
    "/mosaic/-/thumbnail/1.jpg",
    "/mosaic/-/overview/1.jpg",
    "/mosaic/-/mosaic",
    "/mosaic/-/mosaic/1",
]
ONLY_ADA = {"allow": {"id": "ada"}}


async def statuses(client: Any, **arguments: Any) -> list[int]:
    return [(await client.get(url, **arguments)).status_code for url in ROUTES]


def sign_in(client: Any, name: str) -> dict[str, Any]:
    cookie = client.ds.sign({"a": {"id": name}}, "actor")
    return {"cookies": {"ds_actor": cookie}}


async def test_a_private_database_is_shown_to_its_owner_alone(path: Path, served: Serve) -> None:
    client = served(path, **permissions({"mosaic": ONLY_ADA}))
    assert await statuses(client) == [403] * 4
    assert await statuses(client, **sign_in(client, "bob")) == [403] * 4
    assert await statuses(client, **sign_in(client, "ada")) == [200] * 4


async def test_a_private_database_does_not_tell_which_tiles_and_mosaics_it_has(
    path: Path, served: Serve
) -> None:
    client = served(path, **permissions({"mosaic": ONLY_ADA}))
    for url in ("/mosaic/-/thumbnail/99.jpg", "/mosaic/-/mosaic/99"):
        assert (await client.get(url)).status_code == 403
    assert "Mosaics in" not in (await client.get("/")).text
    owned = await client.get("/", **sign_in(client, "ada"))
    assert 'href="/mosaic/-/mosaic">Mosaics in mosaic</a>' in owned.text


async def test_pictures_of_a_private_database_are_in_no_shared_cache(
    path: Path, served: Serve
) -> None:
    client = served(path, **permissions({"mosaic": ONLY_ADA}))
    answer = await client.get(ROUTES[0], **sign_in(client, "ada"))
    assert "private" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("thumbnail", [403, 200, 200, 200]),
        ("overview", [200, 403, 200, 200]),
        ("mosaic", [200, 200, 403, 403]),
        ("placement", [200, 200, 403, 403]),
        ("tile", [200, 200, 200, 200]),
    ],
)
async def test_each_table_has_its_own_permission(
    table: str, expected: list[int], path: Path, served: Serve
) -> None:
    tables = {"mosaic": {"tables": {table: ONLY_ADA}}}
    assert await statuses(served(path, **permissions(tables))) == expected


async def test_who_may_not_see_pictures_or_names_sees_a_grid_without(
    path: Path, served: Serve
) -> None:
    tables = dict.fromkeys(("thumbnail", "overview", "file"), ONLY_ADA)
    client = served(path, **permissions({"mosaic": {"tables": tables}}))
    html = (await client.get("/mosaic/-/mosaic/1")).text
    assert ".jpg" not in html.replace("/m.jpg", "")
    assert "Row 0, column 1: tile 1" in html
    assert "You may not see the thumbnails" in html
    owned = (await client.get("/mosaic/-/mosaic/1", **sign_in(client, "ada"))).text
    assert "/mosaic/-/thumbnail/1.jpg" in owned
    assert str(escape(NAME)) in owned


async def test_actions_lead_only_where_people_may_go(path: Path, served: Serve) -> None:
    public = served(path)
    for url in ("/mosaic", "/mosaic/mosaic", "/mosaic/placement"):
        assert "Show mosaics as pictures" in (await public.get(url)).text
    assert "Show mosaics as pictures" not in (await public.get("/mosaic/tile")).text
    private = served(path, **permissions({"mosaic": {"tables": {"placement": ONLY_ADA}}}))
    for url in ("/mosaic", "/mosaic/mosaic"):
        assert "Show mosaics as pictures" not in (await private.get(url)).text
