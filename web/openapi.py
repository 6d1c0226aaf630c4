"""The mini program's API as OpenAPI 3.1, drawn from the routes and the same pydantic models that check what comes in.

A route of the API says: ``ctx_summary`` (words for people), ``ctx_accepts`` (model of the body), ``ctx_query`` (model of the query string),
``ctx_answers`` (model of the answer, ``bytes`` for a file), ``ctx_status`` (of success, else 200), ``ctx_sends`` (model of what comes along
with a file).
"""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from sanic import Blueprint, HTTPResponse, Request, html, json
from sanic_routing.route import Route

from web.context import App

REF = "#/components/schemas/{model}"
PARAMETER = re.compile(r"<(\w+):?([^>]*)>")
ERROR = {"type": "object", "required": ["error", "request_id"], "properties": {
    "error": {"type": "object", "required": ["code", "message", "context"], "properties": {
        "code": {"type": "string"}, "message": {"type": "string"}, "context": {"type": "object"}}},
    "request_id": {"type": "string"}}}
FILE = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}

blueprint = Blueprint("docs", url_prefix="/docs")


def document(app: App) -> dict[str, Any]:
    """The whole document; stable order, so that two builds of one code are equal."""
    routes = sorted(api_routes(app), key=lambda route: (route.path, sorted(route.methods)))
    _, schemas = models_json_schema([(model, "validation") for model in _models(routes)], ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        for method in sorted(route.methods):
            paths.setdefault(_path(route), {})[method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Greenlane 人才绿色通道", "version": "1", "description": "小程序接口。地区在路径中，登录后用 Authorization: Bearer。"},
        "paths": paths,
        "components": {"schemas": {"Error": ERROR, **schemas.get("$defs", {})}, "securitySchemes": {"session": {"type": "http", "scheme": "bearer"}}},
    }


def api_routes(app: App) -> Iterable[Route]:
    return [route for route in app.router.routes if route.path.startswith("<region:str>/api/")]


@blueprint.get("/openapi.json", ctx_permission="public")
async def openapi(request: Request) -> HTTPResponse:
    return json(document(request.app))


@blueprint.get("/", ctx_permission="public")
async def index(request: Request) -> HTTPResponse:
    """A list to read, without a script from elsewhere."""
    lines = [f"<tr><td>{method.upper()}</td><td><code>{path}</code></td><td>{operation['summary']}</td></tr>"
             for path, methods in document(request.app)["paths"].items() for method, operation in methods.items()]
    return html("<!doctype html><html lang=zh-CN><meta charset=utf-8><title>接口</title><h1>小程序接口</h1>"
                f"<p><a href=/docs/openapi.json>openapi.json</a></p><table>{''.join(lines)}</table></html>")


def _models(routes: Iterable[Route]) -> list[type[BaseModel]]:
    found = {model for route in routes for name in ("accepts", "answers") if (model := getattr(route.ctx, name, None)) not in (None, bytes)}
    return sorted(found, key=lambda model: model.__name__)


def _path(route: Route) -> str:
    return "/" + PARAMETER.sub(r"{\1}", route.path)


def _operation(route: Route) -> dict[str, Any]:
    context = route.ctx
    done: dict[str, Any] = {"description": "成功"}
    if (answers := getattr(context, "answers", None)) is not None:
        done["content"] = FILE if answers is bytes else _json(answers.__name__)
    operation: dict[str, Any] = {
        "operationId": route.name.partition(".")[2], "summary": getattr(context, "summary", ""), "parameters": _parameters(route),
        "responses": {str(getattr(context, "status", 200)): done, "default": {"description": "没有受理", "content": _json("Error")}},
        "x-permission": str(context.permission),
    }
    if context.permission != "public":
        operation["security"] = [{"session": []}]
    if (accepts := getattr(context, "accepts", None)) is not None:
        operation["requestBody"] = {"required": True, "content": _json(accepts.__name__)}
    if (sends := getattr(context, "sends", None)) is not None:
        operation["requestBody"] = {"required": True, "content": _with_file(sends)}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    found = [{"name": name, "in": "path", "required": True, "schema": {"type": "string", **({"format": "uuid"} if kind == "uuid" else {})}}
             for name, kind in PARAMETER.findall(route.path)]
    if (query := getattr(route.ctx, "query", None)) is not None:
        schema = query.model_json_schema()
        found += [{"name": name, "in": "query", "required": name in schema.get("required", []), "schema": part}
                  for name, part in schema["properties"].items()]
    return found


def _json(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REF.format(model=model)}}}


def _with_file(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    properties = {"file": {"type": "string", "format": "binary"}, **schema["properties"]}
    return {"multipart/form-data": {"schema": {**schema, "properties": properties, "required": ["file", *schema.get("required", [])]}}}
