"""The errors that a user can cause, each with a message that says what failed and what to try.

Who calls a function knows its arguments, who runs a command its options. A message therefore names
an argument as the function has it, in backquotes ("give `neutral_at` another time"), and the
command line puts the option in its place (ganimate/cli/options.py).
"""


class GanimateError(Exception):
    """Base of all errors of this package; raised itself where no subclass says more."""


class UsageError(GanimateError):
    """The request itself is wrong: an unknown name, a value out of range."""


class MissingFileError(GanimateError):
    """A file that the request names is not there."""


class PhotoError(GanimateError):
    """A photo cannot be read."""


class LargePhotoError(PhotoError):
    """A photo has more pixels than are read."""


class MissingReaderError(PhotoError):
    """A photo needs a package that is not installed."""


class PhotoWarning(UserWarning):
    """A photo is read, and what is made of it may not be what is expected."""


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
