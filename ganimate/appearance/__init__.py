"""What a warp cannot show: the mouth behind the lips, creases, lines of the skin, lashes.

mouth draws what is behind the lips, filling puts it where a warp shows it, and mouth_shade bounds
what a generator paints of it. creases are the mean face's, lines (with line_regions and
line_depths) the photo's own; both become gains. settings and line_settings have their tuned
numbers.
"""
