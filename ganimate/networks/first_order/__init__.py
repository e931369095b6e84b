"""The networks of the first-order motion model (Siarohin et al., NeurIPS 2019, arXiv:2003.00196).

    source, driving --detector--> keypoints and Jacobians
    both, source    --motion----> where each pixel comes from, and what the source does not show
    all of it       --generator-> the source, moved as the driving picture is

Equations are those of the paper; what it leaves open is as in the public code of its authors.
Pictures are (n, 3, s, s) in [0, 1]. Coordinates are (x, y) in [-1, 1], the centres of the corner
pixels at -1 and 1.
"""
