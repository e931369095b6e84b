"""Faces in a photo: landmarks, aligned crops, head pose, and the action units that they show."""
