"""What the program knows of faces, fitted: mean shape, basis, mesh, estimator, shading."""
