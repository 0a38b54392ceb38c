"""The checks of `tools/cluster/test`, in its virtual environment: check.py FOLDER."""
from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
from typing import Any, Callable, Optional

import mmrl
import pyarrow as pa
import pyarrow.parquet as pq
from ray.cluster_utils import Cluster

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FIXTURES = ROOT / "Tests/ImagingTests/Fixtures"
MODEL = ROOT / "models/default.mmrl"
SHARD = 10


def check(what: str, right: Any) -> None:
    print(f"{'ok   ' if right else 'WRONG'} {what}", flush=True)
    if not right:
        sys.exit(1)


def pictures(folder: pathlib.Path, count: int) -> None:
    """Links to photographs and small files, in folders of folders; every thirteenth cannot be read."""
    photos = sorted([*FIXTURES.glob("photos/*.png"), *FIXTURES.glob("jpeg/*.jpg")])
    damaged = [b"", b"not a picture", photos[0].read_bytes()[:2000], (FIXTURES / "jpeg/420.jpg").read_bytes()[:100]]
    for index in range(count):
        place = folder / f"{index % 3}" / f"{index % 2}"
        place.mkdir(parents=True, exist_ok=True)
        photo = photos[index % len(photos)]
        if index % 13:
            (place / f"{index:05}{photo.suffix}").symlink_to(photo)
        elif index % 26:
            (place / f"{index:05}.jpg").symlink_to("/nowhere")
        else:
            (place / f"{index:05}.jpg").write_bytes(damaged[index // 26 % len(damaged)])


def one_machine(folder: pathlib.Path) -> dict[str, dict[str, Any]]:
    """The rows by the Python package alone, one picture after the other."""
    model = mmrl.Model(MODEL)
    rows = {}
    for path in sorted(path for path in folder.rglob("*") if not path.is_dir()):
        try:
            answer = model.classify(path)
        except mmrl.Error:
            rows[str(path)] = None
            continue
        labels = [{"label": l.name, "score": l.score, "set": l.set, "head": l.head, "logit": l.logit} for l in answer.labels]
        rows[str(path)] = {"label": answer.label or "unknown", "unknown_score": answer.unknown_score, "labels": labels}
    return rows


def rows_of(output: pathlib.Path) -> list[dict[str, Any]]:
    return pq.read_table(output / "rows").to_pylist()


def compare(name: str, output: pathlib.Path, expected: dict[str, Optional[dict[str, Any]]]) -> None:
    rows = rows_of(output)
    check(f"{name}: every picture has one row", sorted(row["path"] for row in rows) == sorted(expected))
    errors = {row["path"] for row in rows if row["error"] is not None}
    check(f"{name}: {len(errors)} that cannot be read say so", errors == {path for path, row in expected.items() if row is None})
    # Floats as they are: equal means equal bits.
    same = all(
        all(row[column] == expected[row["path"]][column] for column in ("label", "unknown_score", "labels"))
        and (row["label"] == "unknown" or row["score"] == row["labels"][0]["score"])
        for row in rows
        if row["error"] is None
    )
    check(f"{name}: {len(rows) - len(errors)} rows equal to those of one machine, bit for bit", same)


def compare_records(output: pathlib.Path, folder: pathlib.Path) -> None:
    run = subprocess.run(
        [os.environ["MMRL_RUN"], "--model", MODEL, "-r", folder, "--format", "jsonl"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    records = {record["path"]: record for record in map(json.loads, run.stdout.splitlines())}
    rows = rows_of(output)
    float32 = pa.array([0.0], pa.float32()).type
    scores = lambda labels: pa.array([label["score"] for label in labels], float32).to_pylist()
    same = all(
        ("error" in records[row["path"]]) == (row["error"] is not None)
        and (
            row["error"] is not None
            or (
                (records[row["path"]]["answer"] or {"label": "unknown"})["label"] == row["label"]
                and [label["label"] for label in records[row["path"]]["labels"]] == [label["label"] for label in row["labels"]]
                and scores(records[row["path"]]["labels"]) == scores(row["labels"])
            )
        )
        for row in rows
    )
    check(f"{len(records)} records of mmrl-run have the same labels and scores", same and len(records) == len(rows))


class Run:
    """A run of `classify` as a process of its own."""

    def __init__(self, address: str, folder: pathlib.Path, output: pathlib.Path, *more: str) -> None:
        self.output = output
        words = [sys.executable, HERE / "classify", "--address", address, "--model", MODEL, "--output", output, folder]
        self.log = open(f"{output}.log", "w")
        self.process = subprocess.Popen([*words, "--shard-size", str(SHARD), *more], stdout=self.log, stderr=self.log)

    def written(self) -> list[pathlib.Path]:
        return sorted(self.output.glob("rows/*.parquet"))

    def wait_for(self, shards: int) -> None:
        """Until so many shards are written; the run must still be at work then."""
        until(lambda: len(self.written()) >= shards or self.process.poll() is not None)
        check(f"at work after {shards} shards", self.process.poll() is None)

    def end(self) -> int:
        try:
            return self.process.wait(240)
        except subprocess.TimeoutExpired:
            self.process.kill()
            print(pathlib.Path(self.log.name).read_text()[-5000:])
            check("ends", False)
            raise


def until(met: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not met() and time.monotonic() < end:
        time.sleep(0.02)


def actors(node: Any) -> list[int]:
    """Processes of a node that classify."""
    return children(node.all_processes["raylet"][0].process.pid, b"ray::MapWorker")


def children(of: int, word: bytes) -> list[int]:
    """Processes that another started, and whose command begins with a word."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            name = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == of and name.startswith(word):
            found.append(int(entry.name))
    return found


def faults(work: pathlib.Path, cluster: Cluster, nodes: list[Any]) -> None:
    folder = work / "photos"
    pictures(folder, 1200)
    expected = one_machine(folder)

    run = Run(cluster.address, folder, work / "faults")
    run.wait_for(4)
    # No node is idle, so that what a lost one had has to wait for the others.
    until(lambda: all(actors(node) for node in nodes))
    check(f"{len(nodes)} nodes are at work", all(actors(node) for node in nodes))
    os.kill(actors(nodes[0])[0], signal.SIGKILL)
    print("      a worker was killed", flush=True)
    run.wait_for(len(run.written()) + 4)
    until(lambda: all(actors(node) for node in nodes))
    lost = nodes.pop()
    check("the node to be lost is at work", actors(lost))
    cluster.remove_node(lost, allow_graceful=False)
    print("      a node was killed", flush=True)
    run.wait_for(len(run.written()) + 4)
    check("ends with status 1, since some could not be read", run.end() == 1)
    compare("worker and node killed", run.output, expected)
    compare_records(run.output, folder)

    run = Run(cluster.address, folder, work / "resumed")
    run.wait_for(8)
    run.process.kill()
    run.process.wait()
    print("      the driver was killed", flush=True)
    # Its actors go, too, and are not to write any more.
    until(lambda: not any(actors(node) for node in nodes))
    cut, *others = run.written()
    os.truncate(cut, cut.stat().st_size // 2)
    before = {path: path.stat().st_mtime_ns for path in others}
    check("goes on to the end", Run(cluster.address, folder, run.output).end() == 1)
    check(f"{len(before)} shards that were done stayed as they were", all(path.stat().st_mtime_ns == at for path, at in before.items()))
    compare("driver killed, a file cut short", run.output, expected)
    check("another model's options are refused", Run(cluster.address, folder, run.output, "--top", "3").end() == 2)


def dataset(root: pathlib.Path, folder: str, split: str, images: str, labels: int) -> None:
    """A data set as CoOp lays it out: six pictures a label, four to train on."""
    photos = sorted([*FIXTURES.glob("photos/*.png"), *FIXTURES.glob("png/*.png"), *FIXTURES.glob("jpeg/*.jpg")])
    (root / folder / images).mkdir(parents=True)
    parts: dict[str, list[Any]] = {"train": [], "val": [], "test": []}
    for index in range(6 * labels):
        photo = photos[index % len(photos)]
        name = f"{index}{photo.suffix}"
        (root / folder / images / name).symlink_to(photo)
        parts["train" if index % 6 < 4 else "test"].append([name, index // 6, f"thing_{index // 6}"])
    (root / folder / split).write_text(json.dumps(parts))


def protocols(work: pathlib.Path, cluster: Cluster, nodes: list[Any]) -> None:
    root, output = work / "data", work / "table"
    dataset(root, "caltech-101", "split_zhou_Caltech101.json", "101_ObjectCategories", 6)
    dataset(root, "eurosat", "split_zhou_EuroSAT.json", "2750", 4)
    checkpoint = ROOT / "Tests/TestSupport/Fixtures/tiny-clip/clip.pt"

    def start(*more: str) -> subprocess.Popen[str]:
        words = [sys.executable, HERE / "protocols", checkpoint, "--root", root, "--output", output, "--methods", "zero-shot,mmrl++", "--seeds", "1,2",
                 "--shots", "1,4", "--cpus", "1", "--address", cluster.address, *more]
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        process = start(*more)
        said, problems = process.communicate(timeout=240)
        return subprocess.CompletedProcess(process.args, process.returncode, said, problems)

    training = ["--", "--preset", "photos", "--epochs", "1", "--rank", "2"]
    first = start("--datasets", "caltech101,eurosat,dtd", *training)
    raylets = [node.all_processes["raylet"][0].process.pid for node in nodes]

    def trainings() -> list[tuple[int, int]]:
        """Workers that train, each with the program that it started."""
        workers = [worker for raylet in raylets for worker in children(raylet, b"ray::caltech101-mmrl++")]
        return [(worker, program) for worker in workers for program in children(worker, os.environ["MMRL_CONVERT"].encode())]

    until(lambda: bool(trainings()))
    check("a training is at work", trainings())
    worker, program = trainings()[0]
    os.kill(worker, signal.SIGKILL)
    print("      its worker was killed", flush=True)
    until(lambda: not pathlib.Path(f"/proc/{program}").exists(), 10)
    check("and took the program with it", not pathlib.Path(f"/proc/{program}").exists())
    problems = first.communicate(timeout=240)[1]
    check("a data set that is not there is named", first.returncode == 1 and "dtd" in problems)
    figures = {path: path.stat().st_mtime_ns for path in (output / "figures").glob("*.json")}
    check("2 data sets x (zero-shot, 2 numbers of shots x 2 seeds) have figures", len(figures) == 10)
    gone = output / "figures/eurosat-mmrl++-4-shots-seed-2.json"
    gone.unlink()
    again = run("--datasets", "caltech101,eurosat", *training)
    check("the same command ends with status 0", again.returncode == 0)
    check("what was there was not run again", all(path == gone or path.stat().st_mtime_ns == at for path, at in figures.items()) and gone.exists())
    cells = [line.strip("| ").split(" | ") for line in again.stdout.splitlines()[2:]]
    alone = json.loads((output / "figures/caltech101-zero-shot.json").read_text())["means"][0]
    check("the table has each data set and their average: base, novel, harmonic mean; zero-shot, 1 and 4 shots", len(cells) == 3 * 3 * 3)
    check("a figure is the program's own", any(f"{alone['accuracy']['mean']:.2f}" in cell for row in cells if "caltech101" in row for cell in row))
    check("deviations are over two seeds", sum("±" in "".join(row) for row in cells) == 3 * 3 * 2)
    check("another engine is refused in the same place", run("--datasets", "eurosat", "--engine", "int8", *training).returncode == 2)


def scaling(work: pathlib.Path, cluster: Cluster, nodes: list[Any]) -> None:
    """Pictures a second when all actors are at work, and core-milliseconds of a picture, which other programs disturb less."""
    folder = work / "more"
    pictures(folder, 2000)
    model = mmrl.Model(MODEL, threads=1)
    paths = [path for path in folder.rglob("*") if not path.is_dir()]
    begin, processor = time.monotonic(), time.process_time()
    model.classify(paths)
    rate, cost = len(paths) / (time.monotonic() - begin), 1000 * (time.process_time() - processor) / len(paths)
    print(f"      the package alone, one thread: {rate:.1f} pictures a second, {cost:.2f} core-ms each (load {os.getloadavg()[0]:.1f})", flush=True)
    for count in (1, 2):
        run = Run(cluster.address, folder, work / f"by-{count}", "--actors", str(count))
        run.end()
        # The first tenth of the shards is left out, while actors start.
        ends = sorted(path.stat().st_mtime for path in run.written())
        first = len(ends) // 10
        rate = SHARD * (len(ends) - 1 - first) / (ends[-1] - ends[first])
        cost = re.search(r"[0-9.]+ core-ms each", pathlib.Path(run.log.name).read_text())
        print(f"      {count} actor(s) of one CPU: {rate:.1f} pictures a second, {cost and cost[0]} (load {os.getloadavg()[0]:.1f})", flush=True)


def main() -> None:
    work = pathlib.Path(sys.argv[1]).resolve()
    # The head runs no actors, so that the driver and its store outlive the node that is killed.
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        nodes = [cluster.add_node(num_cpus=1) for _ in range(3)]
        faults(work, cluster, nodes)
        protocols(work, cluster, nodes)
        scaling(work, cluster, nodes)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main()
