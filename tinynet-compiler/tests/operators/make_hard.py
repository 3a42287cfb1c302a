"""Writes hard.npz: cases of int8 arithmetic that implementations get wrong, named for what they pin.

    pip install tensorflow-cpu==2.19.1 numpy
    python make_hard.py

As make.py does, SUBJECT/OPERATOR in place of the operator's name. Each case is built so that the usual mistake shows.
"""

import os

import numpy as np
from make import BUILTIN, INT32, Cases, Step, Tensor, model, numbers, options, schema

SAME, VALID = schema.Padding.SAME, schema.Padding.VALID
# Every int8, in a picture of 16 x 16.
SWEEP = np.arange(-128, 128, dtype=np.int8).reshape(1, 1, 16, 16, 1)


def weights(values, scale, input_scale, bias=None):
    """Weights and bias; one scale, or one a filter."""
    values = np.asarray(values, np.int8)
    filters = len(values)
    scale = np.asarray(scale, np.float32)
    bias = np.zeros(filters) if bias is None else bias
    zero = np.zeros(scale.shape, np.int64)
    return [
        Tensor(values.shape, scale, zero, values),
        Tensor([filters], np.float32(input_scale) * scale, zero, bias, INT32),
    ]


def convolution(cases, name, source, filters, result, padding=VALID, stride=1, samples=None):
    kind = options("Conv2DOptions", padding=padding, strideW=stride, strideH=stride, dilationWFactor=1, dilationHFactor=1)
    cases.add(f"{name}/CONV_2D", BUILTIN.CONV_2D, kind, [source, *filters], [result], samples=samples)


def depthwise(cases, name, source, filters, result, padding=VALID, stride=1, multiplier=1, samples=None):
    kind = options(
        "DepthwiseConv2DOptions", padding=padding, strideW=stride, strideH=stride, depthMultiplier=multiplier,
        dilationWFactor=1, dilationHFactor=1,
    )  # fmt: skip
    cases.add(f"{name}/DEPTHWISE_CONV_2D", BUILTIN.DEPTHWISE_CONV_2D, kind, [source, *filters], [result], samples=samples)


def of_depthwise(filters):
    """Filters of a depthwise convolution with one scale: [1, height, width, channels]."""
    values, bias = filters
    data = np.moveaxis(values.data, 0, -1).reshape(1, *values.data.shape[1:3], -1)
    return [Tensor(data.shape, values.scale, values.zero_point, data), bias]


def pool(cases, name, operator, source, result, padding, stride, size):
    kind = options(
        "Pool2DOptions", padding=padding, strideW=stride, strideH=stride, filterWidth=size, filterHeight=size
    )
    samples = cases.samples(tuple(source.shape))
    cases.add(name, operator, kind, [source], [result], samples=samples)


def padding(cases):
    """SAME at stride 2 on an even size puts one more behind than before."""
    subject = "asymmetric_same_padding"
    for zero in [0, 5]:
        source, result = Tensor([1, 6, 8, 2], 0.1, zero), Tensor([1, 3, 4, 3], 0.9, -3)
        filters = weights(cases.bytes((3, 3, 3, 2)), 0.01, 0.1, [100, -200, 300])
        convolution(cases, f"{subject}_{zero}", source, filters, result, SAME, 2)
        wide = Tensor([1, 3, 4, 4], 0.6, -3)
        filters = [Tensor([1, 3, 3, 4], 0.01, 0, cases.bytes((1, 3, 3, 4))), Tensor([4], 0.001, 0, [9, 0, 99, -9], INT32)]
        depthwise(cases, f"{subject}_{zero}", source, filters, wide, SAME, 2, 2)
        for operator, name in [(BUILTIN.MAX_POOL_2D, "MAX_POOL_2D"), (BUILTIN.AVERAGE_POOL_2D, "AVERAGE_POOL_2D")]:
            result = Tensor([1, 3, 4, 2], 0.1, zero)
            pool(cases, f"{subject}_{zero}/{name}", operator, source, result, SAME, 2, 3)


def sweeps(cases, subject, factors, bias, source_zero=0, result_zero=0):
    """All int8s times a weight of 1 and these factors, by all operators with weights."""
    filters = len(factors)
    values = np.ones((filters, 1, 1, 1), np.int8)
    source, result = Tensor([1, 16, 16, 1], 1.0, source_zero), Tensor([1, 16, 16, filters], 1.0, result_zero)
    convolution(cases, subject, source, weights(values, factors, 1.0, bias), result, samples=SWEEP)
    for index, factor in enumerate(factors):
        single = of_depthwise(weights(values[:1], factor, 1.0, bias[:1]))
        result = Tensor([1, 16, 16, 1], 1.0, result_zero)
        depthwise(cases, f"{subject}_{index}", source, single, result, samples=SWEEP)
        flat, made = Tensor([1, 1], 1.0, source_zero), Tensor([1, 1], 1.0, result_zero)
        values_, bias_ = weights(np.ones((1, 1), np.int8), factor, 1.0, bias[:1])
        cases.add(
            f"{subject}_{index}/FULLY_CONNECTED", BUILTIN.FULLY_CONNECTED, options("FullyConnectedOptions"),
            [flat, values_, bias_], [made], samples=SWEEP.reshape(256, 1, 1),
        )  # fmt: skip


def midpoints(cases):
    """Factors of 1/2, 1/4, 1/8: every second accumulator and fewer lie in the middle between two results."""
    sweeps(cases, "negative_midpoints", [0.5, 0.25, 0.125], [0, 0, 0])
    sweeps(cases, "negative_midpoints_beside_a_zero_point", [0.5, 0.25, 0.125], [0, 0, 0], 3, -7)
    source = Tensor([1, 8, 8, 3], 0.5, 0)
    for zero in [0, -128, 127]:
        source = Tensor([1, 8, 8, 3], 0.5, zero)
        name = f"average_pool_rounding_{zero}/AVERAGE_POOL_2D"
        pool(cases, name, BUILTIN.AVERAGE_POOL_2D, source, Tensor([1, 4, 4, 3], 0.5, zero), VALID, 2, 2)
        result = Tensor([1, 3, 3, 3], 0.5, zero)
        name = f"average_pool_rounding_same_{zero}/AVERAGE_POOL_2D"
        pool(cases, name, BUILTIN.AVERAGE_POOL_2D, source, result, SAME, 3, 3)


def nearest(value):
    """Halves away from zero."""
    return int(np.trunc(value + np.copysign(0.5, value)))


def roundings(factor, accumulators):
    """How many results of a factor differ where it is rounded twice instead of once."""
    fraction, exponent = map(float, np.frexp(factor))
    exponent = int(exponent)
    multiplier = int(round(fraction * 2**31))
    different = 0
    for accumulator in accumulators:
        exact = accumulator * multiplier
        high = (exact + 2**30) >> 31
        once = (exact + (1 << (30 - exponent))) >> (31 - exponent)
        different += nearest(high * 2.0**exponent) != once
    return different


def twice(cases):
    """Factors and biases for which rounding twice differs from rounding once."""
    random = np.random.default_rng(1)
    found = []
    while len(found) < 3:
        factor, bias = np.float32(2.0 ** random.uniform(-9, -6)), int(random.integers(-9000, 9000))
        if roundings(float(factor), range(bias - 128, bias + 128)) > 0:
            found.append((factor, bias))
    factors, biases = zip(*found)
    sweeps(cases, "double_rounding", list(factors), list(biases))
    for index, (factor, bias) in enumerate(found):
        sweeps(cases, f"double_rounding_{index}", [factor], [bias])


def ends(cases):
    """Results far beyond what an int8 holds, and accumulators at the ends of 32 bits."""
    for zero in [-128, 0, 127]:
        sweeps(cases, f"saturating_ends_{zero}", [0.9, 3.7, 1000.0], [0, 0, 0], 0, zero)
        sweeps(cases, f"saturating_ends_far_{zero}", [0.001, 0.001], [2**30, -(2**30)], 0, zero)


def zero_points(cases):
    """Zero points at the ends, with a border of them."""
    for source_zero in [-128, 127]:
        for result_zero in [-128, 127]:
            name = f"extreme_zero_points_{source_zero}_{result_zero}"
            source, result = Tensor([1, 5, 5, 2], 0.1, source_zero), Tensor([1, 5, 5, 3], 0.5, result_zero)
            filters = weights(cases.bytes((3, 3, 3, 2)), [0.01, 0.02, 0.005], 0.1, [10, -20, 30])
            convolution(cases, name, source, filters, result, SAME)
            result = Tensor([1, 5, 5, 2], 0.4, result_zero)
            filters = [Tensor([1, 3, 3, 2], 0.01, 0, cases.bytes((1, 3, 3, 2))), Tensor([2], 0.001, 0, [9, -9], INT32)]
            depthwise(cases, name, source, filters, result, SAME)
            flat, made = Tensor([1, 20], 0.1, source_zero), Tensor([1, 4], 0.5, result_zero)
            filters = weights(cases.bytes((4, 20)), 0.01, 0.1, [1, 2, 3, 4])
            cases.add(
                f"{name}/FULLY_CONNECTED", BUILTIN.FULLY_CONNECTED, options("FullyConnectedOptions"),
                [flat, *filters], [made],
            )  # fmt: skip


def softmax(cases):
    """Every difference to the largest input, for steps from next to nothing to more than the table holds."""
    kind = options("SoftmaxOptions", beta=1.0)
    for index, scale in enumerate([0.001, 0.02, 0.1, 0.25, 1.0, 7.0]):
        pairs = np.stack([np.full(256, 127), np.arange(-128, 128)], 1).astype(np.int8).reshape(1, 256, 2)
        source, result = Tensor([256, 2], scale, 4), Tensor([256, 2], 1 / 256, -128)
        cases.add(f"softmax_tables_{index}/SOFTMAX", BUILTIN.SOFTMAX, kind, [source], [result], samples=pairs)
        source, result = Tensor([3, 100], scale, 0), Tensor([3, 100], 1 / 256, -128)
        cases.add(f"softmax_tables_{index}_wide/SOFTMAX", BUILTIN.SOFTMAX, kind, [source], [result])
    kind = options("SoftmaxOptions", beta=0.3)
    source, result = Tensor([5, 12], 0.3, 0), Tensor([5, 12], 1 / 256, -128)
    cases.add("softmax_tables_beta/SOFTMAX", BUILTIN.SOFTMAX, kind, [source], [result])


def sums(cases):
    """The left shift by 20 of ADD, and the requantisation of MEAN."""
    for index, (a, b, made) in enumerate([(0.1, 0.1, 0.2), (0.5, 0.001, 0.5), (0.001, 0.5, 0.5), (0.3, 0.2, 0.01)]):
        others = np.repeat(np.arange(-128, 128, 17, dtype=np.int8), 256).reshape(1, 16, 256, 1)
        source, other = Tensor([1, 16, 256, 1], a, -9), Tensor([1, 16, 256, 1], b, 11, others)
        samples = np.tile(np.arange(-128, 128, dtype=np.int8), 16).reshape(1, 1, 16, 256, 1)
        kind, result = options("AddOptions"), Tensor([1, 16, 256, 1], made, 2)
        cases.add(f"add_left_shift_{index}/ADD", BUILTIN.ADD, kind, [source, other], [result], samples=samples)
    for index, (count, made) in enumerate([(2, 0.1), (4, 0.1), (7, 0.1), (4, 0.037), (9, 0.23)]):
        for zero in [0, -128, 127]:
            source, result = Tensor([1, count, 1, 300], 0.1, zero), Tensor([1, 300], made, zero)
            cases.add(
                f"mean_requantisation_{index}_{zero}/MEAN", BUILTIN.MEAN, options("ReducerOptions", keepDims=False),
                [source, numbers([1, 2])], [result],
            )  # fmt: skip


def main():
    cases = Cases(2020)
    for family in [padding, midpoints, twice, ends, zero_points, softmax, sums]:
        family(cases)
    cases.write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "hard.npz"))


if __name__ == "__main__":
    main()
