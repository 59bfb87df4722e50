"""The live side of a machine: signals, alarms, advice, the summary of a shift. It reads the plant and never writes."""
