#!/usr/bin/env python3
"""One small wrong model for each message of the ONNX reader and rewriting.

    python3 make.py        writes NAME.onnx beside this file, and link/

Made with onnx 1.23.2. Testing does not need this.
"""
import os

import numpy as np
from onnx import TensorProto as T
from onnx import helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
X = ("x", T.FLOAT, (1, 4, 6, 6))
M = ("x", T.FLOAT, (3, 4))


def i64(*values):
    return np.array(values, np.int64)


def f32(*shape):
    return np.ones(shape, np.float32)


def write(name, ops, inputs=(X,), outputs=(("y", T.FLOAT, None),), opset=13,
          **constants):
    nodes = [helper.make_node(op, list(ins), list(outs), domain=attr.pop(
        "domain", ""), **attr) for op, ins, outs, attr in ops]
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info(*i) for i in inputs],
        [helper.make_tensor_value_info(*o) for o in outputs],
        [numpy_helper.from_array(np.asarray(v), k)
         for k, v in constants.items()])
    model = helper.make_model(graph, ir_version=7,
                              opset_imports=[helper.make_opsetid("", opset)])
    with open(os.path.join(HERE, name + ".onnx"), "wb") as out:
        out.write(model.SerializeToString())


def one(name, op, ins, outs="y", inputs=(X,), outputs=None, opset=13,
        constants=None, **attributes):
    outs = outs.split()
    outputs = outputs or ((outs[0], T.FLOAT, None),)
    write(name, [(op, ins.split(","), outs, attributes)], inputs, outputs,
          opset, **(constants or {}))


SHAPE = ("s", T.INT64, (2,))
# ---- shapes and attributes
one("empty_tensor", "Relu", "e", constants={"e": f32(0)}, inputs=())
one("attribute_unknown", "Relu", "x", slope=2.0)
one("list_type", "Reshape", "x,s", constants={"s": f32(2)})
one("list_long", "Reshape", "x,s", constants={"s": i64(*[1] * 9)})
one("shape_at_run_time", "Reshape", "x,s", inputs=(X, SHAPE))
one("pool_3d", "MaxPool", "x", inputs=(("x", T.FLOAT, (1, 2, 3, 3, 3)),),
    kernel_shape=[2, 2, 2])
one("strides_one", "MaxPool", "x", kernel_shape=[2, 2], strides=[1])
one("kernel_long", "Conv", "x,w", inputs=(("x", T.FLOAT, (1, 1, 40000)),),
    constants={"w": f32(1, 1, 40000)})
one("conv_int", "Conv", "x,w", constants={"w": np.ones((2, 4, 1, 1), np.int8)})
one("conv_integer_zero", "ConvInteger", "x,w,z",
    inputs=(("x", T.UINT8, (1, 4, 6, 6)),), outputs=(("y", T.INT32, None),),
    constants={"w": np.ones((2, 4, 1, 1), np.int8), "z": np.int8(0)})
one("conv_integer_type", "ConvInteger", "x,w", constants={
    "w": np.ones((2, 4, 1, 1), np.int8)}, outputs=(("y", T.INT32, None),))
one("pool_indices", "MaxPool", "x", "y i", kernel_shape=[2, 2])
one("pool_int", "AveragePool", "x", inputs=(("x", T.INT8, (1, 4, 6, 6)),),
    kernel_shape=[2, 2])
one("global_rank", "GlobalAveragePool", "x", inputs=(M,))
one("matmul_batch", "MatMul", "x,w", inputs=(("x", T.FLOAT, (2, 3, 4)),),
    constants={"w": f32(3, 4, 5)})
one("matmul_types", "MatMul", "x,w", inputs=(M,),
    constants={"w": np.ones((4, 5), np.float64)})
one("matmul_integer_zero", "MatMulInteger", "x,w,z",
    inputs=(("x", T.UINT8, (3, 4)),), outputs=(("y", T.INT32, None),),
    constants={"w": np.ones((4, 5), np.int8), "z": np.int8(0)})
one("matmul_integer_type", "MatMulInteger", "x,w", inputs=(M,),
    outputs=(("y", T.INT32, None),), constants={"w": np.ones((4, 5), np.int8)})
QM = {"s": np.float32(1), "z": np.uint8(0), "w": np.ones((4, 5), np.uint8)}
one("qlinear_matmul_type", "QLinearMatMul", "x,s,z,w,s,z,s,z", inputs=(M,),
    outputs=(("y", T.UINT8, None),), constants=QM)
one("qlinear_matmul_scale", "QLinearMatMul", "x,s,z,w,v,z,s,z",
    inputs=(("x", T.UINT8, (3, 4)),), outputs=(("y", T.UINT8, None),),
    constants=dict(QM, v=f32(3)))
one("gemm_types", "Gemm", "x,w", inputs=(M,),
    constants={"w": np.ones((4, 5), np.float64)})
one("gemm_bias", "Gemm", "x,w,c", inputs=(M,),
    constants={"w": f32(4, 5), "c": f32(2, 5)})
one("quantize_scale_type", "QuantizeLinear", "x,s",
    constants={"s": np.float64(1)}, outputs=(("y", T.UINT8, None),))
one("quantize_zero_shape", "QuantizeLinear", "x,s,z",
    constants={"s": f32(4), "z": np.zeros(3, np.uint8)},
    outputs=(("y", T.UINT8, None),))
one("quantize_blocks", "QuantizeLinear", "x,s", opset=21, block_size=3,
    constants={"s": f32(1, 4, 6, 6)}, outputs=(("y", T.UINT8, None),))
one("quantize_input", "QuantizeLinear", "x,s", constants={"s": np.float32(1)},
    inputs=(("x", T.INT64, (3,)),), outputs=(("y", T.UINT8, None),))
one("quantize_two_types", "QuantizeLinear", "x,s,z", opset=21,
    constants={"s": np.float32(1), "z": np.uint8(0)}, output_dtype=T.INT8,
    outputs=(("y", T.UINT8, None),))
one("quantize_wide", "QuantizeLinear", "x,s,z",
    constants={"s": np.float32(1), "z": np.int32(0)},
    outputs=(("y", T.INT32, None),))
one("dequantize_float", "DequantizeLinear", "x,s",
    constants={"s": np.float32(1)})
one("dynamic_int", "DynamicQuantizeLinear", "x", "y a b",
    inputs=(("x", T.INT8, (3,)),), outputs=(("y", T.UINT8, None),))
one("dynamic_one_output", "DynamicQuantizeLinear", "x",
    outputs=(("y", T.UINT8, None),))
QUANT = {"s": np.float32(1), "z": np.float32(0), "b": np.float32(2)}
one("quant_types", "Quant", "x,s,z,b", domain="qonnx.custom_op.general",
    constants=dict(QUANT, b=np.int32(2)))
one("quant_shape", "Quant", "x,s,z,b", domain="qonnx.custom_op.general",
    constants=dict(QUANT, s=f32(5)))
one("quant_rounding", "Quant", "x,s,z,b", domain="qonnx.custom_op.general",
    constants=QUANT, rounding_mode="DITHER")
one("dropout_training", "Dropout", "x,r,t",
    constants={"r": np.float32(0.5), "t": np.bool_(True)})
one("relu_int", "Relu", "x", inputs=(("x", T.INT8, (3,)),))
one("add_bool", "Add", "x,x", inputs=(("x", T.BOOL, (3,)),))
one("add_types", "Add", "x,w", constants={"w": i64(1)})
one("batch_norm_rank", "BatchNormalization", "x,w,w,w,w",
    inputs=(("x", T.FLOAT, (3,)),), constants={"w": f32(3)})
one("batch_norm_outputs", "BatchNormalization", "x,w,w,w,w", "y m",
    constants={"w": f32(4)})
one("softmax_int", "Softmax", "x", inputs=(("x", T.INT8, (3,)),))
one("reduce_axes", "ReduceMean", "x,s", opset=18,
    inputs=(X, ("s", T.INT64, (1,))))
one("reduce_int", "ReduceMean", "x", inputs=(("x", T.INT8, (3,)),))
one("cast_string", "Cast", "x", to=T.STRING)
one("shape_nothing", "Shape", "x", opset=15, start=2, end=2,
    outputs=(("y", T.INT64, None),))
one("constant_nothing", "Constant", "", value_string="a", inputs=())
one("fill_two", "ConstantOfShape", "s", inputs=(), constants={"s": i64(2)},
    value=numpy_helper.from_array(f32(2)))
one("fill_no_tensor", "ConstantOfShape", "s", inputs=(),
    constants={"s": i64(2)}, value=3)
one("reshape_declared", "Reshape", "x,s", inputs=(X, SHAPE),
    outputs=(("y", T.FLOAT, (7, 7)),))
one("reshape_small", "Reshape", "x,s", constants={"s": i64(2, 2)})
one("unsqueeze_no_axes", "Unsqueeze", "x")
one("unsqueeze_twice", "Unsqueeze", "x,a", constants={"a": i64(0, 0)})
one("squeeze_long", "Squeeze", "x,a", constants={"a": i64(1)})
one("perm_short", "Transpose", "x", perm=[0, 1])
one("split_count", "Split", "x,p", "y z", constants={"p": i64(6)}, axis=2)
one("split_sum", "Split", "x,p", "y z", constants={"p": i64(1, 2)}, axis=2)
one("split_large", "Split", "x,p", "y z", constants={"p": i64(1, 9)}, axis=2)
one("slice_nothing", "Slice", "x,s,,a", constants={"s": i64(0), "a": i64(0)})
one("slice_counts", "Slice", "x,s,e", constants={"s": i64(0), "e": i64(1, 1)})
one("slice_step", "Slice", "x,s,e,a,t", constants={
    "s": i64(0), "e": i64(1), "a": i64(1), "t": i64(0)})
one("gather_float", "Gather", "x,i", constants={"i": f32(1)})
one("pad_nothing", "Pad", "x")
one("pad_old_nothing", "Pad", "x", opset=9)
one("pad_value_type", "Pad", "x,p,v", constants={
    "p": i64(*[0] * 8), "v": np.int8(0)})
one("pad_reflect_far", "Pad", "x,p", mode="reflect",
    constants={"p": i64(0, 0, 9, 0, 0, 0, 0, 0)})
MS = "com.microsoft"
U8 = {"s": np.float32(1), "z": np.uint8(0)}
XU = ("x", T.UINT8, (1, 4, 6, 6))
YU = (("y", T.UINT8, None),)
one("composed_few", "QLinearAdd", "x,s,z,x", domain=MS, inputs=(XU,),
    outputs=YU, constants=U8)
one("composed_absent", "QLinearAdd", "x,,z,x,s,z,s,z", domain=MS,
    inputs=(XU,), outputs=YU, constants=U8)
one("composed_no_scale", "QLinearSigmoid", "x,s,z,,z", domain=MS,
    inputs=(XU,), outputs=YU, constants=U8)
one("composed_bias_scale", "QGemm", "x,t,z,w,s,z,b,s,z", domain=MS,
    inputs=(("x", T.UINT8, (3, 4)), ("t", T.FLOAT, ())), outputs=YU,
    constants=dict(U8, w=np.ones((4, 5), np.uint8), b=np.zeros(5, np.int32)))
# ---- values that an operator cannot take, found while running
YI = (("y", T.INT64, None),)
one("run_divide", "Div", "x,x", inputs=(("x", T.INT64, (3,)),), outputs=YI)
one("run_pow_int", "Pow", "x,x", inputs=(("x", T.INT64, (3,)),), outputs=YI)
one("run_gather", "Gather", "x,i", constants={"i": i64(9)})
one("run_slice", "Slice", "x,s,s", inputs=(M, SHAPE),
    outputs=(("y", T.FLOAT, (3, 4)),))
one("run_slice_axis", "Slice", "x,s,s,a,s", inputs=(M, SHAPE),
    outputs=(("y", T.FLOAT, (3, 4)),), constants={"a": i64(0, 7)})
one("run_expand", "Expand", "x,s", inputs=(M, SHAPE),
    outputs=(("y", T.FLOAT, (5, 5)),))
one("run_split", "Split", "x,s", "y z", inputs=(M, SHAPE),
    outputs=(("y", T.FLOAT, (1, 4)), ("z", T.FLOAT, (2, 4))))
one("run_pad", "Pad", "x,p", inputs=(M, ("p", T.INT64, (4,))),
    outputs=(("y", T.FLOAT, (5, 5)),))
one("run_large", "Expand", "x,s", inputs=(M, SHAPE),
    outputs=(("y", T.FLOAT, (1 << 14, 1 << 14)),))
# ---- operators that are read and have no form on the machine or its host
one("lost_weights", "Conv", "x,w", inputs=(X, ("w", T.FLOAT, (2, 4, 1, 1))))
one("lost_batch_norm", "BatchNormalization", "x,w,w,w,w",
    inputs=(("x", T.FLOAT, (1, 4, 6)),), constants={"w": f32(4)})
one("lost_matrix", "MatMul", "x,w", inputs=(M, ("w", T.FLOAT, (4, 5))))
one("lost_gemm_bias", "Gemm", "x,w,c", inputs=(M, ("c", T.FLOAT, (5,))),
    constants={"w": f32(4, 5)})
QC = dict(U8, w=np.ones((2, 4, 1, 1), np.uint8))
one("lost_qlinear_conv", "QLinearConv", "x,s,z,w,s,z,t,z",
    inputs=(XU, ("t", T.FLOAT, ())), outputs=YU, constants=QC)
one("lost_qlinear_matrix", "QLinearMatMul", "x,s,z,w,s,z,t,z",
    inputs=(("x", T.UINT8, (3, 4)), ("t", T.FLOAT, ())), outputs=YU,
    constants=QM)
one("lost_quantize", "QuantizeLinear", "x,s", constants={"s": f32(4)},
    outputs=YU)
one("lost_dequantize", "DequantizeLinear", "x,s", constants={"s": f32(4)},
    inputs=(XU,))
write("lost_other_scale", [("QuantizeLinear", ["x", "s"], ["q"], {}),
                           ("DequantizeLinear", ["q", "t"], ["y"], {})],
      s=np.float32(1), t=np.float32(2))
one("lost_concat_int", "Concat", "x,x", inputs=(("x", T.INT64, (3,)),),
    outputs=YI, axis=0)
one("lost_pad", "Pad", "x,p", mode="edge", constants={
    "p": i64(0, 0, 1, 0, 0, 0, 0, 0)})
one("lost_pad_negative", "Pad", "x,p", constants={
    "p": i64(0, 0, -1, 0, 0, 0, 0, 0)})
one("lost_clip", "Clip", "x,l", inputs=(X, ("l", T.FLOAT, ())))
one("lost_pool_1d", "MaxPool", "x", inputs=(("x", T.FLOAT, (1, 4, 6)),),
    kernel_shape=[2])
one("lost_pool_dilated", "MaxPool", "x", kernel_shape=[2, 2],
    dilations=[2, 2])
one("lost_pool_ceil", "AveragePool", "x", kernel_shape=[4, 4], ceil_mode=1,
    strides=[3, 3], count_include_pad=1)
one("lost_slice", "Slice", "x,s,e,a,t", constants={
    "s": i64(3), "e": i64(0), "a": i64(2), "t": i64(-1)})
one("lost_split", "Split", "x,s", "y z", inputs=(M, SHAPE),
    outputs=(("y", T.FLOAT, (1, 4)), ("z", T.FLOAT, (2, 4))))
one("lost_cast", "Cast", "x", to=T.INT32, outputs=(("y", T.INT32, None),))
one("lost_dynamic", "DynamicQuantizeLinear", "x", "y a b",
    outputs=(("y", T.UINT8, None),))
one("lost_quant", "Quant", "x,s,z,b", domain="qonnx.custom_op.general",
    constants=QUANT)
