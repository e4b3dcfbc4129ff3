#!/usr/bin/env python3
"""Small networks for what the rewriting does with the order of dimensions.

    python3 make.py        writes a folder for each beside this file

Each has model.onnx, in.npy (three samples) and out.npy, what onnxruntime made
of them. Made with onnx 1.23.2, onnxruntime 1.32 and numpy 2.2; random numbers
are seeded, so that the files come out the same. Testing does not need this.
"""
import os

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
SHAPE = (1, 6, 7, 8)
RANDOM = np.random.default_rng(3)
node = helper.make_node


def real(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


def write(name, out_shape, nodes, optimize=True, **constants):
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, SHAPE)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, out_shape)],
        [numpy_helper.from_array(np.array(v), k) for k, v in constants.items()])
    model = helper.make_model(graph, ir_version=7,
                              opset_imports=[helper.make_opsetid("", 13)])
    onnx.checker.check_model(model)
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "model.onnx")
    onnx.save(model, path)
    x = np.random.default_rng(1).standard_normal((3,) + SHAPE)
    x = x.astype(np.float32)
    options = onnxruntime.SessionOptions()
    if not optimize:    # QDQ fused by onnxruntime is one code off at times
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    np.save(os.path.join(folder, "in.npy"), x)
    np.save(os.path.join(folder, "out.npy"),
            np.stack([session.run(None, {"x": v})[0] for v in x]))


write("slice", (1, 3, 7, 4),
      [node("Slice", ["x", "s", "e", "a", "t"], ["y"])],
      s=ints(1, -5), e=ints(100, -1), a=ints(1, 3), t=ints(2, 1))
write("split_concat", (1, 4, 7, 8),
      [node("Split", ["x", "p"], ["a", "b", "c"], axis=1),
       node("Concat", ["c", "a"], ["y"], axis=1)], p=ints(1, 2, 3))
write("transpose_there_and_back", (1, 4),
      [node("Transpose", ["x"], ["t"], perm=[0, 2, 3, 1]),
       node("Relu", ["t"], ["r"]),
       node("Transpose", ["r"], ["u"], perm=[0, 3, 1, 2]),
       node("Conv", ["u", "w"], ["v"], pads=[1, 1, 1, 1]),
       node("GlobalAveragePool", ["v"], ["q"]),
       node("Flatten", ["q"], ["f"]),
       node("Gemm", ["f", "g"], ["y"], transB=1)],
      w=real(5, 6, 3, 3), g=real(4, 5))
write("transpose_before_matrix", (1, 7),
      [node("Conv", ["x", "w"], ["v"]),
       node("Transpose", ["v"], ["t"], perm=[0, 3, 1, 2]),
       node("Flatten", ["t"], ["f"]),
       node("MatMul", ["f", "g"], ["m"]),
       node("Add", ["m", "b"], ["y"])],
      w=real(5, 6, 3, 3), g=real(150, 7), b=real(7))
write("mean_drops_axis", (1, 6, 8),
      [node("ReduceMean", ["x"], ["m"], axes=[2], keepdims=0),
       node("Softmax", ["m"], ["y"], axis=1)])
write("clip_any", (1, 5, 5, 6),
      [node("Conv", ["x", "w"], ["v"]), node("Clip", ["v", "lo", "hi"], ["y"])],
      w=real(5, 6, 3, 3), lo=np.float32(-2.5), hi=np.float32(3))
write("squeeze_gate", (1, 5, 5, 6),
      [node("Conv", ["x", "w"], ["v"]),
       node("GlobalAveragePool", ["v"], ["g"]),
       node("Squeeze", ["g", "ax"], ["s"]),
       node("Unsqueeze", ["s", "ax"], ["u"]),
       node("Mul", ["v", "u"], ["y"])], w=real(5, 6, 3, 3), ax=ints(2, 3))
write("add_fewer_dimensions", (1, 5, 5, 6),
      [node("Conv", ["x", "w"], ["v"]), node("Add", ["v", "b"], ["a"]),
       node("Mul", ["a", "c"], ["y"])],
      w=real(5, 6, 3, 3), b=real(6), c=real(5, 1, 1))

# Codes of fixed scales, then of scales that are found while running.
write("dynamic_behind_codes", (1, 3, 5, 6),
      [node("QuantizeLinear", ["x", "s", "z"], ["q"]),
       node("DequantizeLinear", ["q", "s", "z"], ["d"]),
       node("DequantizeLinear", ["w", "ws", "wz"], ["wd"]),
       node("Conv", ["d", "wd"], ["c"]),
       node("QuantizeLinear", ["c", "cs", "z"], ["cq"]),
       node("DequantizeLinear", ["cq", "cs", "z"], ["e"]),
       node("DynamicQuantizeLinear", ["e"], ["k", "ks", "kz"]),
       node("ConvInteger", ["k", "v", "kz", "vz"], ["i"]),
       node("Cast", ["i"], ["f"], to=TensorProto.FLOAT),
       node("Mul", ["ks", "vs"], ["m"]),
       node("Mul", ["f", "m"], ["n"]),
       node("Relu", ["n"], ["y"])],
      optimize=False, s=np.float32(0.03), z=np.int8(0), ws=np.float32(0.01), wz=np.int8(0),
      w=RANDOM.integers(-99, 99, (5, 6, 3, 3)).astype(np.int8), cs=np.float32(0.0973),
      v=RANDOM.integers(0, 255, (3, 5, 1, 1)).astype(np.uint8), vz=np.uint8(120),
      vs=np.float32(0.02))
