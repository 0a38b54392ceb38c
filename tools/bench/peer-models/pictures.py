"""Makes the pictures of the comparison: pictures.py STAMPS LIST OUT -> OUT/test (8) and OUT/calibration (16)

Photographs of LIST (label, path below STAMPS), laid over white, resized and cropped to 224 as CLIP does. They are kept as
PNG, so that every candidate starts from the same bytes.
"""

import pathlib
import sys

from PIL import Image

SIZE = 224


def prepared(path):
    image = Image.open(path).convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    width, height = image.size
    short = min(width, height)
    width, height = SIZE * width // short, SIZE * height // short
    left, top = (width - SIZE) // 2, (height - SIZE) // 2
    resized = white.convert("RGB").resize((width, height), Image.BICUBIC)
    return resized.crop((left, top, left + SIZE, top + SIZE))


def main():
    stamps, listing, out = (pathlib.Path(argument) for argument in sys.argv[1:4])
    paths = [line.split("\t")[1] for line in listing.read_text().splitlines()]
    chosen = paths[:: len(paths) // 24][:24]
    for index, path in enumerate(chosen):
        folder = out / ("test" if index < 8 else "calibration")
        folder.mkdir(parents=True, exist_ok=True)
        prepared(stamps / path).save(folder / f"{index:02}.png")


main()
