"""The wheel beside mmrl-run ($MMRL_RUN), on the models and pictures of this repository."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import threading

import mmrl
import numpy as np
import pytest
from PIL import Image

REPOSITORY = pathlib.Path(os.environ["MMRL_REPOSITORY"])
LEARNT = REPOSITORY / "Tests/TestSupport/Fixtures/tiny-clip/model.mmrl"
NAMED = REPOSITORY / "models/default.mmrl"
PICTURES = sorted((REPOSITORY / "Tests/ImagingTests/Fixtures/photos").glob("*.png")) + sorted(
    (REPOSITORY / "Tests/ImagingTests/Fixtures/jpeg").glob("4*.jpg")
)


@pytest.fixture(scope="module")
def model() -> mmrl.Model:
    return mmrl.Model(LEARNT, threads=2)


def records(*arguments: object) -> list[dict]:
    run = subprocess.run(
        [os.environ["MMRL_RUN"], "--format", "jsonl", *map(str, arguments)],
        stdout=subprocess.PIPE,
        check=True,
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


def same(answer: mmrl.Answer, record: dict) -> bool:
    """Whether the bits are: the program prints the shortest number that reads back as the same float."""
    assert (record["answer"] or {}).get("label") == answer.label
    assert record.get("unknown", False) == answer.is_unknown
    assert [(one["label"], one["set"], one["head"]) for one in record["labels"]] == [
        (one.name, one.set, one.head) for one in answer.labels
    ]
    for key in ("score", "logit"):
        wanted = np.array([one[key] for one in record["labels"]], np.float32)
        assert wanted.tolist() == [getattr(one, key) for one in answer.labels]
    return True


@pytest.mark.parametrize("path", [LEARNT, NAMED])
def test_same_bits_as_the_program(path: pathlib.Path) -> None:
    assert len(PICTURES) > 5
    answers = mmrl.Model(path).classify(PICTURES, top=7)
    found = records("--model", path, "--top", 7, *PICTURES)
    assert len(found) == len(PICTURES)
    for answer, record in zip(answers, found):
        assert isinstance(answer, mmrl.Answer) and same(answer, record)


def test_labels_by_name() -> None:
    model = mmrl.Model(NAMED, labels=["mountain", "cat"])
    assert [label.name for label in model.labels] == ["mountain", "cat"]
    assert {label.set for label in model.labels} == {"novel"}
    found = records("--model", NAMED, "--label", "mountain", "--label", "cat", PICTURES[0])
    assert same(model.classify(PICTURES[0]), found[0])
    assert len(mmrl.Model(NAMED, labels=["cat"]).warnings) == 1
    with pytest.raises(mmrl.ArgumentError, match="same prompt"):
        mmrl.Model(NAMED, labels=["cat", "Cat"])


def test_a_picture_is_a_path_bytes_or_an_array(model: mmrl.Model) -> None:
    path = PICTURES[0]
    file = path.read_bytes()
    picture = Image.open(path).convert("RGB")
    pixels = np.asarray(picture)
    wide = np.zeros((pixels.shape[0], pixels.shape[1] + 5, 3), np.uint8)
    wide[:, :-5] = pixels
    wanted = model.classify(path)
    ways = [str(path), file, bytearray(file), memoryview(file), picture, pixels, wide[:, :-5]]
    ways += [pixels[:, :, ::-1][:, :, ::-1], np.asfortranarray(pixels)]
    for way in ways:
        assert model.classify(way) == wanted
    assert model.classify(ways) == [wanted] * len(ways)
    assert model.classify(np.stack([pixels, pixels])) == [wanted, wanted]
    assert model.classify(iter(ways[:2])) == [wanted, wanted]
    assert model.classify([]) == []
    assert model.classify(pixels[:, ::-1]) != wanted
    assert len(model.classify(path, top=1).labels) == 1


def test_features(model: mmrl.Model) -> None:
    rows = model.features(PICTURES)
    assert rows.dtype == np.float32 and rows.shape == (len(PICTURES), model.feature_count)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert (model.features(PICTURES[2]) == rows[2]).all()
    assert model.features([]).shape == (0, model.feature_count)
    with pytest.raises(mmrl.FileError, match="nothere"):
        model.features([PICTURES[0], "nothere.png"])


def test_errors(model: mmrl.Model, tmp_path: pathlib.Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    with pytest.raises(mmrl.PictureError, match="neither JPEG nor PNG"):
        model.classify(bad)
    with pytest.raises(OSError, match="nothere.jpg: No such file"):
        model.classify("nothere.jpg")
    with pytest.raises(mmrl.PictureError, match="empty"):
        model.classify(b"")
    answers = model.classify([bad, PICTURES[0], "nothere.jpg"])
    assert isinstance(answers[0], mmrl.PictureError)
    assert answers[1] == model.classify(PICTURES[0])
    assert isinstance(answers[2], mmrl.FileError)
    for pixels in [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3)), None]:
        with pytest.raises(ValueError, match="height x width x 3"):
            model.classify([pixels])
    with pytest.raises(ValueError, match="at least one"):
        model.classify(np.zeros((0, 4, 3), np.uint8))
    for top in (0, -1):
        with pytest.raises(ValueError, match="at least 1"):
            model.classify(PICTURES[0], top=top)
    with pytest.raises(ValueError, match="zero byte"):
        model.classify("a\0b")
    for path, kind in [("nothere.mmrl", mmrl.FileError), (bad, mmrl.ModelError)]:
        with pytest.raises(kind, match=str(path)):
            mmrl.Model(path)
    for options in [{"threads": 0}, {"threads": 257}, {"unknown_rate": 1.0}, {"unknown_rate": float("nan")}]:
        with pytest.raises(ValueError):
            mmrl.Model(LEARNT, **options)
    with pytest.raises(mmrl.ModelError, match="text tower"):
        mmrl.Model(LEARNT, labels=["cup", "saw"])


def test_teaching(tmp_path: pathlib.Path) -> None:
    def stripes(across: bool, shift: int) -> np.ndarray:
        line = np.broadcast_to((np.arange(64) // 5 % 2 * 200 + shift).astype(np.uint8), (64, 64))
        return np.repeat((line if across else line.T)[:, :, None], 3, axis=2)

    photos = {
        name: [stripes(across, 5 * index) for index in range(5)]
        for name, across in [("bars", True), ("rungs", False)]
    }
    model = mmrl.Model(NAMED)
    lesson = model.teach(photos, tmp_path / "taught.mmrl")
    assert lesson == mmrl.Lesson(right=10, held_out=10)
    taught = mmrl.Model(tmp_path / "taught.mmrl")
    assert {label.name for label in taught.labels if label.set == "known"} == {"bars", "rungs"}
    assert taught.classify(stripes(True, 22)).label == "bars"
    assert taught.classify(stripes(False, 22)).label == "rungs"

    for name, own in photos.items():
        (tmp_path / "photos" / name).mkdir(parents=True)
        for index, pixels in enumerate(own):
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{index}.png")
    assert model.teach(tmp_path / "photos", tmp_path / "folder.mmrl") == lesson
    program = tmp_path / "program.mmrl"
    subprocess.run(
        [os.environ["MMRL_RUN"], "teach", NAMED, tmp_path / "photos", "-o", program], check=True
    )
    files = [tmp_path / name for name in ("taught.mmrl", "folder.mmrl", "program.mmrl")]
    assert len({file.read_bytes() for file in files}) == 1
    with pytest.raises(mmrl.ArgumentError, match="alone"):
        model.teach({"bars": photos["bars"]}, tmp_path / "none.mmrl")
    with pytest.raises(mmrl.PictureError):
        model.teach({**photos, "bars": [b"no picture"]}, tmp_path / "none.mmrl")
    assert not (tmp_path / "none.mmrl").exists()


def test_threads_and_the_interpreter(model: mmrl.Model) -> None:
    pictures = PICTURES * 20
    wanted = model.classify(pictures)
    turns = []
    done = threading.Event()

    def count() -> None:
        while not done.is_set():
            turns.append(None)
            done.wait(0.0005)

    counter = threading.Thread(target=count)
    interval = sys.getswitchinterval()
    # A thread that has the interpreter would keep it for all of the call.
    sys.setswitchinterval(1000)
    try:
        counter.start()
        before = len(turns)
        model.features(pictures)
        during = len(turns) - before
    finally:
        sys.setswitchinterval(interval)
        done.set()
        counter.join()
    assert during > 3
    results: list[object] = []
    threads = [
        threading.Thread(target=lambda: results.append(model.classify(pictures))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [wanted] * 4


def test_version() -> None:
    release = (REPOSITORY / "Sources/Basics/Release.swift").read_text()
    assert f'version = "{mmrl.__version__}"' in release
