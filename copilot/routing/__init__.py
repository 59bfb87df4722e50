"""Where a question is answered: here, by a larger model elsewhere, or later. The application builds it with `parts`."""
