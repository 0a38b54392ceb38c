"""Writes an MMRL++ adapter of random weights for a ViT-B: adapter.py OUT.safetensors

Sizes and names as published (arXiv 2505.10088): 5 tokens of width 512, layers 6 to 12, rank 4, 64 for the projection.
"""

import sys

import numpy as np
from safetensors.numpy import save_file

TOKENS, SPACE, LAYERS, RANK, PROJECTION_RANK = 5, 512, 7, 4, 64
VISION, TEXT, JOINT = 768, 512, 512


def main():
    random = np.random.default_rng(0)

    def normal(*shape, deviation):
        return random.normal(0, deviation, shape).astype(np.float32)

    learner = "representation_learner."
    tensors = {
        learner + "compound_rep_tokens": normal(TOKENS, SPACE, deviation=0.02),
        "image_encoder.A": normal(VISION, PROJECTION_RANK, deviation=0.05),
        "image_encoder.B": normal(PROJECTION_RANK, JOINT, deviation=0.005),
    }
    for modality, width in (("r2v", VISION), ("r2t", TEXT)):
        base = f"{learner}srra_{modality}proj"
        tensors[f"{base}.weight"] = normal(width, SPACE, deviation=SPACE**-0.5)
        for layer in range(LAYERS):
            tensors[f"{base}.srra.{layer}.A"] = normal(width, RANK, deviation=RANK**-0.5)
            tensors[f"{base}.srra.{layer}.B"] = normal(RANK, SPACE, deviation=0.01)
            tensors[f"{base}.srra.{layer}.bias"] = normal(width, deviation=0.02)
    save_file(tensors, sys.argv[1])


main()
