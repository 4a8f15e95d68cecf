"""PyTorch's side of the benchmark: reads one request a line from standard input, prints one JSON answer a line.

    {"open": name, "kind": ..., "threads": ...}  ->  {"parameters": n}     makes a job and runs it twice to warm up
    {"time": name}                               ->  {"seconds": s}        runs it once
    {"close": name}                              ->  {"peakMiB": m}        forgets it; most memory of the process so far

Eager mode, float32, CPU. Started by src/peers/pytorch.ts; needs nothing but torch.
"""

import json
import sys
import time

import torch
from torch.nn import functional as F

from inception import Inception
from networks import DiT, Edm2UNet, UNet, UViT, ViT, split_heads_attention


def network_job(network, job, inputs, target):
    """A training step (Adam) on the mean squared error, or a forward pass."""
    if not job["train"]:
        return network, torch.no_grad()(lambda: network(*inputs))
    optimizer = torch.optim.Adam(network.parameters(), 1e-4)

    def step():
        optimizer.zero_grad()
        F.mse_loss(network(*inputs), target).backward()
        optimizer.step()

    return network, step


def pick(job, *names):
    return {name: job[name] for name in names}


def images(job, channels=None):
    side, _, own = job["image"]
    return torch.randn(job["batch"], channels or own, side, side)


def vit(job):
    network = ViT(**pick(job, "patch", "width", "depth", "heads", "tokens"))
    x, y = (torch.randn(job["batch"], job["tokens"] - 1, job["patch"]) for _ in range(2))
    return network_job(network, job, [x], y)


def uvit(job):
    network = UViT(**pick(job, "image", "patch", "width", "depth", "heads"))
    return network_job(network, job, [images(job), torch.rand(job["batch"])], images(job))


def dit(job):
    network = DiT(**pick(job, "image", "patch", "width", "depth", "heads", "classes"))
    label = torch.randint(job["classes"], [job["batch"]])
    return network_job(network, job, [images(job), torch.rand(job["batch"]), label], images(job, 2 * job["image"][2]))


def unet(job):
    network = UNet(**pick(job, "image", "base", "multipliers", "blocks", "attention"))
    return network_job(network, job, [images(job), torch.rand(job["batch"])], images(job))


def edm2(job):
    network = Edm2UNet(**pick(job, "image", "width", "classes"))
    label = torch.randint(job["classes"], [job["batch"]])
    return network_job(network, job, [images(job), torch.rand(job["batch"]), label], images(job))


def inception(job):
    network = Inception().eval()
    x = torch.rand(job["batch"], 3, 299, 299)
    return network, torch.inference_mode()(lambda: network(x))


def matmul(job):
    a, b = torch.randn(*job["a"]), torch.randn(*job["b"])

    def step():
        for _ in range(job["times"]):
            a @ b

    return None, step


def attention(job):
    qkv = torch.randn(job["batch"], job["tokens"], 3 * job["width"], requires_grad=job["train"])
    if not job["train"]:
        return None, lambda: split_heads_attention(qkv, job["heads"])
    dy = torch.randn(job["batch"], job["tokens"], job["width"])

    def step():
        qkv.grad = None
        split_heads_attention(qkv, job["heads"]).backward(dy)

    return None, step


def peak_mib():
    """Of this process; the figure of getrusage would begin with that of the process which started it."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


kinds = {"inception": inception, "vit": vit, "uvit": uvit, "dit": dit, "unet": unet, "edm2": edm2, "matmul": matmul, "attention": attention}
jobs = {}


def answer(request):
    if "open" in request:
        torch.manual_seed(0)
        network, step = kinds[request["kind"]](request)
        torch.set_num_threads(request["threads"])
        for _ in range(2):
            step()
        jobs[request["open"]] = request["threads"], step
        return {"parameters": sum(p.numel() for p in network.parameters()) if network else 0}
    if "time" in request:
        threads, step = jobs[request["time"]]
        torch.set_num_threads(threads)
        start = time.perf_counter(), time.process_time()
        step()
        # The time of the wall or of the processor, as in src/clock.ts.
        return {"seconds": min(time.perf_counter() - start[0], time.process_time() - start[1])}
    del jobs[request["close"]]
    return {"peakMiB": peak_mib()}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
