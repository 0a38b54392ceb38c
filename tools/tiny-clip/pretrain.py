#!/usr/bin/env python3
"""Trains the small CLIP of the tests from scratch on the pairs of build_pairs.py: writes clip.pt, bpe.txt and log.txt.

    pretrain.py --pairs OUT --cifar10 DIR --tiny-imagenet DIR --seconds 6300 FOLDER

The figures of the model card came from 6,300 s of training time on 2 cores; the schedule follows the clock, so a slower machine
does fewer steps. A bpe.txt that is in the folder already is used. Needs torch, numpy and Pillow.
"""
import argparse
import collections
import json
import math
import pathlib
import random
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import bpe
from model import CLIP

SIDE, CONTEXT, MERGES, BATCH = 64, 32, 3582, {"cifar": 48, "tiny": 168, "others": 40}
KEPT_PATCHES, MASKED_SHARE = 32, 0.8  # Half of the patches are dropped for the first 80 % of the time.
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(1, 3, 1, 1)
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(1, 3, 1, 1)
TEMPLATES = {
    "cifar": ["{}", "a photo of a {}", "a picture of a {}", "a blurry photo of a {}", "a photo of the {}", "a small {}", "a photo of one {}"],
    "tiny": ["{}", "a photo of a {}", "a picture of a {}", "a photo of the {}", "a {} in a photo"],
    "imagenet": ["{}", "a photo of a {}", "a picture of a {}", "a photo of the {}"],
    "clipart": ["{}", "clip art of a {}", "a drawing of a {}", "a picture of a {}", "a cartoon {}"],
    "stamp": ["{}", "a photo of a {}", "a picture of a {}"],
}
CIFAR_NAMES = ["airplane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def word_frequencies(phrases, sources):
    """How often words occur, with the two big label sets weighed down and the templates and everyday nouns up."""
    frequencies = collections.Counter()
    for options, source in zip(phrases, sources):
        for word in bpe.WORD.findall(" ".join(options)):
            frequencies[word] += {"cifar": 0, "tiny": 0.02}.get(source, 1)
    for templates in TEMPLATES.values():
        for word in bpe.WORD.findall(" ".join(templates).replace("{}", "")):
            frequencies[word] += 50
    for word in [*CIFAR_NAMES, "automobile"]:
        frequencies[word] += 20
    return frequencies


def augment(pictures):
    """Random grounds behind transparent pictures, crops, flips, small rotations, light and colour; then CLIP's normalisation."""
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    count, alpha = len(x), x[:, 3:]

    def uniform(low, high, *shape):
        return torch.empty(count, *shape).uniform_(low, high)

    x = x[:, :3] * alpha + torch.rand(count, 3, 1, 1) ** 0.5 * (1 - alpha)
    size, angle = uniform(0.62, 1), uniform(-0.15, 0.15)
    flip = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    map_ = torch.zeros(count, 2, 3)
    map_[:, 0, 0], map_[:, 0, 1] = size * flip * angle.cos(), -size * angle.sin()
    map_[:, 1, 0], map_[:, 1, 1] = size * flip * angle.sin(), size * angle.cos()
    map_[:, 0, 2], map_[:, 1, 2] = (1 - size) * uniform(-1, 1), (1 - size) * uniform(-1, 1)
    grid = F.affine_grid(map_, (count, 3, SIDE, SIDE), align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    x = x * uniform(0.7, 1.3, 1, 1, 1)
    mean = x.mean((1, 2, 3), keepdim=True)
    x = ((x - mean) * uniform(0.7, 1.3, 1, 1, 1) + mean) * uniform(0.9, 1.1, 3, 1, 1)
    return (x.clamp(0, 1) - MEAN) / STD


def photo(path):
    with Image.open(path) as file:
        image = file.convert("RGB")
    factor = SIDE / min(image.size)
    image = image.resize([max(SIDE, round(side * factor)) for side in image.size], Image.BICUBIC)
    left, top = (image.width - SIDE) // 2, (image.height - SIDE) // 2
    image = image.crop((left, top, left + SIDE, top + SIDE))
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255


def test_sets(cifar, tiny):
    """Unseen photos by label: (names, images, label indices) a set."""
    labels = sorted(path.name for path in (cifar / "test").iterdir())
    items = [(file, index) for index, label in enumerate(labels) for file in sorted((cifar / "test" / label).glob("*.jpg"))[:100]]
    ids = sorted((tiny / "wnids.txt").read_text().split())
    words = dict(line.split("\t") for line in (tiny / "words.txt").read_text().splitlines())
    rows = [line.split()[:2] for line in (tiny / "val/val_annotations.txt").read_text().splitlines()[:2000]]
    sets = {
        "cifar": (CIFAR_NAMES, items),
        "tiny-imagenet": (
            [words[id_].split(",")[0].lower() for id_ in ids], [(tiny / "val/images" / name, ids.index(id_)) for name, id_ in rows]),
    }
    return {
        name: (names, (torch.stack([photo(file) for file, _ in items]) - MEAN) / STD, torch.tensor([label for _, label in items]))
        for name, (names, items) in sets.items()}


@torch.no_grad()
def zero_shot(model, tokenizer, sets):
    scores = []
    for name, (names, images, labels) in sets.items():
        texts = F.normalize(model.text(torch.tensor([tokenizer(f"a photo of a {label}") for label in names])), dim=1)
        features = torch.cat([F.normalize(model.visual(part), dim=1) for part in images.split(250)])
        accuracy = ((features @ texts.T).argmax(1) == labels).float().mean()
        scores.append(f"{name} {accuracy:.3f}")
    return ", ".join(scores)


def save(model, path):
    """Matrices in half precision, the scale at the constant 100 that MMRL uses."""
    state = {name: tensor.half() if tensor.ndim > 1 else tensor.float() for name, tensor in model.state_dict().items()}
    state["logit_scale"] = torch.tensor(math.log(100.0))
    torch.save(state, path)


def contrastive_loss(images, texts, same, scale):
    """Cross-entropy both ways, every pair of the same phrase counting as a match."""
    logits = scale * F.normalize(images.float(), dim=1) @ F.normalize(texts.float(), dim=1).T
    target = same / same.sum(1, keepdim=True)
    return -((target * F.log_softmax(logits, 1)).sum(1).mean() + (target * F.log_softmax(logits.T, 1)).sum(1).mean()) / 2


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", required=True, help="what build_pairs.py wrote, without extension")
    parser.add_argument("--cifar10", type=pathlib.Path, required=True, metavar="DIR")
    parser.add_argument("--tiny-imagenet", type=pathlib.Path, required=True, metavar="DIR")
    parser.add_argument("--seconds", type=float, required=True, help="of training, tests not counted")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    random.seed(options.seed)
    np.random.seed(options.seed)
    torch.set_num_threads(options.threads)

    pictures = np.load(options.pairs + ".npy")
    with open(options.pairs + ".json", encoding="utf-8") as file:
        pairs = json.load(file)
    phrases, sources = [caption.split("|") for caption in pairs["captions"]], np.array(pairs["sources"])
    vocabulary = options.folder / "bpe.txt"
    if not vocabulary.exists():
        bpe.save(bpe.learn(word_frequencies(phrases, sources), MERGES), vocabulary)
    tokenizer = bpe.Tokenizer(bpe.load(vocabulary), CONTEXT)
    groups = {
        "cifar": np.where(sources == "cifar")[0], "tiny": np.where(sources == "tiny")[0],
        "others": np.where((sources != "cifar") & (sources != "tiny"))[0]}
    sets = test_sets(options.cifar10, options.tiny_imagenet)

    model = CLIP(tokenizer.size, SIDE, context=CONTEXT)
    named = list(model.named_parameters())
    decayed = {name for name, tensor in named if tensor.ndim > 1 and "embedding" not in name}
    optimizer = torch.optim.AdamW(
        [{"params": [tensor for name, tensor in named if name in decayed], "weight_decay": 0.1},
         {"params": [tensor for name, tensor in named if name not in decayed], "weight_decay": 0}],
        lr=1e-3, betas=(0.9, 0.98))
    spent, step, average = 0.0, 0, None
    with open(options.folder / "log.txt", "w", encoding="utf-8") as log:

        def report(text):
            print(text, flush=True)
            print(text, file=log, flush=True)

        while spent < options.seconds:
            start, share = time.time(), spent / options.seconds
            for group in optimizer.param_groups:
                group["lr"] = 1e-3 * min(1, (step + 1) / 300) * (0.5 + 0.5 * math.cos(math.pi * share)) + 1e-6
            chosen = np.concatenate([np.random.choice(groups[name], count, False) for name, count in BATCH.items()])
            words = [random.choice(phrases[index]) for index in chosen]
            texts = torch.tensor([tokenizer(random.choice(TEMPLATES[sources[index]]).format(word)) for index, word in zip(chosen, words)])
            same = torch.tensor([[left == right for right in words] for left in words]).float()
            with torch.autocast("cpu", torch.bfloat16):
                image_features = model.visual(augment(pictures[chosen]), KEPT_PATCHES if share < MASKED_SHARE else 0)
                text_features = model.text(texts)
            scale = 14.3 * (100 / 14.3) ** min(1, share / 0.7)  # Ends at the constant that MMRL uses.
            loss = contrastive_loss(image_features, text_features, same, scale)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step, spent = step + 1, spent + time.time() - start
            average = loss.item() if average is None else 0.98 * average + 0.02 * loss.item()
            if step % 400 == 0:
                report(
                    f"{step} {spent:.0f}s {step * len(chosen) / spent:.0f} pairs/s loss {average:.3f} scale {scale:.1f}"
                    f" zero-shot {zero_shot(model, tokenizer, sets)}")
                save(model, options.folder / "clip.pt")
        save(model, options.folder / "clip.pt")
        report(f"final {step} zero-shot {zero_shot(model, tokenizer, sets)}")


if __name__ == "__main__":
    main()
