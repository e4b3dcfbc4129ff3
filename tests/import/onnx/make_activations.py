#!/usr/bin/env python3
"""Relu and Clip behind every operator that the rewriting knows.

    python3 make_activations.py    writes a folder for each beside this file

after_OPERATOR_ACTIVATION on reals, after_qdq_OPERATOR_ACTIVATION with
DequantizeLinear in front and QuantizeLinear behind. Otherwise as make.py; the
graph optimization of onnxruntime is off.
"""
import os

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
SHAPE = (1, 4, 4, 4)
RANDOM = np.random.default_rng(11)
node = helper.make_node

onnxruntime.set_default_logger_severity(3)


def real(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


def write(name, nodes, constants, kind=TensorProto.FLOAT, scale=1.0):
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("x", kind, SHAPE)],
        [helper.make_tensor_value_info("y", kind, None)],
        [numpy_helper.from_array(np.array(v), k) for k, v in constants.items()])
    model = helper.make_model(graph, ir_version=8,
                              opset_imports=[helper.make_opsetid("", 17)])
    model = onnx.shape_inference.infer_shapes(model)
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "model.onnx")
    onnx.save(model, path)
    x = np.random.default_rng(5).standard_normal((2,) + SHAPE) * scale
    if kind == TensorProto.INT8:
        x = np.clip(np.rint(x), -128, 127).astype(np.int8)
    x = x.astype(np.int8 if kind == TensorProto.INT8 else np.float32)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    np.save(os.path.join(folder, "in.npy"), x)
    np.save(os.path.join(folder, "out.npy"), np.stack([session.run(None, {"x": v})[0] for v in x]))


# name: operator, further inputs, attributes, outputs beside the first
OPERATORS = {
    "conv": ("Conv", {"w": real(3, 4, 3, 3), "b": real(3)}, {"pads": [1] * 4}, []),
    "conv_grouped": ("Conv", {"w": real(4, 2, 3, 3)}, {"group": 2}, []),
    "conv_depthwise": ("Conv", {"w": real(4, 1, 3, 3)}, {"group": 4}, []),
    "matmul": ("MatMul", {"w": real(4, 5)}, {}, []),
    "batch_normalization": ("BatchNormalization", {
        "g": real(4), "b": real(4), "m": real(4), "v": np.abs(real(4)) + 0.1}, {}, []),
    "add": ("Add", {"p": real(4, 1, 1)}, {}, []),
    "sub": ("Sub", {"p": real(4, 1, 1)}, {}, []),
    "mul": ("Mul", {"p": real(4, 1, 1)}, {}, []),
    "div": ("Div", {"p": real(4, 1, 1)}, {}, []),
    "relu": ("Relu", {}, {}, []),
    "clip": ("Clip", {"l": np.float32(-0.7), "h": np.float32(0.8)}, {}, []),
    "leaky_relu": ("LeakyRelu", {}, {"alpha": 0.3}, []),
    "sigmoid": ("Sigmoid", {}, {}, []),
    "tanh": ("Tanh", {}, {}, []),
    "softmax": ("Softmax", {}, {"axis": 1}, []),
    "max_pool": ("MaxPool", {}, {"kernel_shape": [2, 2]}, []),
    "average_pool": ("AveragePool", {}, {"kernel_shape": [2, 2]}, []),
    "average_pool_padded": ("AveragePool", {}, {
        "kernel_shape": [3, 3], "pads": [1] * 4, "count_include_pad": 1}, []),
    "global_average_pool": ("GlobalAveragePool", {}, {}, []),
    "reduce_mean_hw": ("ReduceMean", {}, {"axes": [2, 3], "keepdims": 1}, []),
    "reduce_mean_c": ("ReduceMean", {}, {"axes": [1], "keepdims": 0}, []),
    "concat": ("Concat", {"p": real(*SHAPE)}, {"axis": 1}, []),
    "pad": ("Pad", {"p": ints(0, 0, 1, 1, 0, 0, 1, 0), "v": np.float32(-2)}, {}, []),
    "slice": ("Slice", {"s": ints(1), "e": ints(3), "ax": ints(2)}, {}, []),
    "split": ("Split", {}, {"axis": 1}, ["rest"]),
    "reshape": ("Reshape", {"s": ints(1, 8, 8)}, {}, []),
    "flatten": ("Flatten", {}, {}, []),
    "unsqueeze": ("Unsqueeze", {"ax": ints(0)}, {}, []),
    "transpose": ("Transpose", {}, {"perm": [0, 2, 3, 1]}, []),
    "identity": ("Identity", {}, {}, []),
}
# Gemm and Squeeze want another operator in front.
FRONT = {
    "gemm": [node("Flatten", ["x"], ["f"]), node("Gemm", ["f", "w", "b"], ["a"])],
    "squeeze": [node("GlobalAveragePool", ["x"], ["f"]), node("Squeeze", ["f", "ax"], ["a"])],
    "concat_two": [node("Sigmoid", ["x"], ["f"]), node("Concat", ["x", "f"], ["a"], axis=1)],
    "add_two": [node("Sigmoid", ["x"], ["f"]), node("Add", ["x", "f"], ["a"])],
}
FRONT_CONSTANTS = {"gemm": {"w": real(64, 5), "b": real(5)}, "squeeze": {"ax": ints(2, 3)},
                   "concat_two": {}, "add_two": {}}
ACTIVATIONS = {
    "relu": ("Relu", {}),
    "clip": ("Clip", {"lo": np.float32(-1), "hi": np.float32(1)}),
    "clip_any": ("Clip", {"lo": np.float32(-0.25), "hi": np.float32(0.5)}),
}

for act, (act_op, act_constants) in ACTIVATIONS.items():
    last = node(act_op, ["a"] + list(act_constants), ["y"])
    for name, (op, constants, attributes, more) in OPERATORS.items():
        write("after_%s_%s" % (name, act),
              [node(op, ["x"] + list(constants), ["a"] + more, **attributes), last],
              {**constants, **act_constants})
    for name, nodes in FRONT.items():
        write("after_%s_%s" % (name, act), nodes + [last],
              {**FRONT_CONSTANTS[name], **act_constants})

# On codes. The scale behind is another one, so that every operator rescales.
QDQ = {
    "max_pool": [node("MaxPool", ["r"], ["a"], kernel_shape=[2, 2])],
    "average_pool": [node("AveragePool", ["r"], ["a"], kernel_shape=[2, 2])],
    "global_average_pool": [node("GlobalAveragePool", ["r"], ["a"])],
    "reduce_mean_hw": [node("ReduceMean", ["r"], ["a"], axes=[2, 3], keepdims=1)],
    "reduce_mean_c": [node("ReduceMean", ["r"], ["a"], axes=[1], keepdims=1)],
    "concat": [node("Concat", ["r", "r"], ["a"], axis=1)],
    "add": [node("Add", ["r", "r"], ["a"])],
    "mul": [node("Mul", ["r", "r"], ["a"])],
    "conv": [node("DequantizeLinear", ["w", "ws", "wz"], ["wr"]),
             node("Conv", ["r", "wr"], ["a"])],
    "sigmoid": [node("Sigmoid", ["r"], ["a"])],
    "transpose": [node("Transpose", ["r"], ["a"], perm=[0, 2, 3, 1])],
}
WEIGHT = RANDOM.integers(-100, 100, (3, 4, 3, 3)).astype(np.int8)
for act, (act_op, act_constants) in ACTIVATIONS.items():
    for name, nodes in QDQ.items():
        constants = {"s": np.float32(0.03), "z": np.int8(7), "s2": np.float32(0.021),
                     "z2": np.int8(-10), **act_constants}
        if name == "conv":
            constants.update(w=WEIGHT, ws=np.float32(0.004), wz=np.int8(0))
        write("after_qdq_%s_%s" % (name, act),
              [node("DequantizeLinear", ["x", "s", "z"], ["r"])] + nodes
              + [node(act_op, ["a"] + list(act_constants), ["c"]),
                 node("QuantizeLinear", ["c", "s2", "z2"], ["y"])],
              constants, TensorProto.INT8, 50.0)
