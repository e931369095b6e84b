"""The `paper` preset: GANimation as published."""
