"""What the benches share that learn from a few photos: the programs, a data set of the papers, photos as folders."""
import collections
import csv
import glob
import json
import os
import subprocess

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/release")


def run(program, *arguments, text=None, messages=False):
    """What a program writes to stdout, or its messages on stderr; ends where it fails."""
    done = subprocess.run([os.path.join(PROGRAMS, program), *arguments], input=text, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode:
        raise SystemExit(f"{program} failed with status {done.returncode}: {done.stderr}")
    return done.stderr if messages else done.stdout


def split(folder):
    """The labels of a data set in CoOp's layout in their order, and the photos of its training and test part by label."""
    files = glob.glob(os.path.join(glob.escape(folder), "split_zhou_*.json"))
    if len(files) != 1:
        raise SystemExit(f"{folder}: needs one split_zhou_*.json")
    with open(files[0], encoding="utf-8") as file:
        parts = json.load(file)
    path = parts["test"][0][0]
    hits = glob.glob(os.path.join(glob.escape(folder), "**", path), recursive=True)
    if not hits:
        raise SystemExit(f"{folder}: no {path} below it")
    root = os.path.abspath(hits[0][:-len(path)])
    names, photos = {}, []
    for part in ("train", "test"):
        photos.append(collections.defaultdict(list))
        for path, number, name in parts[part]:
            names[number] = name.replace("_", " ")
            photos[-1][names[number]].append(os.path.join(root, path))
    return [names[number] for number in sorted(names)], *photos


def link(photos, folder):
    """Makes a folder of links for each label, {label: paths}; those that are there stay."""
    for label, paths in photos.items():
        os.makedirs(os.path.join(folder, label), exist_ok=True)
        for path in paths:
            place = os.path.join(folder, label, os.path.basename(path))
            if not os.path.lexists(place):
                os.symlink(os.path.abspath(path), place)


def write_lines(lines, path):
    """Writes a text file, and returns its path."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines))
    return path


def classify(model, photos, *options):
    """The answer of a model for each photo, {path: label}; photos are (path, label)."""
    rows = csv.DictReader(run(
        "mmrl-run", "--model", model, "--format", "csv", "--top", "1", *options, "-",
        text="".join(path + "\n" for path, _ in photos)).splitlines())
    return {row["path"]: row["label"] for row in rows}
