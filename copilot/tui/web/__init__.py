"""The same screens in a browser on this machine, by textual-serve (the extra ``web``)."""
