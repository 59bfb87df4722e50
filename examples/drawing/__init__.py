"""Draws the example manuals: one manuscript format in, PDF, HTML and Word out."""
