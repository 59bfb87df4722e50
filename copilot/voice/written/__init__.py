"""From speech to writing: identifiers, numbers and units as the documents have them."""
