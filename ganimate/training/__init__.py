"""Training: data sets, priors, losses and the loop."""
