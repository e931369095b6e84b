"""Motion: from a change of action units to landmarks, a mesh and the warp of a photo."""
