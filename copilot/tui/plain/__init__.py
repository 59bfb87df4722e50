"""The same for a screen reader: line after line, nothing drawn, nothing moved, nothing erased."""
