"""Motion: from a change of action units to landmarks, a mesh and the warp of a photo.

In the order of the data path: prior (what action units do to faces), displacement (where they take
this face's landmarks), mesh (before and after), raster, outline and field (where each pixel comes
from), unknown (what the photo does not show). settings has their tuned numbers.
"""
