"""For mypy: what the type hints promise."""

import numpy as np
import numpy.typing as npt
from typing_extensions import assert_type

import mmrl

model = mmrl.Model("my.mmrl", threads=2, labels=["mug", "saw"])
answer = model.classify("photo.jpg", top=3)
assert_type(answer, mmrl.Answer)
for result in model.classify(["a.jpg", b"bytes", np.zeros((4, 4, 3), np.uint8)]):
    if isinstance(result, mmrl.Answer):
        print(result.label, result.labels[0].score)
    else:
        assert_type(result, mmrl.Error)
features: npt.NDArray[np.float32] = model.features(["a.jpg", "b.jpg"])
lesson = model.teach({"mug": ["a.jpg"], "saw": [b"bytes"]}, "taught.mmrl")
assert_type(lesson.right, int)
