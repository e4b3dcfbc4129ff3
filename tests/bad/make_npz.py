#!/usr/bin/env python3
"""Write hostile .npz files into a folder, with nothing but the standard library.

Each is digits.npz with one thing wrong; the .net.yaml beside it names it.
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
    for name, data in files.items():
        with open("%s/%s.npz" % (folder, name), "wb") as f:
            f.write(data)


main(sys.argv[1])
