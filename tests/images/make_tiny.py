#!/usr/bin/env python3
"""Write tiny/tiny.npz and tiny/calibration.npz: numbers of a small generator.

The network of the golden files. Only the standard library.
"""
import io
import os
import struct
import zipfile

state = 1


def number():
    """A multiple of 1/64 in [-1, 1)."""
    global state
    state = (state * 1103515245 + 12345) % 2**31
    return (state >> 16) % 128 / 64 - 1


def npy(shape, values, descr, code):
    text = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }" % (
        descr, "".join("%d, " % d for d in shape))
    text += " " * (63 - (10 + len(text)) % 64) + "\n"
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()
            + struct.pack("<%d%s" % (len(values), code), *values))


def write(path, arrays):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in arrays.items():
            z.writestr(zipfile.ZipInfo(name + ".npy"), data)


def floats(*shape):
    count = 1
    for d in shape:
        count *= d
    return npy(shape, [number() for _ in range(count)], "<f4", "f")


folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tiny")
write(os.path.join(folder, "tiny.npz"), {
    "conv.weight": floats(3, 2, 2, 1), "conv.bias": floats(3),
    "fc.weight": floats(2, 12), "fc.bias": floats(2)})
pixels = [int(8 * (number() + 1)) for _ in range(4 * 16)]
write(os.path.join(folder, "calibration.npz"), {
    "images": npy((4, 4, 4, 1), pixels, "|u1", "B"),
    "labels": npy((4,), [0, 1, 0, 1], "|u1", "B")})
