"""The errors that a user can cause, each with a message that says what failed and what to try."""


class GanimateError(Exception):
    """Base of every error that the command line reports without a traceback (exit code 1)."""


class UsageError(GanimateError):
    """The request itself is wrong: an unknown name, a value out of range (exit code 2)."""


class PhotoError(GanimateError):
    """A photo cannot be read."""


class VideoError(GanimateError):
    """A driving video cannot be read, or shows nothing to transfer."""


class FaceError(GanimateError):
    """No usable face: none found, too small, turned away."""


class ModelError(GanimateError):
    """A weights file is missing, damaged or made for something else."""


class OutputError(GanimateError):
    """A result cannot be written."""


class DataError(GanimateError):
    """A training set is missing, damaged or empty."""
