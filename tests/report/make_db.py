"""make_db.py FILE [POINTS] [KIND] - the database of a sweep, without the sweep.

The tables are those of sim/sweep/store_schema.h; the figures follow simple
formulas and a fixed seed, so that tests know the front. KIND: accuracy (the
default), timing (no accuracy, no SQNR), hostile (names that are markup),
empty (no result), halving (half of the points on fewer images), design (axes of
the design file as well).
"""
import hashlib
import itertools
import json
import os
import random
import re
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
LAYERS = [("conv1", 112896, 8.0), ("conv2", 903168, 3.0), ("dw3", 84672, 0.0),
          ("pw3", 451584, 4.0), ("conv4", 677376, 6.0), ("fc", 5760, 10.0)]


def schema():
    text = open(os.path.join(TOP, "sim/sweep/store_schema.h")).read()
    body = text[text.index("#define STORE_SCHEMA \\"):]
    return "".join(re.findall(r'"([^"]*)"', body))


def axes_of(kind):
    if kind == "timing":
        return [("array.rows", list(range(1, 129))),
                ("array.cols", list(range(1, 129))),
                ("array.dataflow", ["weight_stationary", "output_stationary"]),
                ("clock_mhz", [100, 200, 400, 800])]
    if kind == "design":
        return [("weight.bits", [4, 6, 8]),
                ("quantization.weights.granularity", ["tensor", "channel"]),
                ("quantization.calibration.method", ["min_max", "mse"]),
                ("quantization.power_of_two", [False, True])]
    axes = [("weight.bits", [2, 3, 4, 5, 6, 7, 8]),
            ("activation.bits", [4, 5, 6, 7, 8]),
            ("accumulator.bits", [12, 14, 16, 18, 20, 24, 28, 32]),
            ("accumulator.overflow", ["wrap", "saturate"]),
            ("array.rows", [8, 16, 32])]
    if kind == "hostile":
        axes.append(("</script><script>alert(1)</script>",
                     ["<img src=x onerror=alert(2)>", "'\"&\u202e; {{style}}",
                      "plain"]))
    return axes


def result_of(s, kind, rng):
    w, a = s.get("weight.bits", 8), s.get("activation.bits", 8)
    acc = s.get("accumulator.bits", 32)
    rows, cols = s.get("array.rows", 16), s.get("array.cols", 16)
    need = w + a + 5.5
    over = max(0.0, need - acc)
    wrap = s.get("accumulator.overflow") == "wrap"
    loss = 60.0 * 2.0 ** (-1.1 * (w - 1)) + 40.0 * 2.0 ** (-1.3 * (a - 2.2))
    loss += (14.0 if wrap else 3.0) * over ** 1.5
    accuracy = max(10.0, 94.0 - loss + rng.uniform(-0.25, 0.25))
    macs = sum(m for _, m, _ in LAYERS)
    cycles = sum(-(-m // (rows * cols)) + 40 * (rows + cols)
                 for _, m, _ in LAYERS)
    energy = cycles * (rows * cols) * (0.02 * w * a / 64 + 0.0006 * acc) / 1e3
    r = {"state": "done", "images": 0 if kind == "timing" else 1000,
         "macs": macs, "cycles": cycles, "stall_cycles": cycles // 9,
         "utilization": macs / (rows * cols * cycles),
         "clock_mhz": s.get("clock_mhz", 200.0), "seconds": 0.01}
    r["latency_ms"] = cycles / r["clock_mhz"] / 1e3
    r["fps"] = 1e3 / r["latency_ms"]
    r["energy_uj"] = energy
    if kind != "timing":
        r.update(accuracy=round(accuracy, 1), float_accuracy=94.0,
                 accuracy_loss=round(94.0 - accuracy, 1),
                 worst_layer="fc", worst_sqnr_db=6.02 * min(w, a) - 4 * over,
                 overflows=int(2000 * over ** 3),
                 weight_rom_bits=60000 * w, agreement=accuracy,
                 energy_source="a formula of this test")
    layers = []
    for i, (name, m, hard) in enumerate(LAYERS):
        c = -(-m // (rows * cols)) + 40 * (rows + cols)
        layers.append({
            "position": i, "name": name, "op": "conv2d", "unit": "array",
            "macs": m, "cycles": c, "utilization": m / (rows * cols * c),
            "overflows": None if kind == "timing"
            else int(300 * max(0.0, over - 0.1 * hard) ** 3),
            "sqnr_db": None if kind == "timing"
            else 6.02 * min(w, a) + hard - 4 * over})
    return r, layers


def insert(db, table, row):
    keys = ",".join('"%s"' % k for k in row)
    cursor = db.execute("INSERT INTO %s(%s) VALUES(%s)"
                        % (table, keys, ",".join("?" * len(row))),
                        list(row.values()))
    return cursor.lastrowid


def settings_list(axes, points, rng):
    every = itertools.product(*(v for _, v in axes))
    total = 1
    for _, v in axes:
        total *= len(v)
    keys = [k for k, _ in axes]
    if points and points < total:
        keep = set(rng.sample(range(total), points))
        return [dict(zip(keys, c)) for i, c in enumerate(every) if i in keep]
    return [dict(zip(keys, c)) for c in every]


def main():
    path = sys.argv[1]
    points = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    kind = sys.argv[3] if len(sys.argv) > 3 else "accuracy"
    rng = random.Random(1)
    if os.path.exists(path):
        os.remove(path)
    db = sqlite3.connect(path)
    db.executescript(schema() + "PRAGMA application_id = 0x4e505357;"
                     "PRAGMA user_version = 2;")
    name = "<b>hostile</b>&{{data}}" if kind == "hostile" else "test"
    axes = axes_of(kind)
    insert(db, "sweep", dict(
        id=1, name=name, file="test.yaml", text="name: test\n"
        + ("set: {activation.bits: 6, quantization.equalize: true}\n"
           if kind == "design" else ""),
        design="configs/designs/fashion_w8a8.yaml",
        hardware="configs/hardware/edge16.yaml",
        network="configs/networks/fashion.yaml", method="grid",
        evaluate="timing" if kind == "timing" else "accuracy",
        images=1000, seed=1, settings="", digest="0", base="0", defined="2026-01-01T00:00:00Z"))
    for i, (key, values) in enumerate(axes):
        insert(db, "axis", dict(position=i, key=key, scope="design"
                                if key.startswith("quantization.")
                                else "hardware", choices=json.dumps(values)))
    goals = [("cycles", "min"), ("energy_uj", "min")]
    if kind != "timing":
        goals = [("accuracy", "max")] + goals[::-1]
    for i, (key, goal) in enumerate(goals):
        insert(db, "objective", dict(position=i, name=key, direction=goal))
    insert(db, "provenance", dict(
        tool="napier test", host="here", pid=1, ticks=1, command="make_db",
        seed=1, started="2026-01-01T00:00:00Z", ended="2026-01-01T00:01:00Z",
        beat=0))
    for n, s in enumerate(settings_list(axes, points, rng)):
        digest = hashlib.sha256(json.dumps(s).encode()).hexdigest()
        point = insert(db, "point", dict(ordinal=n, digest=digest,
                                         settings=json.dumps(s)))
        if kind == "empty":
            continue
        r, layers = result_of(s, kind, rng)
        if kind == "halving" and n % 2:
            r["images"] = 100
        r.update(point_id=point, digest=digest,
                 finished="2026-01-01T00:00:30Z", provenance_id=1)
        result = insert(db, "result", r)
        for layer in layers:
            insert(db, "layer", dict(layer, result_id=result))
    db.commit()
    db.close()


main()
