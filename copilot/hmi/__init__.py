"""The live side of a machine: signals, alarms, advice, what happened in a shift. It reads the plant and never writes."""
