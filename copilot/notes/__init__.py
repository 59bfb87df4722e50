"""Notes of technicians: saved while they are written, found at once, handed in once, and evidence for later answers."""
