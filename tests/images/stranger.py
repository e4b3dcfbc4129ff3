#!/usr/bin/env python3
"""Decode images as a stranger would, by docs/manifest.md and nothing else.

  stranger.py words DIR             every stored word: memory bank word hex
  stranger.py check DIR TENSORS.npz CRCs, digests; tensors equal to the file's

Reads the formats bin and mem itself: what other formats hold is compared with
these by other people's tools. Only the standard library.
"""
import ast
import hashlib
import json
import os
import struct
import sys
import zipfile
import zlib


def read_units(path, fmt, bits, address):
    """The units of a file: {address: value}."""
    if fmt == "bin":
        with open(path, "rb") as f:
            return {address + i: b for i, b in enumerate(f.read())}
    if fmt not in ("mem", "hex"):
        sys.exit("stranger: not a format I read: " + fmt)
    units, at = {}, 0
    with open(path) as f:
        for line in f:
            for word in line.split("//")[0].split():
                if word[0] == "@":
                    at = int(word[1:], 16)
                else:
                    units[at] = int(word, 16)
                    at += 1
    return units


def read_image(folder, layout, image):
    lanes = layout["byte_lanes"]
    units = {}
    for lane, part in enumerate(image["files"]):
        path = os.path.join(folder, part["file"])
        with open(path, "rb") as f:
            assert hashlib.sha256(f.read()).hexdigest() == part["sha256"], path
        for a, v in read_units(path, layout["format"], image["unit_bits"],
                               image["address"] // lanes).items():
            units[a * lanes + lane] = v
    return units


def bits_of_bank(layout, units, unit_bits, word_bits, words):
    """The words of a bank, by the definition in the page."""
    if layout["packing"] == "words":
        return units
    size = layout["unit_bits"]
    data = bytearray()
    big = layout["byte_order"] == "big"
    numbers = unit_bits != 8 or size == 8
    for u in units:
        data += u.to_bytes(unit_bits // 8, "big" if big and numbers else "little")
    padded = -(-word_bits // size) * size
    box = size if layout["packing"] == "tight" else padded
    step = word_bits if layout["packing"] == "tight" else padded
    row = []                                  # bits in the row's order
    for i in range(0, len(data) - box // 8 + 1, box // 8):
        value = int.from_bytes(data[i:i + box // 8], "big" if big else "little")
        bits = [value >> b & 1 for b in range(box)]
        row += bits[::-1] if layout["bit_order"] == "msb_first" else bits
    out = []
    for w in range(words):
        bits = row[w * step:w * step + word_bits]
        if layout["bit_order"] == "msb_first":
            bits = bits[::-1]
        out.append(sum(b << i for i, b in enumerate(bits)))
    return out


def stored_words(folder, m):
    """{memory: [bank][word]} and CRCs checked."""
    layout = m["layout"]
    images = {i["name"]: (i, read_image(folder, layout, i)) for i in m["images"]}
    memories = {x["name"]: x for x in m["memories"]}
    out = {x["name"]: [None] * x["stored"]["banks"] for x in m["memories"]}
    for bank in m["banks"]:
        image, units = images[bank["image"]]
        stored = memories[bank["memory"]]["stored"]
        span = [units[bank["address"] + i] for i in range(bank["units"])]
        words = bits_of_bank(layout, span, image["unit_bits"],
                             stored["word_bits"], stored["words"])
        crc = 0
        for w in words:
            crc = zlib.crc32(w.to_bytes(-(-stored["word_bits"] // 8), "little"), crc)
        assert "%08x" % crc == bank["crc32"], bank
        out[bank["memory"]][bank["bank"]] = words
    return out


def columns(m, stored):
    """{memory: [column][word]}: check bits dropped, banking undone."""
    layout, out = m["layout"], {}
    for x in m["memories"]:
        bits, count, groups = x["word_bits"], x["words"], x["stored"]["banks"]
        check = x["stored"]["check_bits"]
        wide = x["stored"]["word_bits"] - check
        banks = [[w & ((1 << wide) - 1) for w in b] for b in stored[x["name"]]]
        if layout["banking"] == "column" or x["name"] == "program":
            cols = banks
        elif layout["banking"] == "flat":
            cols = [banks[0][c * count:(c + 1) * count] for c in range(x["columns"])]
        else:
            cols = [[banks[a % groups][a // groups] >> c * bits & ((1 << bits) - 1)
                     for a in range(count)] for c in range(x["columns"])]
        out[x["name"]] = cols
    sha = hashlib.sha256()
    for x in m["memories"]:
        for col in out[x["name"]]:
            for w in col:
                sha.update(w.to_bytes(-(-x["word_bits"] // 8), "little"))
    assert sha.hexdigest() == m["sha256"]
    return out


def tensor(t, cols):
    banks = cols[t["memory"]]
    taps = 1
    for d in t["shape"][1:]:
        taps *= d
    out = []
    for n in range(t["shape"][0]):
        for k in range(taps):
            word = banks[n % len(banks)][t["base"] + n // len(banks) * t["stride"]
                                         + k // t["per_word"]]
            v = word >> t["bit"] + k % t["per_word"] * t["bits"] & ((1 << t["bits"]) - 1)
            if t["signed"] and v >> t["bits"] - 1:
                v -= 1 << t["bits"]
            out.append(v)
    return out


def read_npz(path):
    codes = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I",
             "i8": "q", "u8": "Q"}
    arrays = {}
    with zipfile.ZipFile(path) as z:
        for name in z.namelist():
            raw = z.read(name)
            length = struct.unpack("<H", raw[8:10])[0]
            head = ast.literal_eval(raw[10:10 + length].decode())
            data = raw[10 + length:]
            code = codes[head["descr"][1:]]
            size = struct.calcsize(code)
            arrays[name[:-4]] = (list(head["shape"]), list(
                struct.unpack("<%d%s" % (len(data) // size, code), data)))
    return arrays


def main(what, folder, *rest):
    with open(os.path.join(folder, "manifest.json")) as f:
        m = json.load(f)
    if what == "words":
        stored = stored_words(folder, m)
        for x in m["memories"]:
            for b, bank in enumerate(stored[x["name"]]):
                for i, w in enumerate(bank):
                    print(x["name"], b, i, "%0*x" % (-(-x["stored"]["word_bits"] // 4), w))
    elif what == "check":
        cols = columns(m, stored_words(folder, m))
        wanted = read_npz(rest[0])
        assert sorted(wanted) == sorted(t["name"] for t in m["tensors"])
        for t in m["tensors"]:
            shape, values = wanted[t["name"]]
            assert shape == t["shape"], t["name"]
            assert values == tensor(t, cols), t["name"]
        print("stranger: %d tensors equal" % len(wanted))


if __name__ == "__main__":
    main(*sys.argv[1:])
