"""The hub: from sources to a signed folder that any static file server can carry."""
