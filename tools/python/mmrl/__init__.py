"""Says what pictures show, by a model that knows labels by name or by a few photos."""

from ._library import ArgumentError, Error, FileError, ModelError, PictureError, version
from ._model import Answer, Label, Lesson, Model, Picture, ScoredLabel

__version__ = version()
__all__ = [
    "Answer",
    "ArgumentError",
    "Error",
    "FileError",
    "Label",
    "Lesson",
    "Model",
    "ModelError",
    "Picture",
    "PictureError",
    "ScoredLabel",
]
