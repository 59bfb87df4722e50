"""Settings of what assistants may do over the Model Context Protocol."""

from __future__ import annotations

from pydantic import Field

from copilot.settings.sections import Section


class McpSettings(Section):
    """Assistants that call this device's tools over the Model Context Protocol (MCP)."""

    restricted: bool = Field(
        default=False,
        description="Whether they are shown restricted collections too; most send what they read to a model elsewhere.",
    )
    serve: bool = Field(default=True, description="Whether edge-copilot serve offers these tools at /mcp.")
