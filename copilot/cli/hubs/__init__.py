"""The commands of `edge-copilot hub`."""
