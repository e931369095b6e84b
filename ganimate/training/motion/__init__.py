"""The `motion` preset: round trips and transfers over the motion prior."""
