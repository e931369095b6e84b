"""Data sets as people have them, and as training reads them."""
