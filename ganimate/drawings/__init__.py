"""Pictures that explain: annotated photos, sheets of action units, plotted curves."""
