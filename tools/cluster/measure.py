"""The measurements of `tools/cluster/measure`: measure.py WORK FOLDER."""
from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import pathlib
import subprocess
import sys
import time
from types import ModuleType

import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).resolve().parent
MODEL = HERE.parent.parent / "models/default.mmrl"
FILES = 200_000


def program(name: str) -> ModuleType:
    loader = importlib.machinery.SourceFileLoader(name, str(HERE / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    sys.modules[name] = module
    loader.exec_module(module)
    return module


def results(work: pathlib.Path, folder: pathlib.Path) -> None:
    """Core-milliseconds and bytes of a picture, by the cluster's program and by mmrl-run on one thread, from files and from an archive."""
    count = sum(path.suffix.lower() in (".jpg", ".jpeg", ".png") for path in folder.rglob("*"))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{count} pictures of {size / count / 1000:.1f} kB in {folder}")
    for top in ("1", "5"):
        output = work / f"rows-{top}"
        words = [HERE / "classify", "--model", MODEL, "--output", output, "--top", top, "--shard-size", "1000", folder]
        subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
        rows = sum(path.stat().st_size for path in output.glob("rows/*"))
        print(f"--top {top}: {rows / count:.1f} bytes of Parquet a row")
        records = work / f"{top}.jsonl"
        run = [os.environ["MMRL_RUN"], "--model", MODEL, "--threads", "1", "--top", top, "--format", "jsonl"]
        subprocess.run([*run, "-r", folder, "-o", records], check=True)
        print(f"--top {top}: {records.stat().st_size / count:.1f} bytes of jsonl a record")
    archive = work / "photos.tar"
    subprocess.run(["tar", "-cf", archive, "-C", folder, "."], check=True)
    print(f"as a tar archive {archive.stat().st_size / size:.3f} times the bytes")
    # Alternating, since other programs disturb; the processor's time.
    for round_ in range(3):
        for name, place in (("files", folder), ("archive", archive)):
            process = subprocess.Popen([*run, "-r", place, "-o", work / f"{name}.jsonl"])
            _, status, usage = os.wait4(process.pid, 0)
            if status:
                sys.exit(f"mmrl-run: status {os.waitstatus_to_exitcode(status)}")
            own, system = (1000 * seconds / count for seconds in (usage.ru_utime, usage.ru_stime))
            print(f"{name}, round {round_ + 1}: {own + system:.2f} core-ms a picture, {system:.2f} of them the system's")


def listing(work: pathlib.Path) -> None:
    classify = program("classify")
    empty = work / "empty"
    for index in range(FILES):
        folder = work / "many" / f"{index // 1000:04}"
        if index % 1000 == 0:
            folder.mkdir(parents=True)
        if index % 50_000 == 0:
            (work / f"empty-{index}").touch()
            empty = work / f"empty-{index}"
        os.link(empty, folder / f"{index:07}.jpg")
    for size in (1000, 10_000):
        output = classify.Output(str(work / f"list-{size}"), classify.Places(""))
        begin = time.monotonic()
        found = classify.walk(str(work / "many"), output.places)
        output.write(output.list, classify.shards(found, size), classify.LIST)
        seconds = time.monotonic() - begin
        whole = pathlib.Path(output.list)
        metadata = pq.ParquetFile(whole).metadata
        print(
            f"listed {FILES} files in {seconds:.1f} s, {FILES / seconds:.0f} a second; {whole.stat().st_size / FILES:.2f} bytes a path; "
            f"of the footer {metadata.serialized_size / metadata.num_row_groups:.0f} bytes a shard of {size}"
        )


if __name__ == "__main__":
    work, folder = map(pathlib.Path, sys.argv[1:3])
    listing(work)
    results(work, folder)
