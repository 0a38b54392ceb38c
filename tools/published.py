"""The published MMRL and MMRL++ out of a checkout of github.com/yunncheng/MMRL, able to run without Dassl, a GPU and a download.

What the code takes from Dassl is stood in for here: registries, the base class of its trainers, AdamW and the schedule.
"""
import contextlib
import math
import sys
import types

import torch

OPTIMIZER = {
    "optimizer": "AdamW", "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 5e-4, "base_lr": 1e-3, "max_epoch": 4,
    "warmup_epoch": 1, "warmup_cons_lr": 1e-5, "steps_per_epoch": 5}


class Schedule:
    """A constant rate in warm-up, then half a cosine wave, which begins with the first epoch after it."""

    def __init__(self, optimizer, _):
        self.optimizer, self.epoch = optimizer, -1
        self.step()

    def step(self):
        self.epoch += 1
        past = self.epoch - OPTIMIZER["warmup_epoch"]
        rate = OPTIMIZER["base_lr"] / 2 * (1 + math.cos(math.pi * past / OPTIMIZER["max_epoch"]))
        for group in self.optimizer.param_groups:
            group["lr"] = OPTIMIZER["warmup_cons_lr"] if past < 0 else rate


class Trainer:
    """What a trainer has from Dassl's base classes, as far as a training step needs it."""

    def register_model(self, *_):
        pass

    def update_lr(self):
        self.sched.step()


class Datum:
    """An image of a data set."""

    def __init__(self, impath="", label=0, domain=0, classname=""):
        self.impath, self.label, self.classname = impath, label, classname


def adamw(model, _):
    return torch.optim.AdamW(
        model.parameters(), OPTIMIZER["base_lr"], OPTIMIZER["betas"], OPTIMIZER["eps"], OPTIMIZER["weight_decay"])


def accuracy(output, label):
    return [(output.argmax(1) == label).float().mean() * 100]


def stand_in(name, **members):
    module = types.ModuleType(name)
    vars(module).update(members)
    sys.modules[name] = module


def load(checkout):
    """The modules of the checkout: `clip`, OpenAI's `model`, the trainers by name, and the data set whose splits all share."""
    registry = types.SimpleNamespace(register=lambda: lambda kind: kind)
    unused = ("load_pretrained_weights", "load_checkpoint", "read_json", "write_json", "mkdir_if_missing")
    stand_in("dassl")
    stand_in("dassl.engine", TRAINER_REGISTRY=registry, TrainerX=Trainer)
    stand_in("dassl.metrics", compute_accuracy=accuracy)
    stand_in("dassl.utils", **dict.fromkeys(unused))
    stand_in("dassl.optim", build_optimizer=adamw, build_lr_scheduler=Schedule)
    stand_in("dassl.data")
    stand_in("dassl.data.datasets", DATASET_REGISTRY=registry, Datum=Datum, DatasetBase=object)
    torch.set_num_threads(1)  # Nothing here is large enough to share.
    torch.Tensor.cuda = torch.nn.Module.cuda = lambda self: self
    sys.path.insert(0, str(checkout))
    from clip import clip, model
    from datasets.oxford_pets import OxfordPets
    from trainers import mmrl, mmrlpp
    return types.SimpleNamespace(clip=clip, model=model, dataset=OxfordPets, trainers={"MMRL": mmrl, "MMRLpp": mmrlpp})


def silently():
    """A context in which what the published code prints is dropped."""
    return contextlib.redirect_stdout(None)
