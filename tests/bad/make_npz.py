#!/usr/bin/env python3
"""Write hostile data files into a folder, with the standard library alone.

Weights: digits.npz with one thing wrong each. Datasets (set_*.npz): two images
of 8 x 8 with one thing wrong each. IDX files, an empty array, a large text.
"""
import io
import math
import struct
import sys
import zipfile

SHAPES = {
    "conv1.weight": (8, 3, 3, 1), "conv1.bias": (8,),
    "conv2.weight": (16, 3, 3, 8), "conv2.bias": (16,),
    "fc.weight": (10, 256), "fc.bias": (10,),
}


def npy(shape, descr="<f4", values=None, header_shape=None):
    count = math.prod(shape)
    dims = header_shape or shape
    text = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }" % (
        descr, "".join("%d, " % d for d in dims))
    text += " " * (63 - (10 + len(text)) % 64) + "\n"
    code = {"<f4": "f", "<i4": "i"}[descr]
    data = struct.pack("<%d%s" % (count, code), *(values or [0] * count))
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + data


def archive(changes, drop=()):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, shape in SHAPES.items():
            if name not in drop:
                z.writestr(zipfile.ZipInfo(name + ".npy"), changes.get(name) or npy(shape))
    return out.getvalue()


def dataset(images, labels):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, data in (("images", images), ("labels", labels)):
            if data:
                z.writestr(zipfile.ZipInfo(name + ".npy"), data)
    return out.getvalue()


def datasets():
    images = npy((2, 8, 8, 1))
    labels = npy((2,), "<i4")
    nan = [0.0] * 128
    nan[77] = float("nan")
    return {
        "set_unlabelled": dataset(images, None),
        "set_tall": dataset(npy((2, 65536, 1, 1)), None),
        "set_no_images": dataset(None, labels),
        "set_nan": dataset(npy((2, 8, 8, 1), values=nan), labels),
        "set_shape": dataset(npy((2, 8, 9, 1)), labels),
        "set_label_count": dataset(images, npy((3,), "<i4")),
        "set_label_type": dataset(images, npy((2,))),
        "set_label_range": dataset(images, npy((2,), "<i4", [3, 10])),
    }


def idx(magic, *sizes):
    return struct.pack(">I%dI" % len(sizes), magic, *sizes)


def others():
    return {
        "words-images-idx3-ubyte": b"no such thing at all\n" * 4,
        "zero-images-idx3-ubyte": idx(0x803, 2, 0, 8),
        "empty_values.npy": npy((0,)),
        "large.yaml": b"# a comment\n" * (3 << 19),
    }


def main(folder):
    nan = [0.0] * 8
    nan[3] = float("nan")
    inf = [0.0] * 8
    inf[5] = float("-inf")
    files = {
        "nan": archive({"conv1.bias": npy((8,), values=nan)}),
        "inf": archive({"conv1.bias": npy((8,), values=inf)}),
        "dtype": archive({"conv1.bias": npy((8,), "<i4")}),
        "shape": archive({"conv2.weight": npy((16, 3, 8, 3))}),
        "large_bias": archive({
            "conv1.weight": npy((8, 3, 3, 1), values=[1e-6] * 72),
            "conv1.bias": npy((8,), values=[1e6] * 8)}),
        "rank": archive({"fc.weight": npy((2560,))}),
        "absent": archive({}, drop=("fc.bias",)),
        "absurd": archive({"fc.bias": npy((10,), header_shape=(1 << 20, 1 << 20))}),
        "overflow": archive({"fc.bias": npy((10,), header_shape=(1 << 40, 1 << 40))}),
        "header": archive({"fc.bias": b"\x93NUMPY\x01\x00\x10\x00{'descr': garbage"}),
        "notzip": b"this is no archive at all\n" * 10,
        "empty": b"",
    }
    whole = archive({})
    files["truncated"] = whole[:len(whole) // 2]
    damaged = bytearray(whole)
    damaged[60] ^= 0x55
    files["damaged"] = bytes(damaged)
    files.update(datasets())
    everything = {name + ".npz": data for name, data in files.items()}
    everything.update(others())
    for name, data in everything.items():
        with open("%s/%s" % (folder, name), "wb") as f:
            f.write(data)


main(sys.argv[1])
