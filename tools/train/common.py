"""Shared by train_digits.py and train_fashion.py.

A network is a list of layer dictionaries with exactly the keys of the network
YAML files.  The same list builds the PyTorch model, writes the YAML and runs
the exported weights, so that the three cannot drift apart.

Images are NCHW tensors inside PyTorch and NHWC in every file.
"""
import gzip
import os
import random
import struct
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
NETWORKS = os.path.join(ROOT, "configs", "networks")
DATA = os.path.join(ROOT, "data")
# Where Debian's package dataset-fashion-mnist installs its four idx files.
FASHION_DIR = "/usr/share/datasets/fashion-mnist"


def set_up(seed):
    """One thread, fixed seeds and deterministic kernels: a run repeats bit for bit."""
    torch.set_num_threads(1)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)


def read_idx(path):
    """A gzip-compressed idx file of unsigned bytes as an array."""
    with gzip.open(path, "rb") as f:
        raw = f.read()
    zero, kind, dims = struct.unpack(">HBB", raw[:4])
    if zero != 0 or kind != 8:
        raise ValueError(path + ": not an idx file of unsigned bytes")
    shape = struct.unpack(">%dI" % dims, raw[4:4 + 4 * dims])
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dims).reshape(shape)


def save_images(name, images, labels):
    """data/<name>.npz with images uint8 [N,H,W,C] and labels uint8 [N]."""
    os.makedirs(DATA, exist_ok=True)
    np.savez_compressed(os.path.join(DATA, name + ".npz"),
                        images=np.ascontiguousarray(images, np.uint8),
                        labels=np.ascontiguousarray(labels, np.uint8))


def to_tensor(images, divide):
    """uint8 [N,H,W,C] to float32 [N,C,H,W]."""
    x = np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32)
    return torch.from_numpy(x) / divide


# ---- geometry ---------------------------------------------------------------

def pads(layer, h, w):
    """[top, bottom, left, right]; `same` is TensorFlow's SAME."""
    padding = layer["padding"]
    if padding == "valid":
        return [0, 0, 0, 0]
    if padding != "same":
        return list(padding)
    out = []
    for size, k, s in ((h, layer["kernel"][0], layer["stride"][0]),
                       (w, layer["kernel"][1], layer["stride"][1])):
        total = max((-(-size // s) - 1) * s + k - size, 0)
        out += [total // 2, total - total // 2]
    return out


def shapes(layers, shape):
    """For each layer: (input shape, output shape), each (h, w, c)."""
    result = []
    for layer in layers:
        h, w, c = shape
        if layer["op"] == "flatten":
            out = (1, 1, h * w * c)
        elif layer["op"] == "fully_connected":
            out = (1, 1, layer["units"])
        else:
            top, bottom, left, right = pads(layer, h, w)
            (kh, kw), (sh, sw) = layer["kernel"], layer["stride"]
            c = {"conv2d": layer.get("filters"),
                 "depthwise_conv2d": c * layer.get("multiplier", 1)}.get(layer["op"], c)
            out = ((h + top + bottom - kh) // sh + 1, (w + left + right - kw) // sw + 1, c)
        result.append((shape, out))
        shape = out
    return result


def count_macs(layers, shape):
    macs = 0
    for layer, (i, o) in zip(layers, shapes(layers, shape)):
        outputs = o[0] * o[1] * o[2]
        if layer["op"] == "conv2d":
            macs += outputs * layer["kernel"][0] * layer["kernel"][1] * i[2]
        elif layer["op"] == "depthwise_conv2d":
            macs += outputs * layer["kernel"][0] * layer["kernel"][1]
        elif layer["op"] == "fully_connected":
            macs += outputs * i[2]
    return macs


# ---- running a network ------------------------------------------------------

def activate(layer, x):
    kind = layer.get("activation", "none")
    return {"none": lambda v: v, "relu": F.relu, "relu6": F.relu6}[kind](x)


def pad(layer, x):
    top, bottom, left, right = pads(layer, x.shape[2], x.shape[3])
    return F.pad(x, (left, right, top, bottom)) if top or bottom or left or right else x


def run_unweighted(layer, x):
    """Pooling (always `valid` here) and flatten, which is in (h, w, c) order."""
    if layer["op"] == "flatten":
        return x.permute(0, 2, 3, 1).flatten(1)
    assert layer["padding"] == "valid"
    pool = {"max_pool2d": F.max_pool2d, "average_pool2d": F.avg_pool2d}[layer["op"]]
    return pool(x, layer["kernel"], layer["stride"])


class Model(nn.Module):
    """The layers, with batch normalization after every convolution."""

    def __init__(self, layers, shape, dropout=0.0):
        super().__init__()
        self.layers, self.dropout = layers, dropout
        self.ops, self.norms = nn.ModuleDict(), nn.ModuleDict()
        for layer, (i, o) in zip(layers, shapes(layers, shape)):
            name = layer["name"]
            if layer["op"] == "fully_connected":
                self.ops[name] = nn.Linear(i[2], o[2])
            elif layer["op"] in ("conv2d", "depthwise_conv2d"):
                groups = i[2] if layer["op"] == "depthwise_conv2d" else 1
                self.ops[name] = nn.Conv2d(i[2], o[2], layer["kernel"], layer["stride"],
                                           groups=groups, bias=False)
                nn.init.kaiming_normal_(self.ops[name].weight, mode="fan_in",
                                        nonlinearity="relu")
                self.norms[name] = nn.BatchNorm2d(o[2])

    def forward(self, x):
        for layer in self.layers:
            name = layer["name"]
            if name not in self.ops:
                x = run_unweighted(layer, x)
            elif name in self.norms:
                x = activate(layer, self.norms[name](self.ops[name](pad(layer, x))))
            else:
                x = F.dropout(x, self.dropout, self.training)
                x = activate(layer, self.ops[name](x))
        return x


def export(model):
    """The weights in the file layout, batch normalization folded in."""
    weights = {}
    for layer in model.layers:
        name = layer["name"]
        if name not in model.ops:
            continue
        op = model.ops[name]
        w = op.weight.detach().double()
        if name in model.norms:
            bn = model.norms[name]
            scale = bn.weight.detach().double() / torch.sqrt(bn.running_var.double() + bn.eps)
            w = w * scale[:, None, None, None]
            b = bn.bias.detach().double() - bn.running_mean.double() * scale
        else:
            b = op.bias.detach().double()
        w = w.numpy()
        if layer["op"] == "conv2d":
            w = w.transpose(0, 2, 3, 1)             # [out][ky][kx][in]
        elif layer["op"] == "depthwise_conv2d":
            w = w[:, 0].transpose(1, 2, 0)          # [ky][kx][in*multiplier]
        weights[name + ".weight"] = np.ascontiguousarray(w, np.float32)
        weights[name + ".bias"] = np.ascontiguousarray(b.numpy(), np.float32)
    return weights


@torch.no_grad()
def run_exported(layers, weights, x, observe=None):
    """Run the folded weights; observe(layer, activations) sees every output."""
    for layer in layers:
        if layer["name"] + ".weight" in weights:
            w = torch.from_numpy(weights[layer["name"] + ".weight"])
            b = torch.from_numpy(weights[layer["name"] + ".bias"])
            if layer["op"] == "fully_connected":
                x = F.linear(x, w, b)
            elif layer["op"] == "conv2d":
                x = F.conv2d(pad(layer, x), w.permute(0, 3, 1, 2).contiguous(), b, layer["stride"])
            else:
                w = w.permute(2, 0, 1)[:, None].contiguous()
                x = F.conv2d(pad(layer, x), w, b, layer["stride"], groups=x.shape[1])
            x = activate(layer, x)
        else:
            x = run_unweighted(layer, x)
        if observe:
            observe(layer, x)
    return x


def count_correct(layers, weights, x, labels):
    """How many of the images the exported weights classify correctly."""
    labels = torch.from_numpy(labels.astype(np.int64))
    return sum(int((run_exported(layers, weights, a).argmax(1) == b).sum())
               for a, b in zip(x.split(500), labels.split(500)))


# ---- training ---------------------------------------------------------------

def augment(x, shift, flip):
    """Each image moved by up to `shift` pixels each way, and perhaps mirrored."""
    n, c, h, w = x.shape
    padded = F.pad(x, (shift,) * 4)
    rows = torch.randint(0, 2 * shift + 1, (n, 1)) + torch.arange(h)
    cols = torch.randint(0, 2 * shift + 1, (n, 1)) + torch.arange(w)
    if flip:
        mirror = torch.rand(n, 1) < 0.5
        cols = torch.where(mirror, cols.flip(1), cols)
    index = torch.arange(n)[:, None, None]
    return padded[index, :, rows[:, :, None], cols[:, None, :]].permute(0, 3, 1, 2).contiguous()


def train(model, x, labels, epochs, batch, rate, decay, shift, flip, smoothing=0.0):
    """SGD with momentum: a short linear warm-up, then a cosine down to zero.
    The last step's weights are the result: nothing is selected on test data."""
    labels = torch.from_numpy(labels.astype(np.int64))
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, nesterov=True,
                                weight_decay=decay)
    steps_per_epoch = len(x) // batch
    steps, warm = epochs * steps_per_epoch, max(1, epochs * steps_per_epoch // 20)

    def factor(step):
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1 + np.cos(np.pi * (step - warm) / (steps - warm)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    model.train()
    begin = time.time()
    for epoch in range(epochs):
        order = torch.randperm(len(x))
        total_loss = right = seen = 0
        for step in range(steps_per_epoch):
            pick = order[step * batch:(step + 1) * batch]
            out = model(augment(x[pick], shift, flip))
            loss = F.cross_entropy(out, labels[pick], label_smoothing=smoothing)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total_loss += float(loss.detach()) * batch
            right += int((out.detach().argmax(1) == labels[pick]).sum())
            seen += batch
        print("epoch %3d/%d  loss %.4f  train accuracy %.2f %%  %.0f s"
              % (epoch + 1, epochs, total_loss / seen, 100 * right / seen,
                 time.time() - begin), flush=True)
    model.eval()


# ---- output -----------------------------------------------------------------

def flow(value):
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    return str(value)


def save_network(name, comment, shape, divide, layers, weights):
    """configs/networks/<name>.yaml and <name>.npz."""
    os.makedirs(NETWORKS, exist_ok=True)
    np.savez_compressed(os.path.join(NETWORKS, name + ".npz"), **weights)
    with open(os.path.join(NETWORKS, name + ".yaml"), "w") as f:
        f.write("# %s\n" % comment)
        f.write("name: %s\n" % name)
        f.write("input:\n")
        f.write("  shape: %-15s # height, width, channels\n" % flow(shape))
        f.write("  subtract: %-12d # real = (pixel - subtract) / divide\n" % 0)
        f.write("  divide: %d\n" % divide)
        f.write("weights: %-15s # beside this file\n" % (name + ".npz"))
        f.write("layers:\n")
        for layer in layers:
            f.write("  - {%s}\n" % ", ".join("%s: %s" % (k, flow(v)) for k, v in layer.items()))


def report(layers, shape, weights, x):
    """Print sizes, and the ranges that decide how well the network quantizes."""
    seen = {}

    def observe(layer, y):
        peaks = y.abs().amax([d for d in range(y.dim()) if d != 1])
        seen[layer["name"]] = (float(y.min()), float(y.max()), float(peaks.median()),
                               float(torch.quantile(y.flatten()[::max(1, y.numel() // 10**6)], 0.999)))

    run_exported(layers, weights, x, observe)
    print("%-8s %-11s %-25s %-25s %-11s %s" % ("layer", "output", "max|w| of channels",
                                             "activations", "99.9 %", "median channel peak"))
    for layer, (_, out) in zip(layers, shapes(layers, shape)):
        name, line = layer["name"], ""
        if name + ".weight" in weights:
            w = np.abs(weights[name + ".weight"])
            axis = (0, 1) if layer["op"] == "depthwise_conv2d" else tuple(range(1, w.ndim))
            peak = w.max(axis)
            line = "%.3f..%.3f (%.1fx)" % (peak.min(), peak.max(), peak.max() / peak.min())
        low, high, median, q = seen[name]
        print("%-8s %-11s %-25s %-25s %-11.2f %.2f" % (name, "x".join(map(str, out)), line,
                                                     "%.2f..%.2f" % (low, high), q, median))
    print("parameters %d, multiply-accumulates %d" %
          (sum(w.size for w in weights.values()), count_macs(layers, shape)))
