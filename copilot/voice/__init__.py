"""Voice: listening, understanding, speaking, and the session that ties them together. Everything on this device."""
