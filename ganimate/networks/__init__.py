"""Generators and critics, importers of published checkpoints, and the devices they run on."""
