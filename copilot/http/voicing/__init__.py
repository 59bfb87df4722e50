"""A conversation by voice over a WebSocket: what goes over it, and how it is joined to the server's turns."""
