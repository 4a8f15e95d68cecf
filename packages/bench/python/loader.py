"""PyTorch's side of the data-loading suite: a DataLoader over class folders, read with Pillow.

    python loader.py FOLDER BATCH_SIZE WORKERS EPOCHS  ->  {"seconds": [...], "images": n} on standard output

One float32 batch [B, 3, H, W] in 0..1 after the other, shuffled; the first epoch starts the workers and is not counted.
"""

import json
import os
import sys
import time

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset


class Folder(Dataset):
    def __init__(self, root):
        self.files = [
            (os.path.join(root, name, file), label)
            for label, name in enumerate(sorted(os.listdir(root)))
            for file in sorted(os.listdir(os.path.join(root, name)))
        ]

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        path, label = self.files[i]
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
        return torch.from_numpy(pixels.transpose(2, 0, 1).copy()).float().div_(255), label


if __name__ == "__main__":
    folder, batch_size, workers, epochs = sys.argv[1], *map(int, sys.argv[2:5])
    torch.set_num_threads(1)
    data = Folder(folder)
    loader = DataLoader(data, batch_size, shuffle=True, num_workers=workers, persistent_workers=workers > 0)
    seconds = []
    for epoch in range(epochs + 1):
        start = time.perf_counter()
        for images, labels in loader:
            images.sum()
        if epoch > 0:
            seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": seconds, "images": len(data)}))
