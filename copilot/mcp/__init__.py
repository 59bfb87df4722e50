"""Tools for assistants, over the Model Context Protocol: search, read a passage, ask, add a note. A face.

Source: Model Context Protocol specification, https://modelcontextprotocol.io/specification
"""

from copilot.mcp.hosting import Guest, Host, LocalHost
from copilot.mcp.tools import build_server

__all__ = ["Guest", "Host", "LocalHost", "build_server"]
