#!/usr/bin/env python3
"""count.py STAT TOP TARGET HARDWARE PLAIN|modules [MHZ] - cells from yosys' stat.

Every module's own cells, times its instances. Prints a line of JSON, and before it, with
`modules`, a table of the modules.
"""
import collections
import json
import re
import sys

KINDS = (
    ("brams", r"npu_block"),
    ("dsps", r"SB_MAC16|MULT18X18D|DSP48E1"),
    ("ffs", r"SB_DFF|TRELLIS_FF|FD[RCSP]E|\$_S?DFF"),
    ("carries", r"SB_CARRY|CCU2C|CARRY4"),
    ("luts", r"SB_LUT4|LUT[1-6]|INV|SRL"),
)


def kind(cell):
    for name, pattern in KINDS:
        if re.match(pattern, cell):
            return name
    return "others"


def read_stat(path):
    has, module = {}, None
    for line in open(path):
        head = re.match(r"=== (.*) ===", line)
        if head:
            module = head.group(1)
            has[module] = collections.Counter()
        cell = re.match(r"\s+(\S*[^:\s])\s+(\d+)$", line)
        if module and cell:
            has[module][cell.group(1)] += int(cell.group(2))
    has.pop("design hierarchy", None)
    return has


def count(has, module, times, table):
    row = table[re.match(r"(?:\$paramod(?:\$[0-9a-f]+)?\\)?(\w+)", module).group(1)]
    row["times"] += times
    for cell, number in has[module].items():
        if cell in has:
            count(has, cell, times * number, table)
        else:
            row[kind(cell)] += times * number
            row["cells"] += times * number


def main():
    path, top, target, hardware, mode = sys.argv[1:6]
    table = collections.defaultdict(collections.Counter)
    count(read_stat(path), top, 1, table)
    for row in table.values():
        if target == "ecp5":  # a carry cell is made of two look-up tables
            row["luts"] += 2 * row["carries"]
    names = ("cells", "luts", "ffs", "carries", "dsps", "brams")
    if mode == "modules":
        print("%-18s %5s" % ("module", "times") + "".join("%9s" % n for n in names))
        for module in sorted(table):
            row = table[module]
            print("%-18s %5d" % (module, row["times"]) + "".join("%9d" % row[n] for n in names))
    result = {"hardware": hardware, "target": target}
    for name in names:
        result[name] = sum(row[name] for row in table.values())
    if len(sys.argv) > 6:
        result["part"] = "array"
        result["mhz"] = float(sys.argv[6])
    print(json.dumps(result))


main()
