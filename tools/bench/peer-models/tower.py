"""The image tower of a CLIP checkpoint in torch, written so that every peer's converter finds its patterns.

Shapes: B batch, T tokens, D width, H heads. Parameter names are those of OpenAI's checkpoints.
"""

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


class Block(nn.Module):
    """A pre-norm transformer block with QuickGELU and heads of 64, OpenAI's."""

    def __init__(self, width):
        super().__init__()
        self.heads = width // 64
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        qkv = self.qkv(self.ln_1(x)).reshape(batch, tokens, 3, self.heads, 64)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2)
        x = x + self.out(attended.reshape(batch, tokens, width))
        hidden = self.fc1(self.ln_2(x))
        return x + self.fc2(hidden * torch.sigmoid(1.702 * hidden))


class Tower(nn.Module):
    """[B, 3, S, S] normalised pixels to [B, E] features, not scaled to unit length."""

    def __init__(self, width, layers, patch, positions, joint):
        super().__init__()
        self.conv = nn.Conv2d(3, width, patch, patch, bias=False)
        self.class_embedding = nn.Parameter(torch.zeros(width))
        self.positions = nn.Parameter(torch.zeros(positions, width))
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.blocks = nn.Sequential(*[Block(width) for _ in range(layers)])
        self.head = nn.Linear(width, joint, bias=False)

    def forward(self, pixels):
        patches = self.conv(pixels).flatten(2).transpose(1, 2)
        first = self.class_embedding.expand(pixels.shape[0], 1, -1)
        x = torch.cat([first, patches], 1) + self.positions
        return self.head(self.ln_post(self.blocks(self.ln_pre(x))[:, 0]))


def load(checkpoint):
    """The tower of a safetensors file under OpenAI's names, in float32."""
    tensors = {name: t.float() for name, t in load_file(checkpoint).items() if name.startswith("visual.")}
    width, _, patch, _ = tensors["visual.conv1.weight"].shape
    layers = 1 + max(int(n.split(".")[3]) for n in tensors if ".resblocks." in n)
    tower = Tower(width, layers, patch, *tensors["visual.positional_embedding"].shape[:1],
                  tensors["visual.proj"].shape[1])
    names = {
        "conv1.weight": "conv.weight", "class_embedding": "class_embedding",
        "positional_embedding": "positions", "proj": "head.weight",
    }
    for norm in ("ln_pre", "ln_post"):
        for part in ("weight", "bias"):
            names[f"{norm}.{part}"] = f"{norm}.{part}"
    inner = {"attn.in_proj_weight": "qkv.weight", "attn.in_proj_bias": "qkv.bias"}
    for theirs, ours in (("attn.out_proj", "out"), ("mlp.c_fc", "fc1"), ("mlp.c_proj", "fc2"),
                         ("ln_1", "ln_1"), ("ln_2", "ln_2")):
        for part in ("weight", "bias"):
            inner[f"{theirs}.{part}"] = f"{ours}.{part}"
    for layer in range(layers):
        for theirs, ours in inner.items():
            names[f"transformer.resblocks.{layer}.{theirs}"] = f"blocks.{layer}.{ours}"
    state = {ours: tensors[f"visual.{theirs}"] for theirs, ours in names.items()}
    state["head.weight"] = state["head.weight"].T.contiguous()
    tower.load_state_dict(state)
    return tower.eval()
