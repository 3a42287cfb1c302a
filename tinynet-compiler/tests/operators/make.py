"""Writes cases.npz: small int8 models of one operator each, inputs, and what TensorFlow Lite's reference kernels answer.

    pip install tensorflow-cpu==2.19.1 numpy
    python make.py

For each case NAME: NAME.model, the .tflite file; NAME.input [samples, ...]; NAME.output [samples, ...], made by the
resolver BUILTIN_REF. The same seed gives the same archive; `python make.py SEED FILE FACTOR` writes others, FACTOR times as many.
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

assert tf.__version__.startswith("2.19."), tf.__version__

BUILTIN = schema.BuiltinOperator
INT8, UINT8, INT16, INT32, INT64, FLOAT32 = (
    getattr(schema.TensorType, name) for name in ["INT8", "UINT8", "INT16", "INT32", "INT64", "FLOAT32"]
)
DTYPES = dict(zip([INT8, UINT8, INT16, INT32, INT64, FLOAT32], [np.int8, np.uint8, np.int16, np.int32, np.int64, np.float32]))


class Tensor:
    """A tensor of a model; `data` for a constant."""

    def __init__(self, shape, scale=None, zero_point=0, data=None, type=INT8, axis=0):
        self.shape, self.scale, self.zero_point, self.type = list(shape), scale, zero_point, type
        # Along which there are several scales.
        self.axis = axis
        self.is_variable = False
        self.data = None if data is None else np.asarray(data, DTYPES[type]).reshape(self.shape)


def numbers(values, type=INT32):
    """A constant of integers: axes, shapes."""
    values = np.asarray(values)
    return Tensor(values.shape, data=values, type=type)


def options(name, **fields):
    table = getattr(schema, name + "T")()
    for field, value in fields.items():
        assert hasattr(table, field), field
        setattr(table, field, value)
    return getattr(schema.BuiltinOptions, name), table


class Step:
    """An operator of a model."""

    def __init__(self, operator, kind, inputs, outputs):
        self.operator, self.kind, self.inputs, self.outputs = operator, kind, inputs, outputs


def tables(steps, answer):
    """A model whose input is the first tensor without data, and the code of its last operator."""
    tensors = [tensor for step in steps for tensor in step.inputs + step.outputs if tensor is not None]
    unique = list(dict.fromkeys(map(id, tensors)))
    by_id = {id(tensor): tensor for tensor in tensors}
    place = {key: index for index, key in enumerate(unique)}
    buffers = [schema.BufferT()]
    subgraph = schema.SubGraphT()
    subgraph.tensors = []
    for key in unique:
        tensor, written = by_id[key], schema.TensorT()
        written.shape, written.type, written.buffer = tensor.shape, tensor.type, 0
        written.isVariable = tensor.is_variable
        if tensor.data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(tensor.data.tobytes(), np.uint8)
            written.buffer = len(buffers)
            buffers.append(buffer)
        if tensor.scale is not None:
            written.quantization = schema.QuantizationParametersT()
            scale, zero_point = np.atleast_1d(tensor.scale), np.atleast_1d(tensor.zero_point)
            written.quantization.scale = scale.astype(np.float32)
            written.quantization.quantizedDimension = tensor.axis
            written.quantization.zeroPoint = np.broadcast_to(zero_point, scale.shape).astype(np.int64)
        written.name = f"t{place[key]}"
        subgraph.tensors.append(written)
    subgraph.operators, codes = [], []
    for step in steps:
        written = schema.OperatorT()
        written.opcodeIndex = len(codes)
        written.inputs = [-1 if tensor is None else place[id(tensor)] for tensor in step.inputs]
        written.outputs = [place[id(tensor)] for tensor in step.outputs]
        if step.kind is not None:
            written.builtinOptionsType, written.builtinOptions = step.kind
        subgraph.operators.append(written)
        code = schema.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode = step.operator, min(step.operator, 127)
        code.version = 2 if step.operator in (BUILTIN.SPLIT_V, BUILTIN.QUANTIZE) else 1
        codes.append(code)
    subgraph.inputs = [place[id(next(tensor for tensor in tensors if tensor.data is None))]]
    subgraph.outputs = [place[id(answer)]]
    whole = schema.ModelT()
    whole.version, whole.subgraphs, whole.buffers, whole.operatorCodes = 3, [subgraph], buffers, codes
    return whole, codes[-1]


def file(whole):
    """A model as it is written."""
    return bytes(flatbuffer_utils.convert_object_to_bytearray(whole))


def model(steps, answer):
    """The file of a model and its interpreter."""
    whole, code = tables(steps, answer)
    failure = None
    for version in [1, 2, 3, 4, 5, 6, 7]:
        # Of the operator that is tested.
        code.version = version
        written = file(whole)
        # The reference resolver has none of these, of which there is one kernel each.
        types = tf.lite.experimental.OpResolverType
        is_alone = any(step.operator in (BUILTIN.CEIL, BUILTIN.ELU, BUILTIN.ROUND) for step in steps)
        try:
            interpreter = tf.lite.Interpreter(
                model_content=written,
                experimental_op_resolver_type=(
                    types.BUILTIN_WITHOUT_DEFAULT_DELEGATES if is_alone else types.BUILTIN_REF
                ),
            )
            interpreter.allocate_tensors()
            return written, interpreter
        except (RuntimeError, ValueError) as error:
            # A version that is not known says nothing of the model.
            failure = error if "Didn't find op" not in str(error) else failure
    raise failure or LookupError(steps[-1].operator)


def twin(tensor):
    """A tensor with its int8s as uint8s: all integers 128 more."""
    if tensor.type != INT8:
        return tensor
    assert tensor.data is None
    return Tensor(tensor.shape, tensor.scale, tensor.zero_point + 128, type=UINT8)


class Cases:
    def __init__(self, seed, factor=1):
        self.factor = factor
        self.random = np.random.default_rng(seed)
        self.arrays, self.refused = {}, []

    def quantization(self):
        """A scale and a zero point, extremes among them."""
        scale = np.float32(2.0 ** self.random.uniform(-9, 2))
        zero_point = int(self.random.choice([-128, 127, 0, self.random.integers(-128, 128)]))
        return scale, zero_point

    def variants(self, count):
        """How many random cases of a kind."""
        return count * self.factor

    def near(self, scale):
        return np.float32(scale * 2.0 ** self.random.uniform(-1.5, 1.5))

    def bytes(self, shape):
        return self.random.integers(-128, 128, shape).astype(np.int8)

    def samples(self, shape, count=3):
        elements = int(np.prod(shape))
        if elements >= 256:
            values = np.resize(np.arange(-128, 128), elements)
            first = self.random.permutation(values).reshape(shape)
        else:
            first = self.bytes(shape)
        rest = [self.bytes(shape) for _ in range(count - 1)]
        return np.stack([first.astype(np.int8)] + rest)

    def add(self, name, operator, kind, inputs, outputs, answer=0, samples=None, unsigned=False, before=()):
        """A case of one operator, behind those before it.

        With `unsigned` the answers come from the same model with uint8 tensors, all integers 128 more.
        """
        try:
            written, interpreter = model([*before, Step(operator, kind, inputs, outputs)], outputs[answer])
            if unsigned:
                [twin_inputs, twin_outputs] = [[twin(t) for t in tensors] for tensors in (inputs, outputs)]
                _, interpreter = model([Step(operator, kind, twin_inputs, twin_outputs)], twin_outputs[answer])
            [fed], [read] = interpreter.get_input_details(), interpreter.get_output_details()
            if samples is None:
                samples = self.samples(tuple(fed["shape"]))
            answers = []
            for sample in samples:
                interpreter.set_tensor(fed["index"], (sample.view(np.uint8) ^ 128) if unsigned else sample)
                interpreter.invoke()
                answer_ = interpreter.get_tensor(read["index"]).copy()
                answers.append((answer_ ^ 128).view(np.int8) if unsigned else answer_)
        except (RuntimeError, ValueError, LookupError) as error:
            self.refused.append((name, str(error)))
            return
        assert list(answers[0].shape) == outputs[answer].shape, (name, answers[0].shape, outputs[answer].shape)
        assert name not in self.arrays
        self.arrays[name + ".model"] = np.frombuffer(written, np.uint8)
        self.arrays[name + ".input"] = samples
        self.arrays[name + ".output"] = np.stack(answers)

    def write(self, path):
        np.savez_compressed(path, **self.arrays)
        for name, reason in self.refused:
            print("refused:", name, reason.splitlines()[0])
        print(len(self.arrays) // 3, "cases,", os.path.getsize(path), "bytes")


def reduced(shape, axes, keep):
    axes = [axis % len(shape) for axis in axes]
    if keep:
        return [1 if index in axes else length for index, length in enumerate(shape)]
    return [length for index, length in enumerate(shape) if index not in axes]


def reductions(cases):
    shapes = [
        ([1, 7, 7, 4], [1, 2]),
        ([1, 7, 7, 4], [2, 1]),
        ([1, 3, 5, 8], [1]),
        ([1, 3, 5, 8], [2]),
        ([1, 3, 5, 8], [-1]),
        ([1, 3, 5, 8], [1, 3]),
        ([1, 6, 5, 2], [1, 2, 3]),
        ([1, 6, 20], [1]),
        ([1, 40], [1]),
        ([1, 1, 1, 9], [1, 2]),
        ([2, 3, 4], [0]),
        ([2, 3, 4], [0, 2]),
    ]
    for keep in [False, True]:
        for index, (shape, axes) in enumerate(shapes):
            kept = "keep" if keep else "drop"
            kind = options("ReducerOptions", keepDims=keep)
            result = reduced(shape, axes, keep)
            (scale, zero), (_, other) = cases.quantization(), cases.quantization()
            for equal in [False, True]:
                out = (scale, zero) if equal else (cases.near(scale / 3), other)
                name = f"{kept}_{index}_{'same' if equal else 'rescaled'}"
                inputs = [Tensor(shape, scale, zero), numbers(axes)]
                cases.add(f"MEAN/{name}", BUILTIN.MEAN, kind, inputs, [Tensor(result, *out)])
                wide = (scale * np.float32(np.prod(shape) / max(np.prod(result), 1) / 4), out[1])
                # The reference kernel of 2.19 takes the int8s of SUM for uint8s, whose sums mean nothing; for tensors that
                # are uint8 it is right.
                sums = Tensor(result, *(out if equal else wide))
                cases.add(f"SUM/{name}", BUILTIN.SUM, kind, inputs, [sums], unsigned=True)
                if equal:
                    cases.add(f"REDUCE_MAX/{name}", BUILTIN.REDUCE_MAX, kind, inputs, [Tensor(result, *out)])
                    cases.add(f"REDUCE_MIN/{name}", BUILTIN.REDUCE_MIN, kind, inputs, [Tensor(result, *out)])


def functions(cases):
    """Functions of one int8: all 256 of them."""
    kinds = [
        ("ABS", "AbsOptions", {}, None),
        ("ELU", None, {}, None),
        ("EXP", "ExpOptions", {}, None),
        ("GELU", "GeluOptions", {"approximate": False}, None),
        ("GELU", "GeluOptions", {"approximate": True}, None),
        ("HARD_SWISH", "HardSwishOptions", {}, None),
        ("LEAKY_RELU", "LeakyReluOptions", {"alpha": 0.1}, None),
        ("LEAKY_RELU", "LeakyReluOptions", {"alpha": 1.5}, None),
        ("LEAKY_RELU", "LeakyReluOptions", {"alpha": -0.3}, None),
        ("LOGISTIC", None, {}, (np.float32(1 / 256), -128)),
        ("QUANTIZE", "QuantizeOptions", {}, None),
        ("RELU", None, {}, None),
        ("RELU6", None, {}, None),
        ("RELU_N1_TO_1", None, {}, None),
        ("RELU_0_TO_1", None, {}, None),
        ("RSQRT", None, {}, None),
        ("TANH", None, {}, (np.float32(1 / 128), 0)),
    ]
    everything = np.arange(-128, 128).astype(np.int8).reshape(1, 1, 256)
    for number, (name, table, fields, fixed) in enumerate(kinds):
        for index in range(cases.variants(4)):
            (scale, zero), (_, other) = cases.quantization(), cases.quantization()
            if name == "RSQRT":
                zero = -128
            if name == "EXP":
                # Else nearly all is beyond the output.
                scale = np.float32(2.0 ** cases.random.uniform(-9, -4))
            other_scale = cases.near(scale)
            outs = [fixed] if fixed else [(scale, zero), (other_scale, other)]
            for out_index, out in enumerate(outs):
                kind = options(table, **fields) if table else None
                cases.add(
                    f"{name}/{number}_{index}_{out_index}",
                    getattr(BUILTIN, name),
                    kind,
                    [Tensor([1, 256], scale, zero)],
                    [Tensor([1, 256], *out)],
                    samples=everything,
                )


def moves(cases):
    """Operators that only move values."""

    def same(name, operator, kind, shape, others, result, before=0, answer=0, results=None, **rest):
        quantization = cases.quantization()
        inputs = [Tensor(shape, *quantization)]
        inputs = others[:before] + inputs + others[before:]
        outputs = [Tensor(result, *quantization) for result in (results or [result])]
        cases.add(f"{operator}/{name}", getattr(BUILTIN, operator), kind, inputs, outputs, answer, **rest)

    for index, (shape, order) in enumerate(
        [([2, 3, 4], [2, 0, 1]), ([1, 4, 5, 3], [0, 2, 1, 3]), ([1, 4, 5, 3], [0, 3, 1, 2]),
         ([1, 6, 7], [0, 2, 1]), ([5, 6], [1, 0]), ([2, 3, 2, 3, 2], [4, 3, 2, 1, 0]), ([1, 2, 1, 3], [2, 3, 0, 1])]
    ):
        result = [shape[axis] for axis in order]
        same(index, "TRANSPOSE", options("TransposeOptions"), shape, [numbers(order)], result)
    for index, (shape, begin, size) in enumerate(
        [([1, 5, 6, 3], [0, 1, 2, 1], [1, 3, -1, 2]), ([4, 5], [1, 0], [2, 5]), ([9], [3], [-1])]
    ):
        result = [length - b if s == -1 else s for length, b, s in zip(shape, begin, size)]
        same(index, "SLICE", options("SliceOptions"), shape, [numbers(begin), numbers(size)], result)
    for index, (shape, begin, end, stride, masks) in enumerate(
        [
            ([1, 8, 9, 3], [0, 1, 0, 0], [1, 7, 9, 3], [1, 2, 3, 1], {}),
            ([1, 8, 9, 3], [0, -1, 0, 2], [1, -9, 9, -4], [1, -3, 1, -1], {}),
            ([1, 8, 9, 3], [5, 2, 5, 0], [5, 5, 7, 5], [1, 1, 1, 1], {"beginMask": 5, "endMask": 9}),
            ([2, 8, 5], [1, -3, 0], [9, 9, 9], [1, 1, 2], {"shrinkAxisMask": 3, "endMask": 4}),
            ([1, 4, 7], [0, 2], [1, 4], [1, 1], {}),
            ([1, 6, 5], [0, 4, 4], [1, 0, 0], [1, -1, -2], {"endMask": 4}),
            ([1, 6, 5], [0, 100, -100], [1, -100, 100], [1, -2, 2], {}),
        ]
    ):
        kind = options("StridedSliceOptions", **masks)
        at = lambda name, axis: masks.get(name, 0) >> axis & 1
        result = []
        for axis, length in enumerate(shape):
            if axis >= len(begin):
                result.append(length)
            elif not at("shrinkAxisMask", axis):
                first = None if at("beginMask", axis) else begin[axis]
                last = None if at("endMask", axis) else end[axis]
                result.append(len(range(length)[first : last : stride[axis]]))
        same(index, "STRIDED_SLICE", kind, shape, [numbers(begin), numbers(end), numbers(stride)], result)
    for index, (shape, axis, parts) in enumerate([([1, 4, 6, 3], 2, 3), ([1, 4, 6, 4], -1, 2), ([6, 4], 0, 2)]):
        result = list(shape)
        result[axis] //= parts
        for answer in range(parts):
            kind = options("SplitOptions", numSplits=parts)
            same(f"{index}_{answer}", "SPLIT", kind, shape, [numbers(axis)], None, 1, answer, [result] * parts)
    for index, (shape, axis, sizes) in enumerate([([1, 7, 3], 1, [2, -1, 1]), ([1, 3, 8], -1, [1, 3, 4])]):
        results = []
        for size in sizes:
            result = list(shape)
            result[axis] = size if size >= 0 else shape[axis] - sum(sizes) - 1
            results.append(result)
        for answer in range(len(sizes)):
            kind = options("SplitVOptions", numSplits=len(sizes))
            same(f"{index}_{answer}", "SPLIT_V", kind, shape, [numbers(sizes), numbers(axis)], None, 0, answer, results)
    for index, (shape, axis) in enumerate([([1, 3, 5, 2], 1), ([1, 5, 3], -1), ([2, 9], 0)]):
        count, result = shape[axis], [n for i, n in enumerate(shape) if i != axis % len(shape)]
        for answer in range(count):
            kind = options("UnpackOptions", num=count, axis=axis)
            same(f"{index}_{answer}", "UNPACK", kind, shape, [], None, 0, answer, [result] * count)
    for index, (shape, block) in enumerate([([1, 4, 6, 3], 2), ([1, 6, 3, 1], 3)]):
        result = [1, shape[1] // block, shape[2] // block, shape[3] * block * block]
        same(index, "SPACE_TO_DEPTH", options("SpaceToDepthOptions", blockSize=block), shape, [], result)
        same(index, "DEPTH_TO_SPACE", options("DepthToSpaceOptions", blockSize=block), result, [], shape)
    for index, (shape, blocks, pads) in enumerate(
        [
            ([1, 4, 6, 3], [2, 3], [[0, 0], [0, 0]]),
            ([1, 4, 6, 3], [2, 2], [[1, 1], [2, 0]]),
            ([1, 5, 5, 2], [3, 2], [[1, 0], [0, 1]]),
            ([1, 6, 4], [2], [[1, 1]]),
            ([2, 4, 4, 2], [2, 2], [[0, 0], [0, 0]]),
        ]
    ):
        padded = [n + sum(pad) for n, pad in zip(shape[1:], pads)]
        result = [shape[0] * int(np.prod(blocks))] + [n // b for n, b in zip(padded, blocks)] + shape[1 + len(blocks) :]
        kind = options("SpaceToBatchNDOptions")
        same(index, "SPACE_TO_BATCH_ND", kind, shape, [numbers(blocks), numbers(pads)], result)
        kind = options("BatchToSpaceNDOptions")
        same(index, "BATCH_TO_SPACE_ND", kind, result, [numbers(blocks), numbers(pads)], shape)
    for index, (shape, pads) in enumerate(
        [
            ([1, 4, 5, 3], [[0, 0], [1, 2], [2, 1], [0, 0]]),
            ([1, 4, 5, 3], [[0, 0], [1, 2], [2, 1], [1, 3]]),
            ([1, 4, 5, 3], [[1, 0], [0, 0], [2, 1], [0, 1]]),
            ([2, 4, 3], [[0, 0], [1, 1], [0, 2]]),
            ([1, 4, 5, 3], [[0, 0], [0, 0], [0, 0], [0, 0]]),
            ([1, 20], [[0, 0], [3, 4]]),
        ]
    ):
        result = [n + sum(pad) for n, pad in zip(shape, pads)]
        same(index, "PAD", options("PadOptions"), shape, [numbers(pads)], result)
        quantization = cases.quantization()
        value = Tensor([1], *quantization, data=cases.bytes(1))
        cases.add(
            f"PADV2/{index}", BUILTIN.PADV2, options("PadV2Options"),
            [Tensor(shape, *quantization), numbers(pads), value], [Tensor(result, *quantization)],
        )
        for mode in [0, 1]:
            kind = options("MirrorPadOptions", mode=mode)
            mirrored = [[min(n, length - 1 + mode) for n in pad] for pad, length in zip(pads, shape)]
            result = [n + sum(pad) for n, pad in zip(shape, mirrored)]
            same(f"{index}_{mode}", "MIRROR_PAD", kind, shape, [numbers(mirrored)], result)
    for index, (shape, axis, indices) in enumerate(
        [([1, 6, 4], 1, [5, 0, 0, 3]), ([1, 3, 5, 7], -1, [[1, 2], [6, 0]]), ([7, 3], 0, [2]), ([1, 3, 4, 2], 2, [3, 1])]
    ):
        result = shape[:axis] + list(np.shape(indices)) + (shape[axis + 1 :] if axis != -1 else [])
        same(index, "GATHER", options("GatherOptions", axis=axis), shape, [numbers(indices)], result)
    for index, (shape, size) in enumerate(
        [([1, 3, 4, 2], [6, 8]), ([1, 5, 7, 3], [3, 4]), ([1, 4, 4, 1], [9, 7]), ([2, 2, 3, 2], [5, 1]), ([1, 1, 1, 4], [3, 3])]
    ):
        for name, flags in [("", {}), ("aligned", {"alignCorners": True}), ("centred", {"halfPixelCenters": True})]:
            result = [shape[0], *size, shape[3]]
            kind = options("ResizeNearestNeighborOptions", **flags)
            same(f"{index}{name}", "RESIZE_NEAREST_NEIGHBOR", kind, shape, [numbers(size)], result)
    for index, (shape, axis) in enumerate([([1, 2, 3, 4], 3), ([1, 2, 3, 4], 1), ([2, 3], 0), ([2, 3], -1)]):
        # Of a tensor with itself: a model here has one input.
        quantization = cases.quantization()
        one, result = Tensor(shape, *quantization), list(shape)
        result[axis] *= 2
        kind = options("ConcatenationOptions", axis=axis)
        outputs = [Tensor(result, *quantization)]
        cases.add(f"CONCATENATION/{index}", BUILTIN.CONCATENATION, kind, [one, one], outputs)
    for index, (shape, axis) in enumerate([([1, 2, 3], 1), ([1, 2, 3], 0), ([1, 2, 3], -1), ([4], 1)]):
        result = list(shape)
        result.insert(axis if axis >= 0 else len(shape) + 1 + axis, 2)
        quantization = cases.quantization()
        one = Tensor(shape, *quantization)
        kind = options("PackOptions", valuesCount=2, axis=axis)
        cases.add(f"PACK/{index}", BUILTIN.PACK, kind, [one, one], [Tensor(result, *quantization)])


def pairs(cases):
    """Operators on two tensors."""
    kinds = [
        ("ADD", "AddOptions", [0, 1, 2, 3]),
        ("SUB", "SubOptions", [0, 1, 2, 3]),
        ("MUL", "MulOptions", [0, 1, 2, 3]),
        ("MAXIMUM", "MaximumMinimumOptions", []),
        ("MINIMUM", "MaximumMinimumOptions", []),
        ("SQUARED_DIFFERENCE", "SquaredDifferenceOptions", []),
        ("PRELU", None, []),
    ]
    shapes = [
        ([1, 3, 4, 5], [1, 3, 4, 5]),
        ([1, 3, 4, 5], [5]),
        ([1, 3, 4, 5], [1, 1, 1, 5]),
        ([1, 3, 4, 5], [1, 4, 1]),
        ([1, 3, 4, 5], [1, 3, 1, 1]),
        ([1, 8, 9, 4], [1]),
        ([1, 256], []),
        ([2, 3, 4], [2, 1, 4]),
        ([1, 3, 1, 5], [1, 1, 4, 5]),
        ([5], [1, 3, 4, 5]),
    ]
    for name, table, activations in kinds:
        for index, (first, second) in enumerate(shapes):
            result = list(np.broadcast_shapes(first, second))
            if name == "PRELU" and result != first:
                continue
            for way in ["computed", "constant", "turned"]:
                if way == "turned" and name == "PRELU":
                    continue
                (scale, zero), (_, other), (_, made) = (cases.quantization() for _ in range(3))
                if name in ("MAXIMUM", "MINIMUM"):
                    quantizations = [(scale, zero)] * 3
                else:
                    quantizations = [(scale, zero), (cases.near(scale), other), (cases.near(scale), made)]
                if name == "MUL":
                    quantizations[2] = (cases.near(scale * quantizations[1][0] * 64), made)
                if name == "SQUARED_DIFFERENCE":
                    quantizations[2] = (cases.near(scale * scale * 64), made)
                if name == "PRELU":
                    quantizations[1] = (np.float32(2.0 ** cases.random.uniform(-9, -5)), other)
                activation = int(cases.random.choice(activations)) if activations else None
                fields = {} if activation is None else {"fusedActivationFunction": activation}
                kind = options(table, **fields) if table else None
                a, b, c = (Tensor(s, *q) for s, q in zip([first, second, result], quantizations))
                before = []
                if way == "computed":
                    sizes = [int(np.prod(first)), int(np.prod(second))]
                    whole = Tensor([sum(sizes)], *quantizations[0])
                    flat = [Tensor([size], *quantizations[0]) for size in sizes]
                    raw = Tensor(second, *quantizations[0])
                    split = [whole, numbers(sizes), numbers(0)]
                    before = [Step(BUILTIN.SPLIT_V, options("SplitVOptions", numSplits=2), split, flat)]
                    shape = lambda tensor: numbers(np.array(tensor.shape, np.int32))
                    before.append(Step(BUILTIN.RESHAPE, options("ReshapeOptions"), [flat[0], shape(a)], [a]))
                    before.append(Step(BUILTIN.RESHAPE, options("ReshapeOptions"), [flat[1], shape(raw)], [raw]))
                    before.append(Step(BUILTIN.QUANTIZE, options("QuantizeOptions"), [raw], [b]))
                elif way == "constant":
                    b.data = cases.bytes(second)
                else:
                    a.data = cases.bytes(first)
                operator = getattr(BUILTIN, name)
                cases.add(f"{name}/{index}_{way}", operator, kind, [a, b], [c], before=before)


def last(cases):
    """Log-softmax, places of extremes, interpolation, transposed convolutions."""
    for index, shape in enumerate([[1, 10], [1, 2], [1, 300], [3, 4], [1, 1], [1, 2, 3, 7]]):
        for way in range(2):
            scale, zero = cases.quantization()
            scale = np.float32(2.0 ** cases.random.uniform(-7, 1))
            inputs, outputs = [Tensor(shape, scale, zero)], [Tensor(shape, np.float32(16 / 256), 127)]
            samples = cases.samples(shape)
            samples[1] = np.clip(samples[1].astype(int) // 8, -128, 127)
            kind = options("LogSoftmaxOptions")
            cases.add(f"LOG_SOFTMAX/{index}_{way}", BUILTIN.LOG_SOFTMAX, kind, inputs, outputs, samples=samples)
    for index, (shape, axis) in enumerate([([1, 10], 1), ([1, 3, 128], -1), ([1, 4, 5, 6], 1), ([7], 0), ([1, 4, 5, 6], 2)]):
        for name, table in [("ARG_MAX", "ArgMaxOptions"), ("ARG_MIN", "ArgMinOptions")]:
            for type in [INT32, INT64]:
                result = [n for i, n in enumerate(shape) if i != axis % len(shape)]
                samples = cases.samples(shape)
                samples[1] //= 32
                inputs = [Tensor(shape, *cases.quantization()), numbers(axis)]
                outputs = [Tensor(result, type=type)]
                kind = options(table, outputType=type)
                name_ = f"{name}/{index}_{type}"
                cases.add(name_, getattr(BUILTIN, name), kind, inputs, outputs, samples=samples)
    for index, (shape, size) in enumerate(
        [([1, 3, 4, 2], [6, 8]), ([1, 5, 7, 3], [3, 4]), ([1, 4, 4, 1], [9, 7]), ([2, 2, 3, 2], [5, 1]), ([1, 1, 1, 4], [3, 3])]
    ):
        for name, flags in [("", {}), ("aligned", {"alignCorners": True}), ("centred", {"halfPixelCenters": True})]:
            quantization = cases.quantization()
            inputs = [Tensor(shape, *quantization), numbers(size)]
            outputs = [Tensor([shape[0], *size, shape[3]], *quantization)]
            kind = options("ResizeBilinearOptions", **flags)
            cases.add(f"RESIZE_BILINEAR/{index}{name}", BUILTIN.RESIZE_BILINEAR, kind, inputs, outputs)
    for index, (shape, kernel, strides, channels, same, bias) in enumerate(
        [
            ([1, 4, 5, 3], [3, 3], [2, 2], 4, True, True),
            ([1, 4, 5, 3], [3, 3], [2, 2], 4, False, True),
            ([1, 3, 3, 2], [2, 4], [2, 3], 3, True, False),
            ([1, 3, 3, 2], [1, 1], [3, 2], 3, True, True),
            ([1, 3, 3, 2], [1, 2], [3, 3], 3, False, True),
            ([1, 5, 4, 2], [5, 4], [1, 1], 2, True, True),
            ([1, 1, 6, 4], [1, 5], [1, 4], 1, True, True),
            ([1, 4, 4, 3], [3, 3], [2, 2], 2, True, True),
        ]
    ):
        result = [1, *(
            n * stride - (1 if index == 7 else 0) if same else (n - 1) * stride + k
            for n, stride, k in zip(shape[1:3], strides, kernel)
        ), channels]
        (scale, zero), (_, other) = cases.quantization(), cases.quantization()
        count = channels if index % 2 else 1
        scales = np.float32(2.0 ** cases.random.uniform(-9, -7, count))
        weights = Tensor([channels, *kernel, shape[3]], scales, 0, data=cases.random.integers(-127, 128, [channels, *kernel, shape[3]]))
        inputs = [numbers(result), weights, Tensor(shape, scale, zero)]
        if bias:
            data = cases.random.integers(-3000, 3000, channels)
            inputs.append(Tensor([channels], np.float32(scale * scales), 0, data=data, type=INT32))
        fields = {"padding": 0 if same else 1, "strideH": strides[0], "strideW": strides[1]}
        if index % 3 == 0:
            fields["fusedActivationFunction"] = 1
        kind = options("TransposeConvOptions", **fields)
        outputs = [Tensor(result, cases.near(scale * 2), other)]
        cases.add(f"TRANSPOSE_CONV/{index}", BUILTIN.TRANSPOSE_CONV, kind, inputs, outputs)


def behind(cases):
    """Operators on real numbers behind a DEQUANTIZE. Of what they answer the nearest int8s count."""
    prescribed = {
        BUILTIN.SOFTMAX: (1 / 256, -128),
        BUILTIN.LOGISTIC: (1 / 256, -128),
        BUILTIN.TANH: (1 / 128, 0),
        BUILTIN.LOG_SOFTMAX: (1 / 16, 127),
    }
    for operator, name, kind, shape, made in [
        (BUILTIN.SOFTMAX, "SOFTMAX", options("SoftmaxOptions", beta=1.0), [1, 7], [1, 7]),
        (BUILTIN.SOFTMAX, "SOFTMAX", options("SoftmaxOptions", beta=1.0), [1, 5, 3], [1, 5, 3]),
        (BUILTIN.LOG_SOFTMAX, "LOG_SOFTMAX", None, [1, 9], [1, 9]),
        (BUILTIN.LOGISTIC, "LOGISTIC", None, [1, 300], [1, 300]),
        (BUILTIN.TANH, "TANH", None, [1, 300], [1, 300]),
        (BUILTIN.RELU, "RELU", None, [1, 300], [1, 300]),
        (BUILTIN.RELU6, "RELU6", None, [1, 300], [1, 300]),
        (BUILTIN.RESHAPE, "RESHAPE", None, [1, 4, 3], [3, 4]),
        (BUILTIN.TRANSPOSE, "TRANSPOSE", None, [1, 4, 3], [1, 3, 4]),
        (BUILTIN.QUANTIZE, "QUANTIZE", None, [1, 300], [1, 300]),
    ]:
        for index in range(cases.variants(3)):
            scale, zero = cases.quantization()
            source, real = Tensor(shape, scale, zero), Tensor(shape, type=FLOAT32)
            before = [Step(BUILTIN.DEQUANTIZE, None, [source], [real])]
            inputs = [real]
            if name == "TRANSPOSE":
                inputs.append(numbers([0, 2, 1]))
            if name == "RESHAPE":
                inputs.append(numbers(made))
            result = Tensor(made, type=FLOAT32)
            if name == "QUANTIZE":
                result = Tensor(made, cases.near(scale), cases.quantization()[1])
            case = f"{name}/behind_dequantize_{len(shape)}_{index}"
            cases.add(case, operator, kind, inputs, [result], before=before)
            answer = cases.arrays[case + ".output"]
            if answer.dtype == np.float32:
                steps, offset = prescribed.get(operator, (scale, zero))
                # Halves away from zero.
                rounded = np.trunc(answer / np.float32(steps) + np.copysign(np.float32(0.5), answer))
                cases.arrays[case + ".output"] = np.clip(rounded + offset, -128, 127).astype(np.int8)



def between(cases):
    """Functions of real numbers between a DEQUANTIZE and a QUANTIZE; LOG of int8."""
    shape = [1, 260]
    for name in ["ABS", "CEIL", "COS", "EXP", "FLOOR", "LOG", "NEG", "ROUND", "RSQRT", "SIGN", "SIN", "SQRT", "SQUARE", "TANH"]:
        for index in range(cases.variants(4)):
            scale, zero = cases.quantization()
            samples = cases.samples(tuple(shape))
            if name in ("LOG", "RSQRT", "SQRT"):
                # Positive, or not negative, behind a RELU or a sum that is.
                zero = -128
            if name in ("EXP", "LOG", "RSQRT"):
                # What grows without bound must fit 32 bits.
                scale = np.float32(2.0 ** cases.random.uniform(-9, -6))
            source, first, second = Tensor(shape, scale, zero), Tensor(shape, type=FLOAT32), Tensor(shape, type=FLOAT32)
            before = [Step(BUILTIN.DEQUANTIZE, None, [source], [first])]
            if name in ("LOG", "RSQRT"):
                # The kernels of int8 add; here EXP makes positive numbers.
                third = Tensor(shape, type=FLOAT32)
                before.append(Step(BUILTIN.NEG, None, [first], [third]))
                fourth = Tensor(shape, type=FLOAT32)
                before.append(Step(BUILTIN.EXP, None, [third], [fourth]))
                first = fourth
            before.append(Step(getattr(BUILTIN, name), None, [first], [second]))
            result = Tensor(shape, cases.near(scale), cases.quantization()[1])
            cases.add(f"{name}/between_{index}", BUILTIN.QUANTIZE, None, [second], [result], samples=samples, before=before)
    for index in range(cases.variants(6)):
        scale, zero = cases.quantization()
        result = Tensor(shape, np.float32(2.0 ** cases.random.uniform(-7, -3)), cases.quantization()[1])
        cases.add(f"LOG/{index}", BUILTIN.LOG, None, [Tensor(shape, scale, zero)], [result])


FAMILIES = [reductions, functions, moves, pairs, last, behind, between]


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 2019
    here = os.path.dirname(os.path.abspath(__file__))
    cases = Cases(seed, int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    for family in FAMILIES:
        family(cases)
    cases.write(sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "cases.npz"))


if __name__ == "__main__":
    main()
