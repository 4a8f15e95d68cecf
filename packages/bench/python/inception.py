"""FID's Inception in eager PyTorch with random weights, from the table of Szegedy et al. 2016 (arXiv:1512.00567): the peer of
src/suites/inception.ts. Average pools leave out the padding, the last block pools by maximum, 1008 classes."""

import torch
from torch import nn
from torch.nn import functional as F


class Unit(nn.Module):
    """Convolution, batch norm, rectifier; padded to keep the size unless the stride is 2 or `padding` says otherwise."""

    def __init__(self, before, after, kernel=(1, 1), stride=1, padding=None):
        super().__init__()
        if padding is None:
            padding = (kernel[0] // 2, kernel[1] // 2)
        self.convolution = nn.Conv2d(before, after, kernel, stride, padding, bias=False)
        self.norm = nn.BatchNorm2d(after, eps=0.001)

    def forward(self, x):
        return F.relu(self.norm(self.convolution(x)), inplace=True)


def mean_pool(x):
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def max_pool(x):
    return F.max_pool2d(x, 3, 1, 1)


class Halve(nn.Module):
    def forward(self, x):
        return F.max_pool2d(x, 3, 2)


class Pool(nn.Module):
    def __init__(self, pool, before, after):
        super().__init__()
        self.pool, self.unit = pool, Unit(before, after)

    def forward(self, x):
        return self.unit(self.pool(x))


class Side(nn.ModuleList):
    """Branches of one input, side by side."""

    def forward(self, x):
        return torch.cat([branch(x) for branch in self], 1)


def a(before, pool):
    return Side(
        [
            Unit(before, 64),
            nn.Sequential(Unit(before, 48), Unit(48, 64, (5, 5))),
            nn.Sequential(Unit(before, 64), Unit(64, 96, (3, 3)), Unit(96, 96, (3, 3))),
            Pool(mean_pool, before, pool),
        ]
    )


def c(inside):
    row, column = (1, 7), (7, 1)
    return Side(
        [
            Unit(768, 192),
            nn.Sequential(Unit(768, inside), Unit(inside, inside, row), Unit(inside, 192, column)),
            nn.Sequential(
                Unit(768, inside),
                Unit(inside, inside, column),
                Unit(inside, inside, row),
                Unit(inside, inside, column),
                Unit(inside, 192, row),
            ),
            Pool(mean_pool, 768, 192),
        ]
    )


def fork():
    return Side([Unit(384, 384, (1, 3)), Unit(384, 384, (3, 1))])


def e(before, pool):
    return Side(
        [
            Unit(before, 320),
            nn.Sequential(Unit(before, 384), fork()),
            nn.Sequential(Unit(before, 448), Unit(448, 384, (3, 3)), fork()),
            Pool(pool, before, 192),
        ]
    )


class Inception(nn.Module):
    def __init__(self):
        super().__init__()
        three = (3, 3)
        self.blocks = nn.Sequential(
            Unit(3, 32, three, 2, 0),
            Unit(32, 32, three, 1, 0),
            Unit(32, 64, three),
            Halve(),
            Unit(64, 80),
            Unit(80, 192, three, 1, 0),
            Halve(),
            a(192, 32),
            a(256, 64),
            a(288, 64),
            Side([Unit(288, 384, three, 2, 0), nn.Sequential(Unit(288, 64), Unit(64, 96, three), Unit(96, 96, three, 2, 0)), Halve()]),
            c(128),
            c(160),
            c(160),
            c(192),
            Side(
                [
                    nn.Sequential(Unit(768, 192), Unit(192, 320, three, 2, 0)),
                    nn.Sequential(Unit(768, 192), Unit(192, 192, (1, 7)), Unit(192, 192, (7, 1)), Unit(192, 192, three, 2, 0)),
                    Halve(),
                ]
            ),
            e(1280, mean_pool),
            e(2048, max_pool),
        )
        self.head = nn.Linear(2048, 1008)

    def forward(self, x):
        return self.blocks(x).mean([2, 3])
