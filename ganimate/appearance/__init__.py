"""What a warp cannot show: the mouth behind the lips, creases, lines of the skin, lashes."""
