"""The commands of `edge-copilot sync`."""
