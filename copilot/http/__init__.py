"""The HTTP endpoint: what the command line can do, for programs on this machine or in the plant's network.

`app.build_app` makes it from the settings, `serving` runs it. A resource is a module in ``routes`` with a ``router``;
`routes.PARTS` lists them.
"""
