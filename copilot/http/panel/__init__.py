"""The panel: the web component ``<edge-copilot>``, and the page at ``/`` that shows it."""
