#!/usr/bin/python3
"""Float accuracy of the bundled networks, computed with numpy alone.

An independent reading of configs/networks/*.yaml and *.npz: it shares no code
with the training scripts.  It prints and writes nothing else.

    check_npz.py            the bundled test sets
    check_npz.py --full     also all 10,000 Fashion-MNIST test images, from
                            Debian's package dataset-fashion-mnist
"""
import argparse
import gzip
import os

import numpy as np
import yaml

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FASHION_DIR = "/usr/share/datasets/fashion-mnist"


def span(size, kernel, stride, padding, before):
    """Output size and padding (before, after) along one axis."""
    if padding == "same":
        out = (size + stride - 1) // stride
        total = max((out - 1) * stride + kernel - size, 0)
        return out, total // 2, total - total // 2
    low, high = (0, 0) if padding == "valid" else (padding[before], padding[before + 1])
    return (size + low + high - kernel) // stride + 1, low, high


def taps(layer, x, fill):
    """x [N,H,W,C] seen through the sliding window: [N,OH,OW,KH,KW,C]."""
    (kh, kw), (sh, sw) = layer["kernel"], layer["stride"]
    n, h, w, c = x.shape
    oh, top, bottom = span(h, kh, sh, layer["padding"], 0)
    ow, left, right = span(w, kw, sw, layer["padding"], 2)
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
    out = np.empty((n, oh, ow, kh, kw, c), x.dtype)
    for ky in range(kh):
        for kx in range(kw):
            out[:, :, :, ky, kx] = x[:, ky:ky + (oh - 1) * sh + 1:sh, kx:kx + (ow - 1) * sw + 1:sw]
    return out


def run_layer(layer, x, weights):
    op = layer["op"]
    if op == "flatten":
        return x.reshape(len(x), -1)
    if op == "max_pool2d":
        return taps(layer, x, -np.inf).max((3, 4))
    if op == "average_pool2d":                      # padding does not count
        t = taps(layer, x, np.nan)
        return np.nanmean(t, (3, 4), dtype=x.dtype)
    w, b = weights[layer["name"] + ".weight"], weights[layer["name"] + ".bias"]
    if op == "fully_connected":
        assert w.shape == (layer["units"], x.shape[1])
        y = x @ w.T + b
    elif op == "conv2d":
        assert w.shape == (layer["filters"], *layer["kernel"], x.shape[3])
        t = taps(layer, x, 0)
        y = (t.reshape(-1, w[0].size) @ w.reshape(len(w), -1).T).reshape(*t.shape[:3], -1) + b
    elif op == "depthwise_conv2d":
        multiplier = layer.get("multiplier", 1)
        assert w.shape == (*layer["kernel"], x.shape[3] * multiplier)
        y = (np.repeat(taps(layer, x, 0), multiplier, axis=5) * w).sum((3, 4)) + b
    else:
        raise ValueError("unknown op " + op)
    activation = layer.get("activation", "none")
    if activation != "none":
        y = np.clip(y, 0, {"relu": np.inf, "relu6": 6}[activation])
    return y


def evaluate(name, images, labels, what):
    folder = os.path.join(ROOT, "configs", "networks")
    with open(os.path.join(folder, name + ".yaml")) as f:
        network = yaml.safe_load(f)
    weights = np.load(os.path.join(folder, network["weights"]))
    weights = {key: weights[key] for key in weights.files}
    used = {"%s.%s" % (layer["name"], part) for layer in network["layers"]
            for part in ("weight", "bias")
            if layer["op"] in ("conv2d", "depthwise_conv2d", "fully_connected")}
    assert used == set(weights), "keys of the .npz do not match the layers"
    assert all(w.dtype == np.float32 and w.flags.c_contiguous for w in weights.values())
    assert list(images.shape[1:]) == network["input"]["shape"] and images.dtype == np.uint8
    right = 0
    for at in range(0, len(images), 250):
        x = images[at:at + 250].astype(np.float32)
        x = (x - np.float32(network["input"]["subtract"])) / np.float32(network["input"]["divide"])
        for layer in network["layers"]:
            x = run_layer(layer, x, weights)
        right += int((x.argmax(1) == labels[at:at + 250]).sum())
    print("%-8s %-22s %5d of %5d correct, %.2f %%  (%d parameters)"
          % (name, what, right, len(images), 100 * right / len(images),
             sum(w.size for w in weights.values())))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--fashion-dir", default=FASHION_DIR)
    args = parser.parse_args()
    for name, data in (("digits", "digits_test"), ("fashion", "fashion_test_1000")):
        with np.load(os.path.join(ROOT, "data", data + ".npz")) as f:
            evaluate(name, f["images"], f["labels"], data)
    if args.full:
        def idx(kind, header):
            with gzip.open(os.path.join(args.fashion_dir, "t10k-" + kind + "-ubyte.gz")) as f:
                return np.frombuffer(f.read(), np.uint8, offset=header)
        evaluate("fashion", idx("images-idx3", 16).reshape(-1, 28, 28, 1),
                 idx("labels-idx1", 8), "all test images")


if __name__ == "__main__":
    main()
