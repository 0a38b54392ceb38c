"""CLIP as OpenAI builds and names it, in a size that two cores can train."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

HEAD = 64


class Block(nn.Module):
    def __init__(self, width, is_causal):
        super().__init__()
        self.attn = nn.MultiheadAttention(width, width // HEAD)
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp = nn.ModuleDict({"c_fc": nn.Linear(width, 4 * width), "c_proj": nn.Linear(4 * width, width)})
        self.is_causal = is_causal

    def forward(self, x):
        count, rows, width = x.shape
        attention = self.attn
        qkv = F.linear(self.ln_1(x), attention.in_proj_weight, attention.in_proj_bias)
        queries, keys, values = qkv.view(count, rows, 3, attention.num_heads, HEAD).permute(2, 0, 3, 1, 4)
        # Plain products: their backward is twice as fast as the fused kernel's at 10 to 65 rows on a CPU.
        weights = queries @ keys.transpose(2, 3) * HEAD**-0.5
        if self.is_causal:
            weights = weights + torch.full((rows, rows), -1e9, dtype=weights.dtype).triu(1)
        mixed = weights.softmax(3, dtype=torch.float32).to(values.dtype) @ values
        x = x + attention.out_proj(mixed.transpose(1, 2).reshape(count, rows, width))
        # QuickGELU, x * sigmoid(1.702 x), as SiLU with its constant folded into the two products.
        first, second = self.mlp["c_fc"], self.mlp["c_proj"]
        hidden = F.silu(F.linear(self.ln_2(x), first.weight * 1.702, first.bias * 1.702))
        return x + F.linear(hidden, second.weight / 1.702, second.bias)


class Tower(nn.Module):
    def __init__(self, width, layers, is_causal):
        super().__init__()
        self.resblocks = nn.ModuleList(Block(width, is_causal) for _ in range(layers))
        residual = width**-0.5 * (2 * layers) ** -0.5
        for block in self.resblocks:
            nn.init.normal_(block.attn.in_proj_weight, std=width**-0.5)
            nn.init.normal_(block.attn.out_proj.weight, std=residual)
            nn.init.normal_(block.mlp["c_fc"].weight, std=(2 * width) ** -0.5)
            nn.init.normal_(block.mlp["c_proj"].weight, std=residual)

    def forward(self, x):
        for block in self.resblocks:
            x = block(x)
        return x


class Visual(nn.Module):
    def __init__(self, image_size, patch, width, layers, joint):
        super().__init__()
        scale = width**-0.5
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.class_embedding = nn.Parameter(scale * torch.randn(width))
        self.positional_embedding = nn.Parameter(scale * torch.randn((image_size // patch) ** 2 + 1, width))
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.transformer = Tower(width, layers, is_causal=False)
        self.proj = nn.Parameter(scale * torch.randn(width, joint))

    def forward(self, images, kept=0):
        """Features of normalised images; with `kept`, of that many random patches of each (FLIP, arXiv 2212.00794)."""
        x = self.conv1(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_embedding.expand(len(x), 1, -1), x], 1) + self.positional_embedding
        if kept:
            rows = torch.rand(len(x), x.shape[1] - 1).argsort(1)[:, :kept] + 1
            rows = torch.cat([torch.zeros(len(x), 1, dtype=torch.long), rows], 1)
            x = x.gather(1, rows[:, :, None].expand(-1, -1, x.shape[2]))
        return self.ln_post(self.transformer(self.ln_pre(x))[:, 0]) @ self.proj


class CLIP(nn.Module):
    def __init__(self, vocabulary, image_size=64, patch=8, width=192, layers=6, joint=192, context=32):
        super().__init__()
        self.visual = Visual(image_size, patch, width, layers, joint)
        self.transformer = Tower(width, layers, is_causal=True)
        self.token_embedding = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        self.positional_embedding = nn.Parameter(0.01 * torch.randn(context, width))
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(width**-0.5 * torch.randn(width, joint))
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def text(self, ids):
        """Features of token ids, read at the end token, which has the largest id."""
        ends = ids.argmax(1)
        ids = ids[:, : int(ends.max()) + 1]
        x = self.token_embedding(ids) + self.positional_embedding[: ids.shape[1]]
        return self.ln_final(self.transformer(x))[torch.arange(len(ids)), ends] @ self.text_projection
