"""Frames: the generator's paint and the warp, put onto the photo."""
