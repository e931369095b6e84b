"""The `first-order` preset: motion of unsupervised keypoints (Siarohin et al., NeurIPS 2019)."""
