"""Writes refused.npz: models that are not imported, each for one thing that is wrong or not supported.

    pip install tensorflow-cpu==2.19.1 numpy
    python make_refused.py

For each case NAME: NAME, the .tflite file. What TensorFlow Lite's reference kernels say of it is asserted here; what users of
this importer are told the test `refused` compares with refused.txt.
"""

import os

import numpy as np
from make import (
    BUILTIN, FLOAT32, INT8, INT16, INT32, INT64, UINT8, Cases, Step, Tensor, file, model, numbers, options, tables,
)  # fmt: skip


class Refused(Cases):
    def refuse(self, name, steps, there=None):
        """A case; `there` is what TensorFlow Lite says, if it refuses it, too."""
        if not isinstance(steps, list):
            steps = [steps]
        answer, error = steps[-1].outputs[0], None
        try:
            written, interpreter = model(steps, answer)
            interpreter.invoke()
        except (RuntimeError, ValueError, LookupError) as failure:
            written, error = file(tables(steps, answer)[0]), failure
        assert (error is None) == (there is None) and (there or "") in str(error), (name, error)
        assert name not in self.arrays
        self.arrays[name] = np.frombuffer(written, np.uint8)

    def write_only(self, name, steps):
        """A case of which nothing is asked of TensorFlow Lite, which may take it."""
        assert name not in self.arrays
        self.arrays[name] = np.frombuffer(file(tables(steps, steps[-1].outputs[0])[0]), np.uint8)

    def save(self, path):
        np.savez_compressed(path, **self.arrays)
        print(len(self.arrays), "cases,", os.path.getsize(path), "bytes")


def biases(cases):
    """A bias that counts in other steps than the products it is added to."""
    for name, factor, type, bias in [("int8", 6.1, INT8, INT32), ("int16", 20, INT16, INT64), ("unscaled", None, INT8, INT32)]:
        source, made = Tensor([1, 8], 0.02, type=type), Tensor([1, 3], 0.05 if factor else 0.005, type=type)
        weights = Tensor([3, 8], 0.01, data=cases.bytes((3, 8)))
        added = Tensor([3], 0.0002 * factor if factor else None, data=[1000, -1000, 500], type=bias)
        layer = Step(BUILTIN.FULLY_CONNECTED, options("FullyConnectedOptions"), [source, weights, added], [made])
        cases.refuse(f"bias_scale_{name}", layer, "scale_diff / output_scale <= 0.02")


def unsupported(cases):
    """Operators that there is nothing for: all of them are named at once, each with what is nearest."""
    shape = [1, 4, 4, 2]

    def chain(name, operators, type=INT8):
        scale = None if type == FLOAT32 else 0.1
        tensor, steps = Tensor(shape, scale, type=type), []
        for operator, kind, others in operators:
            made = Tensor(shape, scale, type=type)
            steps.append(Step(getattr(BUILTIN, operator), kind, [tensor, *others], [made]))
            tensor = made
        cases.write_only(name, steps)

    axis = numbers([1])
    chain("operators_of_integers", [
        ("CAST", options("CastOptions", inDataType=INT8, outDataType=INT32), []),
        ("DIV", options("DivOptions"), [Tensor([2], 0.1, data=[1, 2])]),
        ("ADD_N", options("AddNOptions"), []),
        ("POW", options("PowOptions"), [Tensor([2], 0.1, data=[1, 2])]),
        ("BATCH_MATMUL", options("BatchMatMulOptions", adjX=True), [Tensor([2, 2], 0.1, data=[1, 2, 3, 4])]),
        ("CUMSUM", options("CumsumOptions", reverse=True), [axis]),
        ("REDUCE_PROD", options("ReducerOptions", keepDims=True), [axis]),
        ("SEGMENT_SUM", options("SegmentSumOptions"), [axis]),
        ("L2_NORMALIZATION", options("L2NormOptions"), []),
        ("TILE", options("TileOptions"), [axis]),
        ("FILL", options("FillOptions"), []),
        ("REVERSE_V2", options("ReverseV2Options"), [axis]),
        ("GATHER_ND", options("GatherNdOptions"), [axis]),
        ("SCATTER_ND", options("ScatterNdOptions"), []),
        ("MATRIX_DIAG", options("MatrixDiagOptions"), []),
        ("TOPK_V2", options("TopKV2Options"), [axis]),
        ("NON_MAX_SUPPRESSION_V4", options("NonMaxSuppressionV4Options"), []),
        ("SELECT_V2", options("SelectV2Options"), []),
        ("GREATER", options("GreaterOptions"), []),
        ("CONV_3D", options("Conv3DOptions", strideD=1, strideH=1, strideW=1), []),
        ("DILATE", None, []),
        ("LSTM", options("LSTMOptions"), []),
        ("RFFT2D", options("Rfft2dOptions"), []),
        ("RANDOM_UNIFORM", options("RandomOptions"), []),
        ("HASHTABLE_FIND", options("HashtableFindOptions"), []),
        ("FAKE_QUANT", options("FakeQuantOptions"), []),
        ("DENSIFY", options("DensifyOptions"), []),
        ("STABLEHLO_ADD", None, []),
        ("CUSTOM", None, []),
        ("DELEGATE", None, []),
        ("SKIP_GRAM", options("SkipGramOptions"), []),
    ])
    chain("operators_of_real_numbers", [
        ("RELU", None, []),
        ("LOCAL_RESPONSE_NORMALIZATION", options("LocalResponseNormalizationOptions", radius=5), []),
        ("SPACE_TO_BATCH_ND", options("SpaceToBatchNDOptions"), [numbers([2, 2]), numbers([[0, 0], [0, 0]])]),
        ("SVDF", options("SVDFOptions", rank=1), []),
    ], FLOAT32)


def types(cases):
    """Types that TensorFlow Lite has no kernel for, and some that are mixed."""
    shape = [1, 3, 4, 5]

    def alone(name, operator, kind, type, there, others=(), made=None):
        zero = {INT8: 3, UINT8: 131, INT16: 0}[type]
        source = Tensor(shape, 0.1, zero, type=type)
        result = made or Tensor(shape, 0.1, zero, type=type)
        cases.refuse(name, Step(operator, kind, [source, *others], [result]), there)

    for name in ["ELU", "RELU_0_TO_1", "RELU_N1_TO_1"]:
        alone(f"int16_{name}", getattr(BUILTIN, name), None, INT16, "currently, got INT16")
    for name, table in [("GELU", "GeluOptions"), ("HARD_SWISH", "HardSwishOptions"), ("LOG_SOFTMAX", "LogSoftmaxOptions")]:
        alone(f"int16_{name}", getattr(BUILTIN, name), options(table), INT16, "currently, got INT16")
    other = Tensor([5], 0.1, data=[1, 2, 3, 4, 5], type=INT16)
    alone("int16_PRELU", BUILTIN.PRELU, None, INT16, "currently, got INT16", [other])
    alone("int16_SQUARED_DIFFERENCE", BUILTIN.SQUARED_DIFFERENCE, options("SquaredDifferenceOptions"), INT16, "got 7", [other])
    alone("uint8_ABS", BUILTIN.ABS, options("AbsOptions"), UINT8, "Type UINT8 is unsupported")
    kind, made = options("ResizeBilinearOptions"), Tensor([1, 5, 7, 5], 0.1, 131, type=UINT8)
    cases.write_only("uint8_RESIZE_BILINEAR", [Step(BUILTIN.RESIZE_BILINEAR, kind, [Tensor(shape, 0.1, 131, type=UINT8), numbers([5, 7])], [made])])
    alone("uint8_and_int8", BUILTIN.ADD, options("AddOptions"), UINT8, "input1->type != input2->type", [Tensor([5], 0.1, data=[1, 2, 3, 4, 5])])
    alone("int16_of_int8", BUILTIN.RELU, None, INT8, "", made=Tensor(shape, 0.1, type=INT16))


def options_that_count(cases):
    """Options that would not be honoured."""
    image, made = Tensor([1, 4, 4, 2], 0.1), Tensor([1, 8, 8, 2], 0.1)
    both = dict(alignCorners=True, halfPixelCenters=True)
    kind = options("ResizeBilinearOptions", **both)
    cases.refuse("resize_of_both_kinds", Step(BUILTIN.RESIZE_BILINEAR, kind, [image, numbers([8, 8])], [made]), "align_corners must be False")
    batch = Tensor([2, 4, 4, 2], 0.1)
    pool = options("Pool2DOptions", padding=1, strideH=2, strideW=2, filterHeight=2, filterWidth=2)
    cases.write_only("a_batch_of_two", [Step(BUILTIN.MAX_POOL_2D, pool, [batch], [Tensor([2, 2, 2, 2], 0.1)])])
    large = options("Pool2DOptions", padding=0, strideH=2, strideW=2, filterHeight=3, filterWidth=2**30 + 3)
    cases.write_only("a_window_of_a_billion", [Step(BUILTIN.MAX_POOL_2D, large, [image], [Tensor([1, 2, 2, 2], 0.1)])])
    weights, bias = Tensor([3, 8], 0.01, data=cases.bytes((3, 8))), Tensor([3], 0.001, data=[1, 2, 3], type=INT32)
    source, scores = Tensor([1, 8], 0.1), Tensor([1, 3], 0.1)
    tanh = options("FullyConnectedOptions", fusedActivationFunction=4)
    cases.write_only("fused_tanh", [Step(BUILTIN.FULLY_CONNECTED, tanh, [source, weights, bias], [scores])])
    shuffled = options("FullyConnectedOptions", weightsFormat=1)
    cases.write_only("shuffled_weights", [Step(BUILTIN.FULLY_CONNECTED, shuffled, [source, weights, bias], [scores])])
    plain = options("FullyConnectedOptions")
    parts = [Tensor([1, 8], 0.01), Tensor([3, 8], 0.01)]
    split = Step(BUILTIN.SPLIT_V, options("SplitVOptions", numSplits=2), [Tensor([4, 8], 0.01), numbers([1, 3]), numbers(0)], parts)
    layer = Step(BUILTIN.FULLY_CONNECTED, plain, [*parts, None], [scores])
    cases.write_only("computed_weights", [split, layer])
    unscaled = Tensor([1, 3])
    cases.write_only("no_scale", [Step(BUILTIN.FULLY_CONNECTED, plain, [source, weights, bias], [unscaled])])
    softmax = options("SoftmaxOptions", beta=1.0)
    cases.write_only("scale_of_softmax", [Step(BUILTIN.SOFTMAX, softmax, [source], [Tensor([1, 8], 1 / 128, -128)])])
    arg_max = Step(BUILTIN.ARG_MAX, options("ArgMaxOptions", outputType=INT32), [source, numbers(1)], [Tensor([1], type=INT32)])
    index = Step(BUILTIN.GATHER, options("GatherOptions", axis=1), [source, arg_max.outputs[0]], [Tensor([1, 1], 0.1)])
    cases.write_only("index_that_is_read", [arg_max, index])
    wide = Tensor([1, 70_000], 0.1)
    cases.write_only("index_among_many", [Step(BUILTIN.ARG_MAX, options("ArgMaxOptions", outputType=INT32), [wide, numbers(1)], [Tensor([1], type=INT32)])])
    real = Step(BUILTIN.DEQUANTIZE, None, [source], [Tensor([1, 8], type=FLOAT32)])
    sum_ = Step(BUILTIN.ADD, options("AddOptions"), [real.outputs[0], real.outputs[0]], [Tensor([1, 8], type=FLOAT32)])
    cases.write_only("real_numbers_inside", [real, sum_])
    a, b, c = (Tensor([1, 8], scale, type=INT16) for scale in [2.0**-12, 2.0**-14, 2.0**-13])
    b.data = np.arange(8, dtype=np.int16).reshape(1, 8)
    shifts = options("AddOptions", potScaleInt16=True)
    cases.refuse("shifts_to_the_left", Step(BUILTIN.ADD, shifts, [a, b], [c]), "input1_shift == 0")
    one = Tensor([1], 2.0**-12, data=[5], type=INT16)
    cases.write_only("shifts_repeated", [Step(BUILTIN.ADD, shifts, [a, one], [Tensor([1, 8], 2.0**-12, type=INT16)])])


def recurrent(cases):
    """Long short-term memories of the kinds that converters seldom make."""

    def lstm(name, change):
        def matrix(rows, columns):
            return Tensor([rows, columns], 0.01, data=cases.bytes((rows, columns)))

        source, hidden, cell = Tensor([1, 2, 3], 0.1), Tensor([1, 4], 0.01), Tensor([1, 4], 2.0**-11, type=INT16)
        hidden.is_variable = cell.is_variable = True
        biases = [Tensor([4], 0.001, data=[1, 2, 3, 4], type=INT32) for _ in range(4)]
        inputs = [source, *(matrix(4, 3) for _ in range(4)), *(matrix(4, 4) for _ in range(4)), *[None] * 3]
        inputs += [*biases, None, None, hidden, cell, *[None] * 4]
        fields = dict(fusedActivationFunction=4)
        change(inputs, fields)
        step = Step(BUILTIN.UNIDIRECTIONAL_SEQUENCE_LSTM, options("UnidirectionalSequenceLSTMOptions", **fields), inputs, [Tensor([1, 2, 4], 0.01)])
        cases.write_only(f"lstm_{name}", [step])

    peephole = Tensor([4], 0.001, data=[1, 2, 3, 4], type=INT16)
    lstm("coupled", lambda inputs, _: inputs.__setitem__(slice(1, 6, 4), [None, None]))
    lstm("peephole", lambda inputs, _: inputs.__setitem__(slice(9, 12), [peephole] * 3))
    lstm("projection", lambda inputs, _: inputs.__setitem__(16, Tensor([4, 4], 0.01, data=cases.bytes((4, 4)))))
    lstm("normalised", lambda inputs, _: inputs.__setitem__(slice(20, 24), [peephole] * 4))
    lstm("clipped", lambda _, fields: fields.update(projClip=1.0))
    lstm("relu", lambda _, fields: fields.update(fusedActivationFunction=1))


def main():
    cases = Refused(2021)
    for family in [biases, unsupported, types, options_that_count, recurrent]:
        family(cases)
    cases.save(os.path.join(os.path.dirname(os.path.abspath(__file__)), "refused.npz"))


if __name__ == "__main__":
    main()
