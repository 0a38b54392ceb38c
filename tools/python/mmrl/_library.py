"""The functions of mmrl.h, which says what they do, and its statuses as exceptions."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_double, c_float, c_int, c_size_t, c_void_p
from pathlib import Path
from typing import Optional


class Error(Exception):
    """Something could not be done; the message says what is wrong, and what to do where that is known."""


class ArgumentError(Error, ValueError):
    """The caller asked for something that there is not."""


class FileError(Error, OSError):
    """A file cannot be opened, read or written."""


class ModelError(Error):
    """The model is damaged, is none, or lacks what was asked of it."""


class PictureError(Error):
    """A picture is damaged, is none, or is of a kind that is not read."""


_ERRORS = {1: ArgumentError, 2: FileError, 3: ModelError, 4: PictureError}
_SIGNATURES = {
    "mmrl_version": (c_char_p, []),
    "mmrl_message": (c_char_p, []),
    "mmrl_options_create": (c_void_p, []),
    "mmrl_options_destroy": (None, [c_void_p]),
    "mmrl_options_set_threads": (c_int, [c_void_p, c_int]),
    "mmrl_options_add_label": (c_int, [c_void_p, c_char_p]),
    "mmrl_options_set_unknown_rate": (c_int, [c_void_p, c_double]),
    "mmrl_options_set_full_decode": (c_int, [c_void_p, c_int]),
    "mmrl_model_open": (c_int, [c_char_p, c_void_p, POINTER(c_void_p)]),
    "mmrl_model_close": (None, [c_void_p]),
    "mmrl_model_label_count": (c_size_t, [c_void_p]),
    "mmrl_model_label": (c_char_p, [c_void_p, c_size_t]),
    "mmrl_model_label_set": (c_int, [c_void_p, c_size_t]),
    "mmrl_model_feature_count": (c_size_t, [c_void_p]),
    "mmrl_model_warning": (c_char_p, [c_void_p, c_size_t]),
    "mmrl_pictures_create": (c_void_p, []),
    "mmrl_pictures_destroy": (None, [c_void_p]),
    "mmrl_pictures_add_path": (c_int, [c_void_p, c_char_p]),
    "mmrl_pictures_add_file": (c_int, [c_void_p, c_void_p, c_size_t]),
    "mmrl_pictures_add_pixels": (c_int, [c_void_p, c_void_p, c_size_t, c_size_t, c_size_t]),
    "mmrl_classify": (c_int, [c_void_p, c_void_p, c_size_t, POINTER(c_void_p)]),
    "mmrl_answers_destroy": (None, [c_void_p]),
    "mmrl_answers_status": (c_int, [c_void_p, c_size_t]),
    "mmrl_answers_message": (c_char_p, [c_void_p, c_size_t]),
    "mmrl_answers_is_unknown": (c_int, [c_void_p, c_size_t]),
    "mmrl_answers_unknown_score": (c_float, [c_void_p, c_size_t]),
    "mmrl_answers_label_count": (c_size_t, [c_void_p, c_size_t]),
    "mmrl_answers_label": (c_char_p, [c_void_p, c_size_t, c_size_t]),
    "mmrl_answers_score": (c_float, [c_void_p, c_size_t, c_size_t]),
    "mmrl_answers_logit": (c_float, [c_void_p, c_size_t, c_size_t]),
    "mmrl_answers_set": (c_int, [c_void_p, c_size_t, c_size_t]),
    "mmrl_answers_head": (c_int, [c_void_p, c_size_t, c_size_t]),
    "mmrl_answers_warning": (c_char_p, [c_void_p, c_size_t, c_size_t]),
    "mmrl_features": (c_int, [c_void_p, c_void_p, c_void_p, c_size_t]),
    "mmrl_teach": (
        c_int,
        [c_void_p, c_void_p, POINTER(c_char_p), c_char_p, POINTER(c_size_t), POINTER(c_size_t)],
    ),
    "mmrl_teach_folder": (
        c_int,
        [c_void_p, c_char_p, c_char_p, POINTER(c_size_t), POINTER(c_size_t)],
    ),
}


def _load() -> ctypes.CDLL:
    # The wheel has its own; else that of the system, by a package or LD_LIBRARY_PATH.
    own = Path(__file__).with_name("libmmrl.so.0")
    # CDLL releases the interpreter while a function runs.
    library = ctypes.CDLL(str(own) if own.exists() else own.name)
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


lib = _load()


def text(value: Optional[bytes]) -> str:
    """A string of the library."""
    return (value or b"").decode()


def version() -> str:
    """Of the library."""
    return text(lib.mmrl_version())


def error(status: int, message: Optional[bytes]) -> Error:
    """The exception of a status that is not 0."""
    return _ERRORS.get(status, Error)(text(message))


def check(status: int) -> None:
    """Raises the exception of a status that is not 0."""
    if status != 0:
        raise error(status, lib.mmrl_message())
