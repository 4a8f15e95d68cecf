"""Golden numbers for src/networks/dino: a small transformer of DINO's layout in PyTorch, written from the equations of
Dosovitskiy et al. 2021 (eq. 1 to 4), with weights from a hash. Prints JSON; needs torch and pillow.

    python packages/eval/scripts/dino-golden.py > packages/test-utils/fixtures/dino/dino-golden.json
"""

import json

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

width, depth, heads, patch, grid = 24, 2, 3, 16, 3
M = 2**32


def fnv1a32(text):
    h = 0x811C9DC5
    for byte in text.encode():
        h = (h ^ byte) * 0x01000193 % M
    return h


def mix32(x):
    x = x.astype(np.uint64)
    x ^= x >> np.uint64(16)
    x = x * np.uint64(0x85EBCA6B) % np.uint64(M)
    x ^= x >> np.uint64(13)
    x = x * np.uint64(0xC2B2AE35) % np.uint64(M)
    return x ^ (x >> np.uint64(16))


def hashed(name, *shape):
    """Numbers in [-1, 1) by name, rounded to float32 after the factor 0.3 as the test does."""
    n = int(np.prod(shape))
    raw = mix32((np.uint64(fnv1a32(name)) + np.arange(n, dtype=np.uint64)) % np.uint64(M))
    unit = raw.astype(np.float64) / 2**31 - 1
    return torch.from_numpy(np.float32(0.3 * unit).astype(np.float64).reshape(shape))


def positions(rows, columns):
    all = hashed("pos_embed", 1, 1 + grid * grid, width)
    if (rows, columns) == (grid, grid):
        return all
    square = all[:, 1:].reshape(1, grid, grid, width).permute(0, 3, 1, 2)
    scale = ((rows + 0.1) / grid, (columns + 0.1) / grid)
    moved = F.interpolate(square, scale_factor=scale, mode="bicubic")
    assert moved.shape[2:] == (rows, columns)
    return torch.cat([all[:, :1], moved.permute(0, 2, 3, 1).reshape(1, rows * columns, width)], 1)


def norm(x, name):
    return F.layer_norm(x, [width], hashed(name + ".weight", width), hashed(name + ".bias", width), 1e-6)


def dense(x, name, out):
    return x @ hashed(name + ".weight", out, x.shape[-1]).T + hashed(name + ".bias", out)


def attention(x, name):
    count, tokens, _ = x.shape
    q, k, v = dense(x, name + ".qkv", 3 * width).reshape(count, tokens, 3, heads, -1).permute(2, 0, 3, 1, 4)
    weights = torch.softmax(q @ k.transpose(-1, -2) / (width // heads) ** 0.5, -1)
    return dense((weights @ v).transpose(1, 2).reshape(count, tokens, width), name + ".proj", width)


def run(image):  # [1, 3, H, W]
    x = F.conv2d(
        image, hashed("patch_embed.proj.weight", width, 3, patch, patch), hashed("patch_embed.proj.bias", width), patch
    )
    rows, columns = x.shape[2:]
    x = torch.cat([hashed("cls_token", 1, 1, width), x.flatten(2).transpose(1, 2)], 1) + positions(rows, columns)
    for i in range(depth):
        x = x + attention(norm(x, f"blocks.{i}.norm1"), f"blocks.{i}.attn")
        hidden = F.gelu(dense(norm(x, f"blocks.{i}.norm2"), f"blocks.{i}.mlp.fc1", 4 * width))
        x = x + dense(hidden, f"blocks.{i}.mlp.fc2", width)
    return norm(x, "norm")[0, 0]


def prepared(height, width):
    """Pillow's bicubic to 256 on the shorter side, the middle 224x224, ImageNet's mean and deviation: a few spots."""
    raw = mix32((np.uint64(fnv1a32(f"dino/{height}x{width}")) + np.arange(height * width * 3, dtype=np.uint64)) % np.uint64(M))
    picture = Image.fromarray((raw >> np.uint64(24)).astype(np.uint8).reshape(height, width, 3))
    shorter = min(height, width)
    picture = picture.resize((256 * width // shorter, 256 * height // shorter), Image.BICUBIC)
    left, top = round((picture.width - 224) / 2), round((picture.height - 224) / 2)
    levels = np.asarray(picture.crop((left, top, left + 224, top + 224)), dtype=np.float64)
    values = (levels / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    return [round(v, 9) for row in (0, 111, 223) for column in (0, 112, 223) for v in values[row, column]]


sizes = [(48, 48), (32, 80), (64, 64)]
print(
    json.dumps(
        {
            "source": f"scripts/dino-golden.py, torch {torch.__version__}, float64",
            "sizes": {"width": width, "depth": depth, "heads": heads, "patch": patch, "grid": grid},
            "features": {
                f"{h}x{w}": [round(v, 9) for v in run(hashed(f"image/{h}x{w}", h, w, 3).permute(2, 0, 1)[None]).tolist()]
                for h, w in sizes
            },
            "prepared": {f"{h}x{w}": prepared(h, w) for h, w in [(32, 32), (40, 67), (300, 257)]},
        }
    )
)
