#!/usr/bin/env python3
"""make_models.py FOLDER - wrong models for import_limits.sh, by hand.

What is refused for its size would be a large file here; the rest is too small to
need the libraries that tools/fixtures uses. The field numbers are those of
onnx.proto3 and of TensorFlow Lite's schema.fbs.
"""
import struct
import sys

# ------------------------------------------------------------- ONNX: protobuf


def varint(value):
    out = b""
    value &= (1 << 64) - 1
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def part(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


FLOAT, INT32, INT64, DOUBLE = 1, 6, 7, 11


def node(op, ins, outs, **attributes):
    text = b"".join(part(1, i) for i in ins) + b"".join(part(2, o) for o in outs)
    text += part(3, outs[0]) + part(4, op)
    for name, value in attributes.items():
        many = isinstance(value, list)
        text += part(5, part(1, name) + number(20, 7 if many else 2) + (
            b"".join(number(8, v) for v in value) if many else number(3, value)))
    return part(1, text)


def value(field, name, dims, kind=FLOAT):
    shape = b"".join(part(1, number(1, d)) for d in dims)
    return part(field, part(1, name) + part(2, part(1, number(1, kind) + part(2, shape))))


def tensor(name, dims, data, kind=FLOAT):
    return part(5, b"".join(number(1, d) for d in dims) + number(2, kind)
                + part(8, name) + part(9, data))


def external(name, dims, kind):
    entry = part(1, "location") + part(2, "data.bin")
    return part(5, b"".join(number(1, d) for d in dims) + number(2, kind)
                + part(8, name) + part(13, entry) + number(14, 1))


def onnx(nodes, dims=(1, 4), kind=FLOAT, out="y", more=b"", made=None):
    graph = nodes + part(2, "g") + more + value(11, "x", dims, kind)
    graph += value(12, out, made or dims, kind)
    return number(1, 7) + part(7, graph) + part(8, part(1, "") + number(2, 13))


def chain(op, count):
    names = ["x"] + ["t%d" % i for i in range(count - 1)] + ["y"]
    return b"".join(node(op, [a], [b]) for a, b in zip(names, names[1:]))


def longs(*values):
    return struct.pack("<%dq" % len(values), *values)


ONNX = {
    "inputs_many": onnx(node("Concat", ["x"] * 1025, ["y"], axis=0)),
    "operators_many": onnx(chain("Relu", 16385)),
    "tensors_many": onnx(node("Relu", ["x"], ["y"]), more=b"".join(
        tensor("w%d" % i, (1,), b"\0\0\0\0") for i in range(65536))),
    "layers_many": onnx(chain("Sigmoid", 513)),
    "unpacks": onnx(node("Relu", ["x"], ["y"]) + part(1, b"") * (1 << 21)),
    "fills": onnx(node("ConstantOfShape", ["s"], ["y"]), made=(
        1 << 13, 1 << 13), more=tensor("s", (2,), longs(1 << 13, 1 << 13), INT64)),
    "external": onnx(node("Cast", ["w"], ["y"], to=FLOAT),
                     more=external("w", (1 << 14, 1 << 14), DOUBLE)),
    "input_int32": onnx(node("Reshape", ["x", "s"], ["y"]), kind=INT32,
                        more=tensor("s", (2,), longs(1, 4), INT64)),
    "output_constant": onnx(node("Relu", ["x"], ["z"]), out="w", more=tensor(
        "w", (1, 4), bytes(16))),
    "identity_only": onnx(node("Identity", ["x"], ["y"])),
    "softmax_only": onnx(node("Softmax", ["x"], ["y"])),
    "rows": onnx(node("MatMul", ["x", "w"], ["y"]), dims=(1, 2, 3, 4), more=tensor(
        "w", (4, 4), bytes(64))),
    "reshape": onnx(node("Reshape", ["x", "s"], ["z"]) + node(
        "MaxPool", ["z"], ["y"], kernel_shape=[1, 1]), dims=(1, 16), made=(
        1, 1, 4, 4), more=tensor("s", (4,), longs(1, 1, 4, 4), INT64)),
}

# ------------------------------------------------ TensorFlow Lite: flatbuffers


class Table:
    def __init__(self, **fields):
        self.fields = {int(k[1:]): v for k, v in fields.items()}

    def emit(self, buf, place):
        count = max(self.fields, default=-1) + 1
        order = sorted(self.fields)
        buf += struct.pack("<HH", 4 + 2 * count, 4 + 4 * len(order))
        for i in range(count):
            buf += struct.pack("<H", 4 + 4 * order.index(i) if i in self.fields else 0)
        buf += bytes(-len(buf) % 4)
        at = len(buf)
        buf += struct.pack("<i", 4 + (2 * count + 3) // 4 * 4)
        place(buf, at, [self.fields[i] for i in order])
        return at


class Vector:
    def __init__(self, items):
        self.items = items

    def emit(self, buf, place):
        at = len(buf)
        if isinstance(self.items, bytes):
            buf += struct.pack("<I", len(self.items)) + self.items + bytes(1)
        else:
            buf += struct.pack("<I", len(self.items))
            place(buf, at, self.items)
        return at


def flatbuffer(root):
    """Objects in the order in which they are met; each once."""
    buf, where = bytearray(struct.pack("<I", 0) + b"TFL3"), {}
    holes, queue = [(0, root)], [root]

    def place(buf, at, items):
        for item in items:
            if isinstance(item, int):
                buf += struct.pack("<i", item)
                continue
            holes.append((len(buf), item))
            buf += bytes(4)
            if id(item) not in seen:
                seen.add(id(item))
                queue.append(item)

    seen = {id(root)}
    while queue:
        item = queue.pop(0)
        buf += bytes(-len(buf) % 4)
        where[id(item)] = item.emit(buf, place)
    for at, item in holes:
        struct.pack_into("<I", buf, at, where[id(item)] - at)
    return bytes(buf)


FULLY_CONNECTED, RELU, SQUEEZE = 9, 19, 43


def lite_tensor(dims, buffer=0, name=b"t"):
    return Table(_0=Vector(list(dims)), _1=0, _2=buffer, _3=Vector(name))


def lite(code, tensors, operators, inputs=(0,), outputs=(1,)):
    buffers = [Table(), Table(_0=Vector(bytes(64)))]
    return flatbuffer(Table(
        _0=3, _1=Vector([Table(_0=code, _3=code)]), _2=Vector([Table(
            _0=Vector(tensors), _1=Vector(list(inputs)),
            _2=Vector(list(outputs)), _3=Vector(operators))]),
        _3=Vector(b"by hand"), _4=Vector(buffers)))


def operator(ins=(0,), outs=(1,), kind=0, options=None):
    more = {"_3": kind, "_4": options} if options else {}
    return Table(_0=0, _1=Vector(list(ins)), _2=Vector(list(outs)), **more)


PLAIN = lite_tensor((1, 4))
ONE = operator()
LITE = {
    "tensors_many": lite(RELU, [PLAIN] * 65537, [ONE]),
    "names_long": lite(RELU, [lite_tensor((1, 4), 0, b"t" * 1000)] * 65536, [ONE]),
    "operators_many": lite(RELU, [PLAIN, PLAIN], [ONE] * 16385),
    "input_data": lite(RELU, [lite_tensor((4, 4), 1), lite_tensor((4, 4))], [ONE]),
    "shuffled": lite(FULLY_CONNECTED, [PLAIN, PLAIN, lite_tensor((4, 4), 1)], [
        operator((0, 2), (1,), 8, Table(_1=1))]),
    "squeeze_long": lite(SQUEEZE, [PLAIN, PLAIN], [
        operator((0,), (1,), 30, Table(_0=Vector([0] * 9)))]),
}


def main(folder):
    for kind, models in (("onnx", ONNX), ("tflite", LITE)):
        for name, content in models.items():
            with open("%s/%s.%s" % (folder, name, kind), "wb") as f:
                f.write(content)


main(sys.argv[1])
