"""The terminal UI: for a tablet. A face: it shows what the application does, and decides nothing."""
