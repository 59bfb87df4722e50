"""One model and many who ask: who is next, how long the others wait, and what happens when too many come."""
