"""PyTorch's side of the benchmark: reads one job a line from standard input, prints one JSON result a line.

Eager mode, float32, CPU. Run by src/peers/pytorch.ts; needs nothing but torch.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    """Pre-norm transformer block; the same as in src/nets/vit.ts."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        x = x + self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, tokens, width))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class ViT(nn.Module):
    """Patches -> tokens with a time token in front -> blocks -> patches."""

    def __init__(self, patch, width, depth, heads, tokens):
        super().__init__()
        self.embed, self.head = nn.Linear(patch, width), nn.Linear(width, patch)
        self.time = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.positions = nn.Parameter(torch.randn(tokens, width) * 0.02)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        h = torch.cat([self.time.expand(len(x), -1, -1), self.embed(x)], 1) + self.positions
        for block in self.blocks:
            h = block(h)
        return self.head(self.norm(h))[:, 1:]


class ResidualBlock(nn.Module):
    """norm-SiLU-conv, time added, norm-SiLU-conv, shortcut: the block of the DDPM UNet."""

    def __init__(self, cin, cout, time):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(32, cin), nn.GroupNorm(32, cout)
        self.conv1, self.conv2 = nn.Conv2d(cin, cout, 3, padding=1), nn.Conv2d(cout, cout, 3, padding=1)
        self.time = nn.Linear(time, cout)
        self.shortcut = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x, e):
        h = self.conv1(F.silu(self.norm1(x))) + self.time(F.silu(e))[:, :, None, None]
        return self.shortcut(x) + self.conv2(F.silu(self.norm2(h)))


class ResidualStack(nn.Module):
    """A stack of residual blocks with the shapes of the 35.7M DDPM UNet, level by level; no attention, no skips."""

    def __init__(self, levels, time):
        super().__init__()
        self.levels = levels
        self.blocks = nn.ModuleList(ResidualBlock(cin, cout, time) for _, cin, cout in levels)

    def forward(self, inputs, e):
        return [block(x, e) for block, x in zip(self.blocks, inputs)]


def seconds(step, repeat):
    """Time of each of `repeat` calls, after two to warm up."""
    for _ in range(2):
        step()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return times


def training(network, loss):
    optimizer = torch.optim.Adam(network.parameters(), 1e-4)

    def step():
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    return step


def vit(job):
    network = ViT(job["patch"], job["width"], job["depth"], job["heads"], job["tokens"])
    x, y = (torch.randn(job["batch"], job["tokens"] - 1, job["patch"]) for _ in range(2))
    if job["train"]:
        return training(network, lambda: F.mse_loss(network(x), y))
    return torch.no_grad()(lambda: network(x))


def residual_stack(job):
    network = ResidualStack(job["levels"], job["time"])
    inputs = [torch.randn(job["batch"], cin, size, size) for size, cin, _ in job["levels"]]
    e = torch.randn(job["batch"], job["time"])
    return training(network, lambda: sum(out.square().mean() for out in network(inputs, e)))


def matmul(job):
    a, b = torch.randn(*job["a"]), torch.randn(*job["b"])
    return lambda: a @ b


def attention(job):
    q, k, v = (torch.randn(job["batch"], job["heads"], job["tokens"], job["head"]) for _ in range(3))
    return lambda: F.scaled_dot_product_attention(q, k, v)


kinds = {"vit": vit, "residual-stack": residual_stack, "matmul": matmul, "attention": attention}

for line in sys.stdin:
    job = json.loads(line)
    torch.set_num_threads(job["threads"])
    torch.manual_seed(0)
    print(json.dumps({"version": torch.__version__, "seconds": seconds(kinds[job["kind"]](job), job["repeat"])}), flush=True)
