"""The API's description: whole, in step with the code, and free of what must not go out (T05)."""

from typing import Any

import httpx
import pytest

from services import regions
from tests import builders
from tests.acceptance.api import Api

#: Names that no answer may have, and parts of names.
DENIED = {"password", "password_hash", "session_key", "id_no", "id_number", "openid", "unionid"}
DENIED_ENDS = ("_sealed", "_index", "_bidx", "_enc", "_hash")


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/docs/openapi.json")).json()
    return found


async def test_every_operation_says_what_it_does_and_what_it_answers(document: dict[str, Any]) -> None:
    operations = [(path, method, one) for path, methods in document["paths"].items() for method, one in methods.items()]
    assert len(operations) >= 30
    assert [(path, method) for path, method, one in operations if not one["summary"]] == []
    silent = [(path, method) for path, method, one in operations
              if not any("content" in said for status, said in one["responses"].items() if status != "default")]
    assert silent == []
    bodiless = {path.rpartition("/")[2] for path, method, one in operations if method == "post" and "requestBody" not in one}
    assert bodiless == {"captcha", "logout"}


async def test_every_body_refuses_what_it_does_not_know(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    bodies = [(kind, said["schema"]) for methods in document["paths"].values() for one in methods.values()
              for kind, said in one.get("requestBody", {"content": {}})["content"].items()]
    assert {kind for kind, _ in bodies} == {"application/json", "multipart/form-data"}
    whole = [schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema for _, schema in bodies]
    assert [schema["title"] for schema in whole if schema.get("additionalProperties") is not False] == []


async def test_no_answer_has_a_field_that_must_stay_inside(document: dict[str, Any]) -> None:
    named = {(schema, field) for schema, shape in document["components"]["schemas"].items() for field in shape.get("properties", {})}
    asked = {"ByPassword", "NewPassword"}
    assert [one for one in sorted(named) if one[0] not in asked and (one[1] in DENIED or one[1].endswith(DENIED_ENDS))] == []


@pytest.mark.req("WH-50")
@pytest.mark.req("WH-54")
async def test_the_catalogue_and_the_windows_are_open_to_everybody(client: httpx.AsyncClient) -> None:
    api = Api(client, await builders.a_region())
    region = await regions.current(api.region)
    shelves = (await api.get("catalogue")).json()["items"]
    assert [shelf["name"] for shelf in shelves] == [category.name for category in region.profile.content.catalogue]
    detail = (await api.get(f"services/{shelves[0]['services'][0]['id']}")).json()
    assert detail["guide"]
    assert detail["materials"]
    assert [line["name"] for line in (await api.get("catalogue", words=detail["name"])).json()["items"][0]["services"]] == [detail["name"]]
    windows = (await api.get("windows")).json()["items"]
    assert len(windows) == len([one for one in region.profile.content.organisations if one.kind == "window"])
    assert all(window["phone"] and window["hours"] and window["position"] for window in windows)
