"""The OpenAPI document of the resources, as Ed-Fi clients look for it: `edFi_…` schemas with `x-Ed-Fi-isIdentity`."""

import json
import re
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from services.ingest.edfi.query import parameters
from services.ingest.edfi.resources import RESOURCES, Resource

SCHEMA = re.compile(r"#/\$defs/(\w)(\w*)")


class _WithoutNull(GenerateJsonSchema):
    """An optional property is one that may be left out: Ed-Fi's documents do not speak of null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def document(base_url: str) -> dict[str, Any]:
    """The whole document; `base_url` is the address of the surface, without a slash at its end."""
    return {
        "openapi": "3.0.1",
        "info": {"title": "Rollcall: Ed-Fi resources", "version": "3"},
        "servers": [{"url": f"{base_url}/data/v3"}],
        "paths": {path: item for resource in RESOURCES.values() for path, item in _paths(resource).items()},
        "components": {"schemas": _schemas()},
    }


def empty_document(base_url: str) -> dict[str, Any]:
    """There are no descriptor resources: descriptors are values in the other resources."""
    return {
        "openapi": "3.0.1",
        "info": {"title": "Rollcall: Ed-Fi descriptors", "version": "3"},
        "servers": [{"url": f"{base_url}/data/v3"}],
        "paths": {},
        "components": {"schemas": {}},
    }


def _schemas() -> dict[str, Any]:
    models = [(key, "validation", TypeAdapter(resource.model)) for key, resource in RESOURCES.items()]
    _, found = TypeAdapter.json_schemas(models, schema_generator=_WithoutNull)  # type: ignore[arg-type]
    renamed = SCHEMA.sub(lambda name: f"#/components/schemas/{_name(name[1] + name[2])}", json.dumps(found["$defs"]))
    return {_name(name): schema for name, schema in json.loads(renamed).items()}


def _name(model: str) -> str:
    return f"edFi_{model[0].lower()}{model[1:]}"


def _paths(resource: Resource) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{_name(resource.model.__name__)}"}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    query = [_query_parameter(name) for name in ("offset", "limit", "totalCount", *parameters(resource))]
    id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    return {
        f"/ed-fi/{resource.name}": {
            "get": {"parameters": query, "responses": _answers(200, 400)},
            "post": {"requestBody": body, "responses": _answers(200, 201, 400, 409, 412)},
        },
        f"/ed-fi/{resource.name}/{{id}}": {
            "parameters": [id],
            "get": {"responses": _answers(200, 404)},
            "put": {"requestBody": body, "responses": _answers(204, 400, 404, 409, 412)},
            "delete": {"responses": _answers(204, 404, 409, 412)},
        },
    }


def _query_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string"}}


def _answers(*statuses: int) -> dict[str, Any]:
    return {str(status): {"description": ""} for status in (*statuses, 401)}
