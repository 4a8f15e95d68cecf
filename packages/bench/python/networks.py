"""PyTorch's side of the networks in src/nets and @diptych/models: the same layers, the same number of parameters."""

import math

import torch
from torch import nn
from torch.nn import functional as F


def split_heads_attention(qkv, heads):
    """Attention of packed queries, keys and values: [B, N, 3 D] -> [B, N, D]."""
    batch, tokens, width = qkv.shape
    q, k, v = qkv.reshape(batch, tokens, 3, heads, width // 3 // heads).permute(2, 0, 3, 1, 4)
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, tokens, width // 3)


def waves(t, width):
    """Cosines, then sines, at frequencies from 1 down to 1/10000: [B] -> [B, width]."""
    half = width // 2
    angles = t[:, None] * torch.exp(-math.log(10000) / half * torch.arange(half))
    return torch.cat([angles.cos(), angles.sin()], 1)


def patchify(x, patch):
    batch, channels, height, width = x.shape
    x = x.reshape(batch, channels, height // patch, patch, width // patch, patch)
    return x.permute(0, 2, 4, 3, 5, 1).reshape(batch, -1, patch * patch * channels)


def unpatchify(tokens, patch, channels):
    side = math.isqrt(tokens.shape[1])
    x = tokens.reshape(len(tokens), side, side, patch, patch, channels)
    return x.permute(0, 5, 1, 3, 2, 4).reshape(len(tokens), channels, side * patch, side * patch)


class Attention(nn.Module):
    def __init__(self, width, heads, bias):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width, bias=bias), nn.Linear(width, width)

    def forward(self, x):
        return self.proj(split_heads_attention(self.qkv(x), self.heads))


class Mlp(nn.Module):
    def __init__(self, width, approximate="none"):
        super().__init__()
        self.approximate = approximate
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x), approximate=self.approximate))


class Block(nn.Module):
    """Pre-norm transformer block, with the long skip of U-ViT if wanted."""

    def __init__(self, width, heads, skip=False):
        super().__init__()
        self.skip = nn.Linear(2 * width, width) if skip else None
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn, self.mlp = Attention(width, heads, bias=False), Mlp(width)

    def forward(self, x, skip=None):
        if skip is not None:
            x = self.skip(torch.cat([x, skip], -1))
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    """Patches -> tokens with a time token in front -> blocks -> patches; src/nets/vit.ts."""

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


class UViT(nn.Module):
    """U-ViT without labels: a bare sinusoid as time token, long skips, a 3x3 convolution at the end; UViT of @diptych/models."""

    def __init__(self, image, patch, width, depth, heads):
        super().__init__()
        side, _, self.channels = image
        self.patch, self.width = patch, width
        numbers = patch * patch * self.channels
        self.embed, self.decoder = nn.Linear(numbers, width), nn.Linear(width, numbers)
        self.positions = nn.Parameter(torch.randn((side // patch) ** 2 + 1, width) * 0.02)
        self.first = nn.ModuleList(Block(width, heads) for _ in range(depth // 2))
        self.mid = Block(width, heads)
        self.last = nn.ModuleList(Block(width, heads, skip=True) for _ in range(depth // 2))
        self.norm, self.conv = nn.LayerNorm(width), nn.Conv2d(self.channels, self.channels, 3, padding=1)

    def forward(self, x, t):
        h = torch.cat([waves(t, self.width)[:, None], self.embed(patchify(x, self.patch))], 1) + self.positions
        skips = []
        for block in self.first:
            h = block(h)
            skips.append(h)
        h = self.mid(h)
        for block in self.last:
            h = block(h, skips.pop())
        return self.conv(unpatchify(self.decoder(self.norm(h))[:, 1:], self.patch, self.channels))


def modulate(x, shift, scale):
    return x * (1 + scale[:, None]) + shift[:, None]


class DiTBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.adaln = nn.Linear(width, 6 * width)
        self.norm = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.attn, self.mlp = Attention(width, heads, bias=True), Mlp(width, "tanh")

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.adaln(F.silu(c)).chunk(6, 1)
        x = x + gate1[:, None] * self.attn(modulate(self.norm(x), shift1, scale1))
        return x + gate2[:, None] * self.mlp(modulate(self.norm(x), shift2, scale2))


class DiT(nn.Module):
    """DiT with labels and learned variance; DiT of @diptych/models."""

    def __init__(self, image, patch, width, depth, heads, classes):
        super().__init__()
        side, _, channels = image
        self.patch, self.channels = patch, 2 * channels
        self.embed = nn.Linear(patch * patch * channels, width)
        self.time = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))
        self.label = nn.Embedding(classes + 1, width)
        self.register_buffer("positions", torch.randn((side // patch) ** 2, width))
        self.blocks = nn.ModuleList(DiTBlock(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.adaln = nn.Linear(width, 2 * width)
        self.final = nn.Linear(width, patch * patch * self.channels)

    def forward(self, x, t, label):
        c = self.time(waves(t, 256)) + self.label(label)
        h = self.embed(patchify(x, self.patch)) + self.positions
        for block in self.blocks:
            h = block(h, c)
        shift, scale = self.adaln(F.silu(c)).chunk(2, 1)
        return unpatchify(self.final(modulate(self.norm(h), shift, scale)), self.patch, self.channels)


class ResidualBlock(nn.Module):
    """norm-SiLU-conv, time added, norm-SiLU-conv, shortcut."""

    def __init__(self, cin, cout, time):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(32, cin), nn.GroupNorm(32, cout)
        self.conv1, self.conv2 = nn.Conv2d(cin, cout, 3, padding=1), nn.Conv2d(cout, cout, 3, padding=1)
        self.time = nn.Linear(time, cout)
        self.shortcut = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x, e):
        h = self.conv1(F.silu(self.norm1(x))) + self.time(e)[:, :, None, None]
        return self.shortcut(x) + self.conv2(F.silu(self.norm2(h)))


class AttentionBlock(nn.Module):
    """One head over all places of the image, around a shortcut."""

    def __init__(self, width):
        super().__init__()
        self.norm, self.attn = nn.GroupNorm(32, width), Attention(width, 1, bias=True)

    def forward(self, x):
        rows = self.norm(x).flatten(2).transpose(1, 2)
        return x + self.attn(rows).transpose(1, 2).reshape(x.shape)


class UNet(nn.Module):
    """The DDPM UNet; src/nets/unet.ts."""

    def __init__(self, image, base, multipliers, blocks, attention):
        super().__init__()
        side, _, channels = image
        self.base, time = base, 4 * base
        self.time = nn.Sequential(nn.Linear(base, time), nn.SiLU(), nn.Linear(time, time))
        self.first = nn.Conv2d(channels, base, 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        kept, width = [base], base
        for level, multiplier in enumerate(multipliers):
            for _ in range(blocks):
                self.down.append(self.stage(width, base * multiplier, time, side in attention))
                width = base * multiplier
                kept.append(width)
            if level + 1 < len(multipliers):
                self.down.append(nn.Conv2d(width, width, 3, stride=2, padding=1))
                kept.append(width)
                side //= 2
        self.mid = nn.ModuleList([self.stage(width, width, time, True), self.stage(width, width, time, False)])
        for level, multiplier in reversed(list(enumerate(multipliers))):
            for _ in range(blocks + 1):
                self.up.append(self.stage(width + kept.pop(), base * multiplier, time, side in attention))
                width = base * multiplier
            if level > 0:
                self.up.append(nn.Conv2d(width, width, 3, padding=1))
                side *= 2
        self.norm, self.last = nn.GroupNorm(32, width), nn.Conv2d(width, channels, 3, padding=1)

    @staticmethod
    def stage(cin, cout, time, attention):
        return nn.ModuleList([ResidualBlock(cin, cout, time)] + ([AttentionBlock(cout)] if attention else []))

    @staticmethod
    def run(stage, h, e):
        h = stage[0](h, e)
        return stage[1](h) if len(stage) > 1 else h

    def forward(self, x, t):
        e = F.silu(self.time(waves(t, self.base)))
        h = self.first(x)
        kept = [h]
        for stage in self.down:
            h = stage(h) if isinstance(stage, nn.Conv2d) else self.run(stage, h, e)
            kept.append(h)
        for stage in self.mid:
            h = self.run(stage, h, e)
        for stage in self.up:
            if isinstance(stage, nn.Conv2d):
                h = stage(F.interpolate(h, scale_factor=2.0, mode="nearest"))
            else:
                h = self.run(stage, torch.cat([h, kept.pop()], 1), e)
        return self.last(F.silu(self.norm(h)))


def unit(x, dims):
    """x / (1e-4 + root of the mean square over the axes)."""
    return x / (1e-4 + x.square().mean(dims, keepdim=True).sqrt())


def mp_silu(x):
    return F.silu(x) / 0.596


def mp_sum(a, b, t):
    return torch.lerp(a, b, t) / ((1 - t) ** 2 + t**2) ** 0.5


def mp_cat(a, b):
    size = ((a.shape[1] + b.shape[1]) / 0.5) ** 0.5 * 0.5
    return torch.cat([a * (size / a.shape[1] ** 0.5), b * (size / b.shape[1] ** 0.5)], 1)


class MpLayer(nn.Module):
    """A linear layer or a convolution with weights of unit magnitude, without bias."""

    def __init__(self, cin, cout, *kernel):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(cout, cin, *kernel))

    def forward(self, x):
        dims = list(range(1, self.weight.ndim))
        weight = unit(self.weight, dims) / self.weight[0].numel() ** 0.5
        return x @ weight.T if weight.ndim == 2 else F.conv2d(x, weight, padding=weight.shape[-1] // 2)


class Edm2Block(nn.Module):
    def __init__(self, cin, cout, emb, way, resample=None, attention=False):
        super().__init__()
        self.way, self.resample, self.heads = way, resample, cout // 64 if attention else 0
        self.gain = nn.Parameter(torch.zeros([]))
        self.skip = MpLayer(cin, cout, 1, 1) if cin != cout else None
        self.res0, self.res1 = MpLayer(cout if way == "down" else cin, cout, 3, 3), MpLayer(cout, cout, 3, 3)
        self.emb = MpLayer(emb, cout)
        if self.heads:
            self.qkv, self.proj = MpLayer(cout, 3 * cout, 1, 1), MpLayer(cout, cout, 1, 1)

    def forward(self, x, e):
        if self.resample:
            x = F.avg_pool2d(x, 2) if self.resample == "down" else F.interpolate(x, scale_factor=2.0)
        kept = self.skip(x) if self.skip else x
        if self.way == "down":
            x = kept = unit(kept, [1])
        y = self.res0(mp_silu(x))
        y = self.res1(mp_silu(y * (self.emb(e) * self.gain + 1)[:, :, None, None]))
        x = mp_sum(kept, y, 0.3)
        if self.heads:
            batch, width, height, breadth = x.shape
            qkv = self.qkv(x).reshape(batch, self.heads, -1, 3, height * breadth)
            q, k, v = unit(qkv, [2]).permute(3, 0, 1, 4, 2)
            y = F.scaled_dot_product_attention(q, k, v).transpose(2, 3).reshape(x.shape)
            x = mp_sum(x, self.proj(y), 0.3)
        return x.clip(-256, 256)


class Edm2UNet(nn.Module):
    """EDM2's UNet; src/nets/edm2.ts."""

    def __init__(self, image, width, classes):
        super().__init__()
        side, _, channels = image
        widths = [width * n for n in (1, 2, 3, 4)]
        emb, self.classes = widths[-1], classes
        self.register_buffer("freqs", 2 * math.pi * torch.randn(width))
        self.register_buffer("phases", 2 * math.pi * torch.rand(width))
        self.noise, self.label = MpLayer(width, emb), MpLayer(classes, emb)
        self.first = MpLayer(channels + 1, width, 3, 3)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        kept, now = [width], width
        for level, wide in enumerate(widths):
            if level:
                self.down.append(Edm2Block(now, now, emb, "down", "down"))
                kept.append(now)
            for _ in range(3):
                self.down.append(Edm2Block(now, wide, emb, "down", attention=side >> level in (16, 8)))
                now = wide
                kept.append(now)
        self.mid = nn.ModuleList([Edm2Block(now, now, emb, "up", attention=True), Edm2Block(now, now, emb, "up")])
        for level, wide in reversed(list(enumerate(widths))):
            if level < 3:
                self.up.append(Edm2Block(now, now, emb, "up", "up"))
            for _ in range(4):
                self.up.append(Edm2Block(now + kept.pop(), wide, emb, "up", attention=side >> level in (16, 8)))
                now = wide
        self.last, self.gain = MpLayer(now, channels, 3, 3), nn.Parameter(torch.ones([]))

    def forward(self, x, t, label):
        e = self.noise(2**0.5 * (t[:, None] * self.freqs + self.phases).cos())
        hot = F.one_hot(label, self.classes).float() * self.classes**0.5
        e = mp_silu(mp_sum(e, self.label(hot), 0.5))
        h = self.first(torch.cat([x, torch.ones_like(x[:, :1])], 1))
        kept = [h]
        for block in self.down:
            h = block(h, e)
            kept.append(h)
        for block in self.mid:
            h = block(h, e)
        for block in self.up:
            h = block(h if block.resample else mp_cat(h, kept.pop()), e)
        return self.last(h) * self.gain
