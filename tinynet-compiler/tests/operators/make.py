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
INT8, UINT8, INT32, INT64 = (getattr(schema.TensorType, name) for name in ["INT8", "UINT8", "INT32", "INT64"])
DTYPES = {INT8: np.int8, UINT8: np.uint8, INT32: np.int32, INT64: np.int64}


class Tensor:
    """A tensor of a model; `data` for a constant."""

    def __init__(self, shape, scale=None, zero_point=0, data=None, type=INT8):
        self.shape, self.scale, self.zero_point, self.type = list(shape), scale, zero_point, type
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


def model(operator, kind, inputs, outputs, answer):
    """The file of a model of one operator whose input is the first tensor without data."""
    tensors = [tensor for tensor in inputs if tensor is not None] + outputs
    unique = list(dict.fromkeys(map(id, tensors)))
    by_id = {id(tensor): tensor for tensor in tensors}
    place = {key: index for index, key in enumerate(unique)}
    buffers = [schema.BufferT()]
    subgraph = schema.SubGraphT()
    subgraph.tensors = []
    for key in unique:
        tensor, written = by_id[key], schema.TensorT()
        written.shape, written.type, written.buffer = tensor.shape, tensor.type, 0
        if tensor.data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(tensor.data.tobytes(), np.uint8)
            written.buffer = len(buffers)
            buffers.append(buffer)
        if tensor.scale is not None:
            written.quantization = schema.QuantizationParametersT()
            scale, zero_point = np.atleast_1d(tensor.scale), np.atleast_1d(tensor.zero_point)
            written.quantization.scale = scale.astype(np.float32)
            written.quantization.zeroPoint = np.broadcast_to(zero_point, scale.shape).astype(np.int64)
        written.name = f"t{place[key]}"
        subgraph.tensors.append(written)
    step = schema.OperatorT()
    step.opcodeIndex = 0
    step.inputs = [-1 if tensor is None else place[id(tensor)] for tensor in inputs]
    step.outputs = [place[id(tensor)] for tensor in outputs]
    if kind is not None:
        step.builtinOptionsType, step.builtinOptions = kind
    subgraph.operators = [step]
    subgraph.inputs = [place[id(next(tensor for tensor in inputs if tensor is not None and tensor.data is None))]]
    subgraph.outputs = [place[id(outputs[answer])]]
    code = schema.OperatorCodeT()
    code.builtinCode = operator
    code.deprecatedBuiltinCode = min(operator, 127)
    whole = schema.ModelT()
    whole.version, whole.subgraphs, whole.buffers, whole.operatorCodes = 3, [subgraph], buffers, [code]
    failure = None
    for version in [1, 2, 3, 4, 5, 6, 7]:
        code.version = version
        written = bytes(flatbuffer_utils.convert_object_to_bytearray(whole))
        # The reference resolver has no ELU, of which there is one kernel only.
        types = tf.lite.experimental.OpResolverType
        is_elu = operator == BUILTIN.ELU
        try:
            interpreter = tf.lite.Interpreter(
                model_content=written,
                experimental_op_resolver_type=(
                    types.BUILTIN_WITHOUT_DEFAULT_DELEGATES if is_elu else types.BUILTIN_REF
                ),
            )
            interpreter.allocate_tensors()
            return written, interpreter
        except (RuntimeError, ValueError) as error:
            # A version that is not known says nothing of the model.
            failure = error if "Didn't find op" not in str(error) else failure
    raise failure or LookupError(operator)


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

    def add(self, name, operator, kind, inputs, outputs, answer=0, samples=None, unsigned=False):
        """With `unsigned` the answers come from the same model with uint8 tensors, all integers 128 more."""
        try:
            written, interpreter = model(operator, kind, inputs, outputs, answer)
            if unsigned:
                [twin_inputs, twin_outputs] = [[twin(t) for t in tensors] for tensors in (inputs, outputs)]
                _, interpreter = model(operator, kind, twin_inputs, twin_outputs, answer)
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


FAMILIES = [reductions, functions]


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 2019
    here = os.path.dirname(os.path.abspath(__file__))
    cases = Cases(seed, int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    for family in FAMILIES:
        family(cases)
    cases.write(sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "cases.npz"))


main()
