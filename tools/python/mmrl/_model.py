"""Models, pictures and answers."""

from __future__ import annotations

import ctypes
import math
import os
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Optional, Union, cast, overload

import numpy as np
import numpy.typing as npt

from ._library import ArgumentError, Error, check, error, lib, text

Picture = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, npt.NDArray[np.uint8]]
"""A picture: the path of a JPEG or PNG file, the bytes of one, or pixels, uint8 RGB of height x width x 3."""

Set = Literal["known", "novel"]
Head = Literal["fusion", "class"]
_SETS: dict[int, Set] = {1: "known", 2: "novel"}
_HEADS: dict[int, Head] = {1: "fusion", 2: "class"}


@dataclass(frozen=True)
class Label:
    """A label of a model."""

    name: str
    set: Set
    """``known``: learnt from photos. ``novel``: by its name alone."""


@dataclass(frozen=True)
class ScoredLabel:
    """A label of an answer."""

    name: str
    score: float
    """How probable it is, 0 to 1."""
    set: Set
    head: Head
    """What scored it."""
    logit: float
    """By that head, before it became a probability."""


@dataclass(frozen=True)
class Answer:
    """What a picture shows."""

    labels: tuple[ScoredLabel, ...]
    """The best labels, best first."""
    is_unknown: bool
    """Whether no label fits well enough."""
    unknown_score: Optional[float]
    """How probable it is that no label fits, 0 to 1; None where the model cannot say."""
    warnings: tuple[str, ...]
    """What was odd about the file."""

    @property
    def label(self) -> Optional[str]:
        """The name of the label that is the answer; None where no label fits."""
        return None if self.is_unknown else self.labels[0].name


@dataclass(frozen=True)
class Lesson:
    """How well a model learnt."""

    right: int
    """How many photos were given their label, of those held out once in four folds."""
    held_out: int


class _Pictures:
    """A list of the library's, with what it lends."""

    def __init__(self, pictures: Iterable[Picture]) -> None:
        self._lent: list[npt.NDArray[np.uint8]] = []
        self.handle = lib.mmrl_pictures_create()
        self.count = 0
        try:
            for picture in pictures:
                self._add(picture)
        except BaseException:
            lib.mmrl_pictures_destroy(self.handle)
            raise

    def _add(self, picture: Picture) -> None:
        if isinstance(picture, (str, os.PathLike)):
            check(lib.mmrl_pictures_add_path(self.handle, _path(picture)))
        elif isinstance(picture, (bytes, bytearray, memoryview)):
            # No copy: an array that looks at the same memory. Of no bytes NumPy makes none.
            data = np.frombuffer(picture, np.uint8) if len(picture) else np.empty(0, np.uint8)
            self._lent.append(data)
            check(lib.mmrl_pictures_add_file(self.handle, data.ctypes.data, data.size))
        else:
            self._add_pixels(np.asarray(picture))
        self.count += 1

    def _add_pixels(self, pixels: npt.NDArray[Any]) -> None:
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise ArgumentError(
                f"an array of {pixels.dtype} of {' x '.join(map(str, pixels.shape)) or 'no'} numbers: "
                "pixels are uint8 RGB of height x width x 3"
            )
        height, width = pixels.shape[:2]
        # Rows may have any distance; within them the bytes lie one after the other.
        padded = pixels.strides[1:] == (3, 1) and pixels.strides[0] >= 3 * width
        if not padded:
            pixels = np.ascontiguousarray(pixels)
        stride = 0 if pixels.flags.c_contiguous else pixels.strides[0]
        self._lent.append(pixels)
        check(
            lib.mmrl_pictures_add_pixels(self.handle, pixels.ctypes.data, width, height, stride)
        )

    def __enter__(self) -> _Pictures:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        value: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        lib.mmrl_pictures_destroy(self.handle)


class Model:
    """A model that is ready to say what pictures show.

    May be used by any number of threads at once; what it is called with must not be changed meanwhile. The interpreter is released while it
    works. A process that forks must open its model afterwards.
    """

    labels: tuple[Label, ...]
    """Known labels before novel ones."""
    feature_count: int
    """Numbers of a feature."""
    warnings: tuple[str, ...]
    """What is to be said of the labels that were named."""

    def __init__(
        self,
        path: Union[str, os.PathLike[str]],
        *,
        threads: Optional[int] = None,
        labels: Iterable[str] = (),
        unknown_rate: Optional[float] = None,
        full_decode: bool = False,
    ) -> None:
        """Opens a model.

        threads: 1 to 256; as many as the process may use unless given.
        labels: names in place of the model's own labels; the model has to carry its text tower.
        unknown_rate: what share of the pictures that show a label may be answered as unknown, 0 for never; unless given 0.05 where the model has
            seen photos enough for that, else 0.
        full_decode: whether large JPEG files are decoded in full, not smaller and faster.
        """
        options = lib.mmrl_options_create()
        try:
            if threads is not None:
                check(lib.mmrl_options_set_threads(options, threads))
            for name in labels:
                check(lib.mmrl_options_add_label(options, _name(name)))
            if unknown_rate is not None:
                check(lib.mmrl_options_set_unknown_rate(options, unknown_rate))
            check(lib.mmrl_options_set_full_decode(options, full_decode))
            handle = ctypes.c_void_p()
            check(lib.mmrl_model_open(_path(path), options, ctypes.byref(handle)))
        finally:
            lib.mmrl_options_destroy(options)
        self._handle = handle
        # Not at the end of the process, when threads may still be at work.
        weakref.finalize(self, lib.mmrl_model_close, handle).atexit = False
        self.labels = tuple(
            Label(text(lib.mmrl_model_label(handle, index)), _SETS[lib.mmrl_model_label_set(handle, index)])
            for index in range(lib.mmrl_model_label_count(handle))
        )
        self.feature_count = lib.mmrl_model_feature_count(handle)
        self.warnings = _texts(lambda index: lib.mmrl_model_warning(handle, index))

    # A path in a text is iterable, too: the first that fits counts.
    @overload
    def classify(  # type: ignore[overload-overlap]
        self, picture: Picture, *, top: int = 5
    ) -> Answer: ...

    @overload
    def classify(self, picture: Iterable[Picture], *, top: int = 5) -> list[Union[Answer, Error]]: ...

    def classify(
        self, picture: Union[Picture, Iterable[Picture]], *, top: int = 5
    ) -> Union[Answer, list[Union[Answer, Error]]]:
        """What a picture shows, or each of several, of which one that cannot be read has its error in its place.

        top: how many labels an answer has at most.
        """
        one, pictures = _several(picture)
        if top < 1:
            raise ArgumentError(f"{top} labels: an answer has at least 1")
        with _Pictures(pictures) as list_:
            handle = ctypes.c_void_p()
            check(lib.mmrl_classify(self._handle, list_.handle, top, ctypes.byref(handle)))
            try:
                answers = [_answer(handle, index) for index in range(list_.count)]
            finally:
                lib.mmrl_answers_destroy(handle)
        if not one:
            return answers
        if isinstance(answers[0], Error):
            raise answers[0]
        return answers[0]

    def features(self, picture: Union[Picture, Iterable[Picture]]) -> npt.NDArray[np.float32]:
        """What the image encoder makes of a picture, ``[feature_count]``, or of each of several, a row each; of unit length."""
        one, pictures = _several(picture)
        with _Pictures(pictures) as list_:
            rows = np.empty((list_.count, self.feature_count), np.float32)
            check(lib.mmrl_features(self._handle, list_.handle, rows.ctypes.data, rows.size))
        return cast("npt.NDArray[np.float32]", rows[0]) if one else rows

    def teach(
        self,
        photos: Union[str, os.PathLike[str], Mapping[str, Iterable[Picture]]],
        output: Union[str, os.PathLike[str]],
    ) -> Lesson:
        """Teaches labels by photos, in seconds and without training; writes a new model, this one stays as it is.

        photos: by label, or a folder that has a folder of photos for each label, named after it.
        output: the file of the new model, which appears when it is complete.
        """
        right, held_out = ctypes.c_size_t(), ctypes.c_size_t()
        figures = ctypes.byref(right), ctypes.byref(held_out)
        if isinstance(photos, Mapping):
            pairs = [(_name(label), picture) for label, own in photos.items() for picture in own]
            labels = (ctypes.c_char_p * len(pairs))(*(label for label, _ in pairs))
            with _Pictures(picture for _, picture in pairs) as list_:
                check(lib.mmrl_teach(self._handle, list_.handle, labels, _path(output), *figures))
        else:
            check(lib.mmrl_teach_folder(self._handle, _path(photos), _path(output), *figures))
        return Lesson(right.value, held_out.value)


def _several(picture: Union[Picture, Iterable[Picture]]) -> tuple[bool, Iterable[Picture]]:
    """Whether that is one picture, and the pictures."""
    if isinstance(picture, np.ndarray):
        one = picture.ndim != 4
    elif hasattr(picture, "__array_interface__"):
        # Pixels of another library, as Pillow's.
        one = True
    else:
        one = isinstance(picture, (str, os.PathLike, bytes, bytearray, memoryview))
    return one, cast("Sequence[Picture]", [picture]) if one else cast("Iterable[Picture]", picture)


def _answer(answers: ctypes.c_void_p, index: int) -> Union[Answer, Error]:
    status = lib.mmrl_answers_status(answers, index)
    if status != 0:
        return error(status, lib.mmrl_answers_message(answers, index))
    score = lib.mmrl_answers_unknown_score(answers, index)
    return Answer(
        labels=tuple(
            ScoredLabel(
                name=text(lib.mmrl_answers_label(answers, index, rank)),
                score=lib.mmrl_answers_score(answers, index, rank),
                set=_SETS[lib.mmrl_answers_set(answers, index, rank)],
                head=_HEADS[lib.mmrl_answers_head(answers, index, rank)],
                logit=lib.mmrl_answers_logit(answers, index, rank),
            )
            for rank in range(lib.mmrl_answers_label_count(answers, index))
        ),
        is_unknown=lib.mmrl_answers_is_unknown(answers, index) != 0,
        unknown_score=None if math.isnan(score) else score,
        warnings=_texts(lambda place: lib.mmrl_answers_warning(answers, index, place)),
    )


def _texts(get: Any) -> tuple[str, ...]:
    """Strings of the library, until there is none."""
    found: list[str] = []
    while (value := get(len(found))) is not None:
        found.append(text(value))
    return tuple(found)


def _path(path: Union[str, os.PathLike[str]]) -> bytes:
    """A path as the system has it."""
    return _whole(os.fsencode(path))


def _name(name: str) -> bytes:
    return _whole(name.encode())


def _whole(value: bytes) -> bytes:
    if b"\0" in value:
        raise ArgumentError(f"{value!r} has a zero byte, which ends a name")
    return value
