"""The endpoint's own description: OpenAPI with examples, problems and keys; served at ``/openapi.json``."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from copilot.http.problems import MEDIA_TYPE, Problem

_REFERENCE: Final = "#/components/schemas/{model}"
_PROBLEM: Final = {
    "description": "What is wrong, and what to do next.",
    "content": {
        MEDIA_TYPE: {
            "schema": {"$ref": "#/components/schemas/Problem"},
            "examples": {
                "no index": {
                    "value": {
                        "type": "urn:edge-copilot:problem:store-error",
                        "title": "Store error",
                        "status": 503,
                        "detail": "There is no index yet.",
                        "remedy": "Put documents in first: edge-copilot ingest PATH",
                        "retry_after_s": None,
                    }
                }
            },
        }
    },
}
_OF_OPENAI: Final = {
    "description": "What is wrong, in the form that OpenAI's clients understand.",
    "content": {"application/json": {"schema": {"type": "object", "required": ["error"]}}},
}
_OPEN: Final = ("/healthz", "/readyz")  # told to everybody
_UNUSED: Final = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> None:
    """Let ``app`` describe itself as it really answers: with problems, not with the framework's own errors."""

    def description() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = description  # type: ignore[method-assign]  # the way that the framework documents


def _described(app: FastAPI) -> dict[str, Any]:
    described = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    components = described.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _UNUSED:
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema(ref_template=_REFERENCE)
    components["securitySchemes"] = {
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of “edge-copilot keys add”. On this machine itself none is asked for, unless the "
            "settings say so. The header api-key is taken too.",
        }
    }
    for path, operations in described["paths"].items():
        for operation in operations.values():
            responses = operation["responses"]
            responses.pop("422", None)
            responses.setdefault("default", _OF_OPENAI if "openai" in operation.get("tags", ()) else _PROBLEM)
            if path not in _OPEN:
                operation.setdefault("security", [{}, {"key": []}])
    return described
