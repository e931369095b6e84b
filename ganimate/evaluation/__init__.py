"""How good a generator is, on faces that it never saw."""
