"""Voice in the terminal: a recording answered, and a conversation with keys, a level meter, the microphone's sign."""
