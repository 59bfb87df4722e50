"""Write the parts of the documentation that the code knows: the table of settings, the endpoint's description.

    python scripts/write_docs.py

The table in docs/configuration.md stands between two marks and is replaced as a whole. Tests fail where it, or
docs/schema/http.openapi.json, is out of date.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from copilot.settings.complaints import allowed, nested
from copilot.settings.report import describe
from copilot.settings.settings import Settings, known_keys
from copilot.settings.sources import variable_for

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "configuration.md"
ENDPOINT: Final = PAGE.parent / "schema" / "http.openapi.json"
SIGNALS: Final = {"signals": "SignalsJson", "signals-advice": "AdvicesJson", "signals-summary": "SummaryJson"}
"""Schemas of what `edge-copilot signals` prints, by the class that prints it."""
BEGIN: Final = "<!-- settings: written by scripts/write_docs.py -->\n"
END: Final = "<!-- end of settings -->\n"


def settings_tables() -> str:
    """Return every setting with its default, what it may be, and what it is for; one table a section."""
    lines: list[str] = []
    section = None
    tables: list[tuple[str, type[BaseModel]]] = []
    for setting in describe(Settings()):
        table, _, name = setting.key.rpartition(".")
        model = known_keys()[setting.key]
        if table != section:
            section = table
            what = (model.__doc__ or "").partition("\n")[0]
            lines += ["", f"### [{table}]" if table else "### Before the first section", ""]
            lines += [what, ""] if table else []
            lines += ["| key | default | may be | what for |", "| --- | --- | --- | --- |"]
        if inside := nested(model.model_fields[name]):
            tables.append((setting.key, inside))
        default = _shown(setting.key, setting.value)
        bounds = allowed(model.model_fields[name]).replace("|", "\\|")
        lines.append(f"| `{name}` | {default} | {bounds} | {setting.description} |")
    for key, inside in tables:
        lines += ["", f"### [[{key}]]", "", (inside.__doc__ or "").partition("\n")[0], ""]
        lines += ["| key | default | may be | what for |", "| --- | --- | --- | --- |"]
        for name, field in inside.model_fields.items():
            default = "must be set" if field.is_required() else _shown(f"{key}.{name}", _plain(field.default))
            bounds = allowed(field).replace("|", "\\|")
            lines.append(f"| `{name}` | {default} | {bounds} | {field.description} |")
    return (
        "\n".join(lines).lstrip()
        + "\n\n"
        + f"The environment variable of `search.k` is `{variable_for('search.k')}`.\n"
    )


def endpoint_description() -> str:
    """Return the OpenAPI description of the HTTP endpoint."""
    from copilot.http.app import build_app

    described = build_app(Settings()).openapi()
    described["info"]["version"] = "1"  # the program's own would make every release a change of this file
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def signals_schema(name: str) -> str:
    """Return the schema of what a command of `edge-copilot signals` prints, by its name in `SIGNALS`."""
    from copilot.hmi import wire

    schema = getattr(wire, SIGNALS[name]).model_json_schema(mode="serialization")
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(_open(schema), indent=2, ensure_ascii=False) + "\n"


def _open(schema: object) -> object:
    """The schema with objects that may get further fields: readers must bear them."""
    if isinstance(schema, list):
        return [_open(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _open(value) for key, value in schema.items() if (key, value) != ("additionalProperties", False)}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def with_tables(page: str) -> str:
    """Return the page with its part between the marks replaced."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return before + BEGIN + "\n" + settings_tables() + "\n" + END + after


def _shown(key: str, value: object) -> str:
    if key == "data_dir":
        return "this user's data directory"
    if value is None or value == [] or value == "":
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    for name in SIGNALS:
        (ENDPOINT.parent / f"{name}.schema.json").write_text(signals_schema(name), encoding="utf-8", newline="\n")
    ENDPOINT.write_text(endpoint_description(), encoding="utf-8", newline="\n")
