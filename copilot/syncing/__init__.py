"""Sync as the application uses it: its parts from the settings, its rules from the machine, its files into place.

Nothing is imported here: every answer asks for the age of its passages, and only a sync needs the rest.
"""
