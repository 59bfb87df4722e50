"""Who may be believed: The Update Framework, as hub and device use it."""
