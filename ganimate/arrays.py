"""Names of the arrays that the program passes around, with their shapes and units.

Pictures are RGB; x points right, y down and z away from the camera; the centres of pixels lie at
whole numbers.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Photo: TypeAlias = NDArray[np.uint8]
"""(H, W, 3) RGB: a photo, a frame of a clip, or a drawing."""

Map: TypeAlias = NDArray[np.float32]
"""(h, w): one number for each pixel of a grid."""

Mask: TypeAlias = NDArray[np.bool_]
"""(h, w): whether something holds for each pixel of a grid."""

Landmarks: TypeAlias = NDArray[np.float32]
"""(478, 3), or (468, 3) without the irises: x, y, z in photo pixels."""

Points: TypeAlias = NDArray[np.float32]
"""(n, 2): x, y in pixels of some grid."""

FaceShape: TypeAlias = NDArray[np.float32]
"""(468, 3): a face without its pose, in the frame of the mean face, whose width is about 1."""

AUVector: TypeAlias = NDArray[np.float32]
"""(17, 2) in [0, 1]: intensities of the action units, on the person's own left and right."""

Angles: TypeAlias = NDArray[np.float32]
"""(3,): yaw, pitch and roll of a head in degrees, as face/pose.py defines them."""

Series: TypeAlias = NDArray[np.float32]
"""(n,) or (n, channels): measurements frame by frame."""

Floats: TypeAlias = NDArray[np.float32]
"""Numbers of a shape that the function says."""
