"""How the files of a model get here, one module for each kind of source."""
