"""The `stargan` preset: StarGAN as published."""
