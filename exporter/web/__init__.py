"""Our own port: the HTTP server and what it answers."""
