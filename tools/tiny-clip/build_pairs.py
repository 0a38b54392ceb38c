#!/usr/bin/env python3
"""Gathers the pictures with words that the small CLIP is trained on: writes OUT.npy (72 x 72 RGBA) and OUT.json (captions).

    build_pairs.py --cifar10 DIR --imagenet-samples DIR --openclipart-svg DIR --openclipart-png DIR \\
        --stamps /usr/share/tuxpaint/stamps --tiny-imagenet DIR OUT

Sources: CIFAR-10 as folders of JPEGs; one photograph for each ImageNet class, named after it; Debian's openclipart-svg and
openclipart-png (title and keywords from the SVG's metadata); Debian's tuxpaint-stamps-default (caption from the text beside a
stamp; every stamp whose path has an odd CRC is held out and listed); tiny-imagenet-200. Needs numpy and Pillow.
"""
import argparse
import collections
import html
import json
import pathlib
import re
import zlib

import numpy as np
from PIL import Image

SIDE = 72  # Training crops 64 pixels out of it.
PHOTOS = {"cifar", "imagenet", "tiny"}  # Cut to a square; the others are fitted into one, on a transparent ground.
SKIPPED_FOLDERS = ("shapes/stars", "computer/icons/flat", "special/gradients", "special/patterns", "unsorted")
SKIPPED_KEYWORDS = {
    "hash", "", "magick", "unsorted", "clip_art", "clipart", "image", "svg", "simple", "work"}
# Names of authors and variants, which say nothing about the picture.
NOISE_IN_KEYWORD = re.compile(r"rolland|architetto|theme")
NOISE_IN_TITLE = re.compile(r"theme|collection|clipart|open clip")
NOISE_IN_NAME = re.compile(
    r"\b(bw|ganson|nicu|buculei|architetto|francesco|rollandini|[a-z]\b|\d+r?|simple|benji|park|gerald|jean|victor|balin)\b.*")


def square(image, is_photo):
    image = image.convert("RGBA")
    width, height = image.size
    factor = SIDE / (min if is_photo else max)(width, height)
    image = image.resize((max(1, round(width * factor)), max(1, round(height * factor))), Image.BICUBIC)
    width, height = image.size
    if is_photo:
        left, top = (width - SIDE) // 2, (height - SIDE) // 2
        return image.crop((left, top, left + SIDE, top + SIDE))
    ground = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    ground.paste(image, ((SIDE - width) // 2, (SIDE - height) // 2))
    return ground


def cifar(folder):
    for label in sorted(path.name for path in (folder / "train").iterdir()):
        phrases = ["car", "automobile"] if label == "automobile" else [label]
        for file in sorted((folder / "train" / label).glob("*.jpg")):
            yield file, phrases


def imagenet_samples(folder):
    for file in sorted(folder.glob("*.JPEG")):
        yield file, [file.stem.split("_", 1)[1].replace("_", " ").lower()]  # n01440764_tench


def clip_art(svg_folder, png_folder):
    for svg in sorted(svg_folder.rglob("*.svg"), key=str):
        relative = svg.relative_to(svg_folder)
        png = (png_folder / relative).with_suffix(".png")
        if str(relative).startswith(SKIPPED_FOLDERS) or not png.exists():
            continue
        phrases = clip_art_phrases(svg.read_text(errors="ignore"), relative.stem)
        if phrases:
            yield png, phrases


def clip_art_phrases(source, name):
    """File name, title and keywords, as far as they are plain words; at most eight."""
    keywords = [html.unescape(text).strip().lower().replace("_", " ") for text in re.findall(r"<rdf:li[^>]*>(.*?)</rdf:li>", source, re.S)]
    phrases = [
        word for word in keywords
        if word not in SKIPPED_KEYWORDS and 2 < len(word) < 24 and re.fullmatch(r"[a-z][a-z '\-]+", word) and not NOISE_IN_KEYWORD.search(word)]
    title = re.search(r"<dc:title[^>]*>(.*?)</dc:title>", source, re.S)
    title = html.unescape(title.group(1)).strip().lower() if title else ""
    if re.fullmatch(r"[a-z][a-z '\-]{2,40}", title) and not NOISE_IN_TITLE.search(title):
        phrases.insert(0, title)
    name = NOISE_IN_NAME.sub("", re.sub(r"[_\-]+", " ", name.lower())).strip()
    if re.fullmatch(r"[a-z][a-z ]{2,30}", name):
        phrases.insert(0, name)
    return list(dict.fromkeys(phrases))[:8]


def tiny_imagenet(folder):
    words = dict(line.split("\t") for line in (folder / "words.txt").read_text().splitlines())
    for label in sorted((folder / "wnids.txt").read_text().split()):
        names = [name.strip().lower() for name in words[label].split(",")]
        phrases = names[:1] + [name for name in names[1:] if len(name.split()) < 3][:1]
        for file in sorted((folder / "train" / label / "images").glob("*.JPEG")):
            yield file, phrases


def is_held_out(relative):
    return zlib.crc32(str(relative).encode()) & 1 == 1


def stamps(folder, held_out):
    for png in sorted(folder.rglob("*.png"), key=str):
        text = png.with_suffix(".txt")
        if not text.exists() or "mirror" in str(png):
            continue
        relative = png.relative_to(folder)
        if is_held_out(relative):
            held_out.append(str(relative))
            continue
        caption = (text.read_text(errors="ignore").splitlines() or [""])[0].strip().lower().rstrip(".!")
        caption = re.sub(r"^(an?|the) ", "", caption)
        if 2 < len(caption) < 48:
            yield png, [caption, png.parent.name]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for source in ("cifar10", "imagenet-samples", "openclipart-svg", "openclipart-png", "stamps", "tiny-imagenet"):
        parser.add_argument(f"--{source}", type=pathlib.Path, required=True, metavar="DIR")
    parser.add_argument("out", help="path without extension")
    options = parser.parse_args()

    held_out = []
    sources = {
        "cifar": cifar(options.cifar10),
        "imagenet": imagenet_samples(options.imagenet_samples),
        "clipart": clip_art(options.openclipart_svg, options.openclipart_png),
        "tiny": tiny_imagenet(options.tiny_imagenet),
        "stamp": stamps(options.stamps, held_out),
    }
    pictures, captions, origins = [], [], []
    for origin, pairs in sources.items():
        for file, phrases in pairs:
            try:
                with Image.open(file) as image:
                    pictures.append(np.asarray(square(image, origin in PHOTOS)))
            except OSError as error:
                print(f"skipped {file}: {error}")
                continue
            captions.append("|".join(phrases))
            origins.append(origin)
    print(dict(collections.Counter(origins)), "held-out stamps:", len(held_out))
    np.save(options.out + ".npy", np.stack(pictures))
    with open(options.out + ".json", "w", encoding="utf-8") as file:
        json.dump({"captions": captions, "sources": origins, "held_out": held_out}, file)


if __name__ == "__main__":
    main()
