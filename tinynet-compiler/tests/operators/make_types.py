"""Writes types.npz: as make.py, for operators on other types than int8.

    python make_types.py
"""

import os

import numpy as np
from make import BUILTIN, INT8, UINT8, INT16, INT32, INT64, Cases, Step, Tensor, numbers, options, schema

INT4 = schema.TensorType.INT4
RANGES = {INT8: (-128, 127), UINT8: (0, 255), INT16: (-32768, 32767), INT32: (-(2**31), 2**31 - 1)}
TYPES = {INT8: np.int8, UINT8: np.uint8, INT16: np.int16, INT32: np.int32}


class Long(Cases):
    def scale(self, low=-14, high=-8):
        return np.float32(2.0 ** self.random.uniform(low, high))

    def long_samples(self, shape, type, count=4):
        low, high = RANGES[type]
        first = self.random.integers(low, high + 1, shape)
        second = self.random.choice([low, low + 1, -1, 0, 1, high - 1, high], shape)
        third = self.random.integers(-300, 300, shape)
        rest = [self.random.integers(low, high + 1, shape) for _ in range(count - 3)]
        return np.stack([first, second, np.clip(third, low, high), *rest]).astype(TYPES[type])

    def case(self, name, kind, inputs, outputs, **rest):
        operator = name.split("/")[0]
        [fed] = [tensor for tensor in inputs if tensor.data is None][:1]
        for step in rest.get("before", ()):
            [fed] = step.inputs[:1]
            break
        samples = self.long_samples(tuple(fed.shape), fed.type)
        self.add(name, getattr(BUILTIN, operator), kind, inputs, outputs, samples=samples, **rest)


class Halves(Tensor):
    """Weights of 4 bits: two in a byte, the lower half first."""

    def __init__(self, shape, scale, data, axis):
        super().__init__(shape, scale, 0, axis=axis)
        flat = np.append(np.asarray(data).ravel(), [0] * (np.size(data) % 2)).astype(np.int8)
        self.data, self.type = (flat[0::2] & 15) | (flat[1::2] << 4), INT4


def halves(cases):
    """Weights of int4."""
    for index, (inputs, outputs) in enumerate([(20, 5), (7, 3), (33, 9)]):
        for way in ["tensor", "channel"]:
            scale, zero = cases.quantization()
            count = 1 if way == "tensor" else outputs
            scales = np.float32(2.0 ** cases.random.uniform(-5, -3, count))
            data = cases.random.integers(-8, 8, [outputs, inputs])
            bias = cases.random.integers(-300, 300, outputs)
            made = Tensor([1, outputs], cases.near(scale * scales[0] * 16), cases.quantization()[1])
            bias = Tensor([outputs], np.float32(scale * scales), 0, data=bias, type=INT32)
            layer = [Tensor([1, inputs], scale, zero), Halves([outputs, inputs], scales, data, 0), bias]
            cases.case(f"FULLY_CONNECTED/int4_{index}_{way}", options("FullyConnectedOptions"), layer, [made])
    for index, (shape, kernel, channels) in enumerate([([1, 5, 6, 3], [3, 3], 5), ([1, 4, 4, 7], [1, 1], 3)]):
        for depthwise in [False, True]:
            wide = shape[3] if depthwise else channels
            scale, zero = cases.quantization()
            scales = np.float32(2.0 ** cases.random.uniform(-5, -3, wide))
            weights = [1, *kernel, wide] if depthwise else [wide, *kernel, shape[3]]
            data = Halves(weights, scales, cases.random.integers(-8, 8, weights), 3 if depthwise else 0)
            bias = cases.random.integers(-300, 300, wide)
            bias = Tensor([wide], np.float32(scale * scales), 0, data=bias, type=INT32)
            made = Tensor([1, *shape[1:3], wide], cases.near(scale * scales[0] * 16), cases.quantization()[1])
            fields = dict(padding=0, strideH=1, strideW=1)
            kind = options("DepthwiseConv2DOptions", **fields, depthMultiplier=1) if depthwise else options("Conv2DOptions", **fields)
            name = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
            cases.case(f"{name}/int4_{index}", kind, [Tensor(shape, scale, zero), data, bias], [made])


def wide(cases):
    """Sums beyond 32 bits."""

    def layer(name, kind, shape, weights, result, channels, axis):
        scale = cases.scale()
        scales = np.float32(2.0 ** cases.random.uniform(-9, -6, channels))
        # Of one sign in a filter, so that sums of large inputs are large.
        data = cases.random.integers(60, 128, weights)
        signs = [channels if place == axis else 1 for place in range(len(weights))]
        data = data * cases.random.choice([-1, 1], signs)
        kernel = Tensor(weights, scales, 0, data=data, axis=axis)
        bias = cases.random.integers(-(2**32), 2**32, channels)
        bias = Tensor([channels], np.float32(scale * scales), 0, data=bias, type=INT64)
        made = np.float32(scale * np.max(scales) * 2.0 ** cases.random.uniform(16.5, 18.5))
        inputs = [Tensor(shape, scale, type=INT16), kernel, bias]
        cases.case(name, kind, inputs, [Tensor(result, made, type=INT16)])

    layer("FULLY_CONNECTED/wide_0", options("FullyConnectedOptions"), [1, 900], [3, 900], [1, 3], 3, 0)
    layer("FULLY_CONNECTED/wide_1", options("FullyConnectedOptions"), [3, 700], [2, 700], [3, 2], 2, 0)
    fields = dict(padding=0, strideH=1, strideW=2)
    layer("CONV_2D/wide_0", options("Conv2DOptions", **fields), [1, 4, 5, 70], [3, 3, 3, 70], [1, 4, 3, 3], 3, 0)
    fields.update(dilationHFactor=2, dilationWFactor=2, strideW=1)
    layer("CONV_2D/wide_1", options("Conv2DOptions", **fields), [1, 6, 5, 40], [2, 3, 3, 40], [1, 6, 5, 2], 2, 0)
    kind = options("DepthwiseConv2DOptions", **fields, depthMultiplier=2)
    layer("DEPTHWISE_CONV_2D/wide_0", kind, [1, 5, 6, 3], [1, 3, 3, 6], [1, 5, 6, 6], 6, 3)


def weighted(cases):
    def layer(name, kind, shape, weights, result, channels, axis, bias, others=(), before=()):
        scale = cases.scale()
        for way in ["tensor", "channel"]:
            count = 1 if way == "tensor" else channels
            scales = np.float32(2.0 ** cases.random.uniform(-9, -6, count))
            if way == "channel" and channels == 1:
                continue
            data = cases.random.integers(-127, 128, weights)
            kernel = Tensor(weights, scales, 0, data=data, axis=axis)
            inputs = [Tensor(shape, scale, type=INT16), kernel]
            if bias is not None:
                data = cases.random.integers(-(10**6), 10**6, channels)
                inputs.append(Tensor([channels], np.float32(scale * scales), 0, data=data, type=bias))
            taps = np.prod(weights) / channels
            made = np.float32(scale * np.max(scales) * 60 * np.sqrt(taps) * 2.0 ** cases.random.uniform(-1, 2))
            if bias == INT32 and name[0] != "D":
                kind[1].quantizedBiasType = INT32
            if others:
                inputs = [others[0], inputs[1], inputs[0], *inputs[2:]]
            kinds = {None: "none", INT32: "int32", INT64: "int64"}
            outputs = [Tensor(result, made, type=INT16)]
            cases.case(f"{name}_{way}_{kinds[bias]}", kind, inputs, outputs)

    convolutions = [
        ([1, 7, 8, 3], 4, [3, 3], [1, 1], [1, 1], 0),
        ([1, 7, 8, 3], 5, [3, 2], [2, 2], [1, 1], 0),
        ([1, 9, 6, 2], 4, [3, 3], [1, 1], [2, 1], 1),
        ([1, 5, 5, 20], 18, [1, 1], [1, 1], [1, 1], 1),
        ([1, 1, 12, 4], 3, [1, 5], [1, 2], [1, 1], 0),
    ]
    for index, (shape, channels, kernel, stride, dilation, valid) in enumerate(convolutions):
        for bias in [INT64, INT32]:
            reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
            sizes = [
                -(-(n - r + 1) // s) if valid else -(-n // s) for n, r, s in zip(shape[1:3], reach, stride)
            ]
            fields = dict(padding=valid, strideH=stride[0], strideW=stride[1], dilationHFactor=dilation[0], dilationWFactor=dilation[1])
            fields["fusedActivationFunction"] = [0, 1, 2, 3][index % 4]
            kind = options("Conv2DOptions", **fields)
            weights = [channels, *kernel, shape[3]]
            layer(f"CONV_2D/{index}", kind, shape, weights, [1, *sizes, channels], channels, 0, bias)
            multiplier = 1 + index % 2
            kind = options("DepthwiseConv2DOptions", **fields, depthMultiplier=multiplier)
            wide = shape[3] * multiplier
            if bias == INT64:
                layer(f"DEPTHWISE_CONV_2D/{index}", kind, shape, [1, *kernel, wide], [1, *sizes, wide], wide, 3, bias)
    for index, (rows, inputs, outputs) in enumerate([(1, 40, 10), (1, 300, 3), (3, 8, 20)]):
        for bias in [INT64, INT32, None]:
            kind = options("FullyConnectedOptions", fusedActivationFunction=index)
            layer(f"FULLY_CONNECTED/{index}", kind, [rows, inputs], [outputs, inputs], [rows, outputs], outputs, 0, bias)
    for index, (shape, kernel, stride, channels, valid) in enumerate(
        [([1, 4, 5, 3], [3, 3], [2, 2], 4, 0), ([1, 1, 6, 4], [3, 4], [1, 2], 5, 1), ([1, 3, 3, 2], [2, 4], [2, 3], 3, 0)]
    ):
        for bias in [INT64, INT32, None]:
            sizes = [(n - 1) * s + k if valid else n * s for n, s, k in zip(shape[1:3], stride, kernel)]
            kind = options("TransposeConvOptions", padding=valid, strideH=stride[0], strideW=stride[1])
            result = [1, *sizes, channels]
            layer(f"TRANSPOSE_CONV/{index}", kind, shape, [channels, *kernel, shape[3]], result, channels, 0, bias, [numbers(result)])


def pairs(cases):
    shapes = [([1, 3, 4, 5], [1, 3, 4, 5]), ([1, 3, 4, 5], [5]), ([1, 3, 4, 5], [1, 4, 1]), ([1, 64], [1])]
    kinds = [("ADD", "AddOptions"), ("SUB", "SubOptions"), ("MUL", "MulOptions"), ("MAXIMUM", "MaximumMinimumOptions"), ("MINIMUM", "MaximumMinimumOptions")]
    for name, table in kinds:
        for index, (first, second) in enumerate(shapes):
            for way in ["constant", "turned", "computed"]:
                if way == "computed" and first != second:
                    continue
                scale = cases.scale()
                quantizations = [scale, cases.near(scale), cases.near(scale)]
                if name == "MUL":
                    quantizations[2] = cases.near(scale * quantizations[1] * 16384)
                if name in ("MAXIMUM", "MINIMUM"):
                    quantizations = [scale] * 3
                result = list(np.broadcast_shapes(first, second))
                a, b, c = (Tensor(s, q, type=INT16) for s, q in zip([first, second, result], quantizations))
                fields = {} if "M" in name[0] and name != "MUL" else {"fusedActivationFunction": [0, 1, 2, 3][index]}
                if name in ("ADD", "SUB"):
                    fields["potScaleInt16"] = index == 2
                kind, before = options(table, **fields), []
                data = cases.long_samples(tuple(second if way == "constant" else first), INT16)[0]
                if way == "constant":
                    b.data = data
                elif way == "turned":
                    a.data = data
                else:
                    before = [Step(BUILTIN.QUANTIZE, options("QuantizeOptions"), [a], [b])]
                cases.case(f"{name}/{index}_{way}", kind, [a, b], [c], before=before)


def functions(cases):
    shape = [1, 2, 5, 8]
    for index in range(6):
        scale = cases.scale(-13, -5)
        for name, table, fields in [
            ("LEAKY_RELU", "LeakyReluOptions", {"alpha": [0.1, 0.3, 1.5, -0.5, 0.01, 0.9][index]}),
            ("RELU", None, {}),
            ("RELU6", None, {}),
        ]:
            for other in [scale, cases.near(scale)]:
                kind = options(table, **fields) if table else None
                inputs, outputs = [Tensor(shape, scale, type=INT16)], [Tensor(shape, other, type=INT16)]
                cases.case(f"{name}/{index}_{'same' if other == scale else 'rescaled'}", kind, inputs, outputs)
        scale = [np.float32(1 / 4096), np.float32(1 / 2048), cases.scale(-13, -11), cases.scale(-11, -8), cases.scale(-20, -14), cases.scale(-7, 0)][index]
        for name in ["TANH", "LOGISTIC"]:
            inputs, outputs = [Tensor(shape, scale, type=INT16)], [Tensor(shape, np.float32(1 / 32768), type=INT16)]
            cases.case(f"{name}/{index}", None, inputs, outputs)
        for size in [[1, 10], [1, 2], [3, 7], [1, 120], [1, 2, 3, 5]]:
            scale = cases.scale(-14, -8)
            kind = options("SoftmaxOptions", beta=[1.0, 0.5, 2.0][index % 3])
            inputs, outputs = [Tensor(size, scale, type=INT16)], [Tensor(size, np.float32(1 / 32768), type=INT16)]
            cases.case(f"SOFTMAX/{index}_{'x'.join(map(str, size))}", kind, inputs, outputs)
        # The kernel of 2.19 has no others.
        pairs = [(INT8, INT8), (INT16, INT8), (INT16, INT16), (INT16, INT32), (INT32, INT8), (INT32, INT16)]
        for source, target in pairs:
            scales = {INT8: cases.scale(-6, -2), INT16: cases.scale(-14, -10), INT32: cases.scale(-26, -22)}
            zero_points = {INT8: int(cases.random.integers(-128, 128)), INT16: 0, INT32: 0}
            inputs = [Tensor(shape, scales[source], zero_points[source], type=source)]
            zero_points[INT8] = int(cases.random.integers(-128, 128))
            outputs = [Tensor(shape, cases.near(scales[target]), zero_points[target], type=target)]
            name = f"QUANTIZE/{index}_{TYPES[source].__name__}_{TYPES[target].__name__}"
            cases.case(name, options("QuantizeOptions"), inputs, outputs)


def unsigned(cases):
    """uint8 at the edges of a model, and between operators that move values."""

    def moved(name, kind, shape, others, result, scale=None):
        quantization = (scale or cases.scale(-8, -2), int(cases.random.integers(0, 256)))
        inputs = [Tensor(shape, *quantization, type=UINT8), *others]
        cases.case(name, kind, inputs, [Tensor(result, *quantization, type=UINT8)])

    for index in range(4):
        for source in [INT8, UINT8]:
            for target in [INT8, UINT8]:
                scale = cases.scale(-8, -2)
                offset = {INT8: -128, UINT8: 0}
                zeros = [int(cases.random.integers(0, 256)) for _ in range(2)]
                zeros = [zeros[0], zeros[0] if index == 0 else zeros[1]]
                scales = [scale, scale if index == 0 else cases.near(scale)]
                shape = [1, 2, 5, 26]
                inputs = [Tensor(shape, scales[0], zeros[0] + offset[source], type=source)]
                outputs = [Tensor(shape, scales[1], zeros[1] + offset[target], type=target)]
                name = f"QUANTIZE/unsigned_{index}_{source}_{target}"
                cases.case(name, options("QuantizeOptions"), inputs, outputs)
    pads = numbers([[0, 0], [1, 2], [2, 1], [0, 0]])
    moved("PAD/unsigned", options("PadOptions"), [1, 4, 5, 3], [pads], [1, 7, 8, 3])
    moved("TRANSPOSE/unsigned", options("TransposeOptions"), [1, 4, 5, 3], [numbers([0, 3, 1, 2])], [1, 3, 4, 5])
    moved("RESHAPE/unsigned", options("ReshapeOptions"), [1, 3, 4, 2], [numbers([1, 24])], [1, 24])
    moved("GATHER/unsigned", options("GatherOptions", axis=1), [1, 6, 4], [numbers([5, 0, 0, 3])], [1, 4, 4])
    for activation in [0, 1, 3]:
        fields = dict(padding=0, strideH=2, strideW=1, filterHeight=3, filterWidth=3)
        kind = options("Pool2DOptions", **fields, fusedActivationFunction=activation)
        moved(f"MAX_POOL_2D/unsigned_{activation}", kind, [1, 6, 7, 3], [], [1, 3, 7, 3])
    # As converters make it: uint8, int8 inside.
    scale, inside = cases.scale(-8, -6), options("QuantizeOptions")
    first, second = Tensor([1, 12], scale, 7, type=UINT8), Tensor([1, 12], scale, 7 - 128)
    third = Tensor([1, 5], cases.near(scale), 3)
    weights = Tensor([5, 12], cases.scale(-8, -6), 0, data=cases.random.integers(-127, 128, [5, 12]))
    dense = Step(BUILTIN.FULLY_CONNECTED, options("FullyConnectedOptions"), [second, weights, None], [third])
    before = [Step(BUILTIN.QUANTIZE, inside, [first], [second]), dense]
    cases.case("QUANTIZE/around", inside, [third], [Tensor([1, 5], third.scale, 3 + 128, type=UINT8)], before=before)


def mixed(cases):
    """int32, int16 and int8 in one model."""
    scale = cases.scale(-22, -21)
    first, second = Tensor([1, 24], scale, type=INT32), Tensor([1, 24], np.float32(scale * 2**12), type=INT16)
    scales = np.float32(2.0 ** cases.random.uniform(-9, -6, 6))
    weights = Tensor([6, 24], scales, 0, data=cases.random.integers(-127, 128, [6, 24]))
    bias = cases.random.integers(-(10**6), 10**6, 6)
    bias = Tensor([6], np.float32(second.scale * scales), 0, data=bias, type=INT64)
    third, fourth = Tensor([1, 6], np.float32(1 / 4096), type=INT16), Tensor([1, 6], np.float32(1 / 32768), type=INT16)
    dense = options("FullyConnectedOptions")
    before = [
        Step(BUILTIN.QUANTIZE, options("QuantizeOptions"), [first], [second]),
        Step(BUILTIN.FULLY_CONNECTED, dense, [second, weights, bias], [third]),
        Step(BUILTIN.TANH, None, [third], [fourth]),
    ]
    made = Tensor([1, 6], np.float32(1 / 100), -5)
    cases.case("QUANTIZE/mixed", options("QuantizeOptions"), [fourth], [made], before=before)


def pools(cases):
    for index, (shape, size, stride, valid) in enumerate(
        [([1, 6, 7, 3], [2, 2], [2, 2], 1), ([1, 6, 7, 3], [3, 3], [2, 1], 0), ([1, 5, 5, 20], [5, 5], [1, 1], 1)]
    ):
        sizes = [-(-(n - k + 1) // s) if valid else -(-n // s) for n, k, s in zip(shape[1:3], size, stride)]
        fields = dict(padding=valid, strideH=stride[0], strideW=stride[1], filterHeight=size[0], filterWidth=size[1])
        for name in ["AVERAGE_POOL_2D", "MAX_POOL_2D"]:
            for activation in [0, 1, 3]:
                scale = cases.scale()
                kind = options("Pool2DOptions", **fields, fusedActivationFunction=activation)
                inputs, outputs = [Tensor(shape, scale, type=INT16)], [Tensor([1, *sizes, shape[3]], scale, type=INT16)]
                cases.case(f"{name}/{index}_{activation}", kind, inputs, outputs)
    for index, (shape, axes) in enumerate([([1, 7, 7, 4], [1, 2]), ([1, 3, 5, 8], [2]), ([1, 3, 5, 8], [-1]), ([2, 3, 4], [0, 2])]):
        places = [axis % len(shape) for axis in axes]
        result = [1 if place in places else length for place, length in enumerate(shape)]
        for way in ["same", "rescaled"]:
            scale = cases.scale()
            other = scale if way == "same" else cases.near(scale)
            kind = options("ReducerOptions", keepDims=True)
            inputs = [Tensor(shape, scale, type=INT16), numbers(axes)]
            cases.case(f"MEAN/{index}_{way}", kind, inputs, [Tensor(result, other, type=INT16)])


def moves(cases):
    def same(name, kind, shape, others, result, before=0, answer=0, results=None):
        scale = cases.scale()
        inputs = [Tensor(shape, scale, type=INT16)]
        inputs = others[:before] + inputs + others[before:]
        outputs = [Tensor(made, scale, type=INT16) for made in (results or [result])]
        cases.case(name, kind, inputs, outputs, answer=answer)

    same("TRANSPOSE/0", options("TransposeOptions"), [1, 4, 5, 3], [numbers([0, 3, 1, 2])], [1, 3, 4, 5])
    same("SLICE/0", options("SliceOptions"), [1, 5, 6, 3], [numbers([0, 1, 2, 1]), numbers([1, 3, 4, 2])], [1, 3, 4, 2])
    same("STRIDED_SLICE/0", options("StridedSliceOptions"), [1, 8, 9, 3],
         [numbers([0, -1, 0, 2]), numbers([1, -9, 9, -4]), numbers([1, -3, 1, -1])], [1, 3, 9, 3])
    for answer in range(2):
        same(f"SPLIT/{answer}", options("SplitOptions", numSplits=2), [1, 4, 6, 4], [numbers(2)], None, 1, answer, [[1, 4, 3, 4]] * 2)
        sizes = [[1, 2, 3], [1, 5, 3]]
        same(f"SPLIT_V/{answer}", options("SplitVOptions", numSplits=2), [1, 7, 3], [numbers([2, 5]), numbers(1)], None, 0, answer, sizes)
        same(f"UNPACK/{answer}", options("UnpackOptions", num=2, axis=1), [1, 2, 9], [], None, 0, answer, [[1, 9]] * 2)
    pads = numbers([[0, 0], [1, 2], [2, 1], [0, 0]])
    same("PAD/0", options("PadOptions"), [1, 4, 5, 3], [pads], [1, 7, 8, 3])
    same("PAD/1", options("PadOptions"), [1, 4, 5, 3], [numbers([[0, 0], [1, 2], [2, 1], [1, 3]])], [1, 7, 8, 7])
    same("MIRROR_PAD/0", options("MirrorPadOptions", mode=0), [1, 4, 5, 3], [pads], [1, 7, 8, 3])
    same("SPACE_TO_BATCH_ND/0", options("SpaceToBatchNDOptions"), [1, 4, 6, 3], [numbers([2, 2]), numbers([[1, 1], [2, 0]])], [4, 3, 4, 3])
    same("BATCH_TO_SPACE_ND/0", options("BatchToSpaceNDOptions"), [4, 3, 4, 3], [numbers([2, 2]), numbers([[1, 1], [2, 0]])], [1, 4, 6, 3])
    same("GATHER/0", options("GatherOptions", axis=1), [1, 6, 4], [numbers([5, 0, 0, 3])], [1, 4, 4])
    same("RESIZE_NEAREST_NEIGHBOR/0", options("ResizeNearestNeighborOptions"), [1, 3, 4, 2], [numbers([6, 8])], [1, 6, 8, 2])
    same("RESHAPE/0", options("ReshapeOptions"), [1, 3, 4, 2], [numbers([1, 24])], [1, 24])
    for axis in [1, 3]:
        scale = cases.scale()
        one, result = Tensor([1, 2, 3, 4], scale, type=INT16), [1, 2, 3, 4]
        result[axis] *= 2
        kind = options("ConcatenationOptions", axis=axis)
        cases.case(f"CONCATENATION/{axis}", kind, [one, one], [Tensor(result, scale, type=INT16)])
    scale = cases.scale()
    one = Tensor([1, 2, 3], scale, type=INT16)
    cases.case("PACK/0", options("PackOptions", valuesCount=2, axis=1), [one, one], [Tensor([1, 2, 2, 3], scale, type=INT16)])


def more(cases):
    """What converters seldom make of int16, and TensorFlow Lite runs all the same."""
    shape = [1, 4, 6, 5]
    for index in range(4):
        scale = cases.scale(-13, -8)
        for other in [scale, cases.near(scale)]:
            way = "same" if other == scale else "rescaled"
            outputs = [Tensor(shape, other, type=INT16)]
            cases.case(f"ABS/{index}_{way}", options("AbsOptions"), [Tensor(shape, scale, type=INT16)], outputs)
        for low, high in [(-15, -12), (-12, -10)]:
            first, second = (Tensor(shape, cases.scale(low, high), type=INT16) for _ in range(2))
            second.scale = np.float32(2.0 ** cases.random.uniform(-14, -8))
            cases.case(f"EXP/{index}_{-low}", options("ExpOptions"), [first], [second])
        first, second = (Tensor(shape, scale, type=INT16) for _ in range(2))
        before = [Step(BUILTIN.RELU, None, [first], [second])]
        made = np.float32(2.0 ** cases.random.uniform(-12, -8))
        cases.case(f"RSQRT/{index}", None, [second], [Tensor(shape, made, type=INT16)], before=before)
    for index, (shape, axes) in enumerate([([1, 7, 7, 4], [1, 2]), ([1, 3, 5, 8], [2]), ([1, 3, 5, 8], [1, 3]), ([1, 40], [1])]):
        result = [1 if place in axes else length for place, length in enumerate(shape)]
        for name in ["SUM", "REDUCE_MAX", "REDUCE_MIN"]:
            scale, kind = cases.scale(), options("ReducerOptions", keepDims=True)
            inputs = [Tensor(shape, scale, type=INT16), numbers(axes)]
            cases.case(f"{name}/{index}", kind, inputs, [Tensor(result, scale, type=INT16)])
    for index, (shape, size) in enumerate([([1, 3, 4, 2], [6, 8]), ([1, 5, 7, 3], [3, 4]), ([1, 4, 4, 1], [9, 7]), ([2, 2, 3, 2], [5, 1])]):
        for name, flags in [("", {}), ("aligned", {"alignCorners": True}), ("centred", {"halfPixelCenters": True})]:
            scale, kind = cases.scale(), options("ResizeBilinearOptions", **flags)
            outputs = [Tensor([shape[0], *size, shape[3]], scale, type=INT16)]
            inputs = [Tensor(shape, scale, type=INT16), numbers(size)]
            cases.case(f"RESIZE_BILINEAR/{index}{name}", kind, inputs, outputs)
    # Sums by shifts: scales that are powers of two, the output's that of an input.
    for name, table in [("ADD", "AddOptions"), ("SUB", "SubOptions")]:
        for index, (first, second) in enumerate([(0, 0), (1, 0), (0, 3), (15, 0), (0, 7)]):
            a, b, c = (Tensor([1, 8, 40], np.float32(2.0**power), type=INT16) for power in [-12 - first, -12 - second, -12])
            b.data = cases.long_samples((1, 8, 40), INT16)[0]
            kind = options(table, potScaleInt16=True, fusedActivationFunction=[0, 1, 2, 3, 0][index])
            cases.case(f"{name}/shifts_{index}_constant", kind, [a, b], [c])
            b.data, same = None, Tensor([1, 8, 40], a.scale, type=INT16)
            before = [Step(BUILTIN.QUANTIZE, options("QuantizeOptions"), [a], [b]), Step(BUILTIN.RELU6, None, [a], [same])]
            cases.case(f"{name}/shifts_{index}_computed", kind, [same, b], [c], before=before)
    a, b, c = (Tensor(s, np.float32(2.0**power), type=INT16) for s, power in [([1, 4, 5], -14), ([5], -12), ([1, 4, 5], -12)])
    b.data = cases.long_samples((5,), INT16)[0]
    cases.case("SUB/shifts_repeated", options("SubOptions", potScaleInt16=True), [a, b], [c])
    # All in one model.
    def of(shape, power):
        return Tensor(shape, np.float32(2.0**power), type=INT16)

    first, second, third, fourth = of([1, 3, 4, 2], -13), of([1, 3, 4, 2], -9), of([1, 5, 6, 2], -9), of([1, 5, 6, 2], -9)
    fifth, sixth, seventh = of([1, 6, 2], -9), of([1, 2], -9), of([1, 2], -9)
    added = Tensor([1, 2], np.float32(2.0**-12), type=INT16, data=[20000, -20000])
    before = [
        Step(BUILTIN.EXP, options("ExpOptions"), [first], [second]),
        Step(BUILTIN.RESIZE_BILINEAR, options("ResizeBilinearOptions"), [second, numbers([5, 6])], [third]),
        Step(BUILTIN.ABS, options("AbsOptions"), [third], [fourth]),
        Step(BUILTIN.REDUCE_MAX, options("ReducerOptions"), [fourth, numbers([1])], [fifth]),
        Step(BUILTIN.SUM, options("ReducerOptions"), [fifth, numbers([1])], [sixth]),
        Step(BUILTIN.ADD, options("AddOptions", potScaleInt16=True), [sixth, added], [seventh]),
    ]
    made = Tensor([1, 2], np.float32(1.5), -100)
    cases.case("QUANTIZE/sixteen", options("QuantizeOptions"), [seventh], [made], before=before)


def bytes_with_offset(cases, shape, scale, zero):
    """uint8 weights with a zero point, those far from it rare enough for small sums."""
    values = np.clip(np.round(cases.random.normal(zero, 40, shape)), 0, 255)
    values.flat[0], values.flat[-1] = (0, 255) if zero != 128 else (1, 255)
    return Tensor(shape, scale, zero, data=values, type=UINT8)


def unsigned_layers(cases):
    """Models of uint8 throughout, as converters made them until 2019."""

    def quantized(shape, scale=None):
        return Tensor(shape, scale or cases.scale(-7, -4), int(cases.random.integers(0, 256)), type=UINT8)

    def layer(name, kind, shape, weights, result, channels, before=()):
        for zero in [128, 0, 255, int(cases.random.integers(90, 160))]:
            source = quantized(shape)
            scale = cases.scale(-9, -6)
            taps = np.prod(weights) / channels
            made = quantized(result, np.float32(source.scale * scale * 20 * np.sqrt(taps)))
            filters = bytes_with_offset(cases, weights, scale, zero)
            bias = cases.random.integers(-3000, 3000, channels)
            bias = Tensor([channels], np.float32(source.scale * scale), 0, data=bias, type=INT32)
            inputs = [source, filters, bias]
            if before:
                inputs = [before[0], filters, source, bias]
            cases.case(f"{name}_{zero}", kind, inputs, [made])

    convolutions = [
        ([1, 7, 8, 3], 4, [3, 3], [1, 1], [1, 1], 0),
        ([1, 7, 8, 3], 5, [3, 2], [2, 2], [1, 1], 0),
        ([1, 9, 6, 2], 4, [3, 3], [1, 1], [2, 1], 1),
        ([1, 5, 5, 20], 18, [1, 1], [1, 1], [1, 1], 1),
    ]
    for index, (shape, channels, kernel, stride, dilation, valid) in enumerate(convolutions):
        reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
        sizes = [-(-(n - r + 1) // s) if valid else -(-n // s) for n, r, s in zip(shape[1:3], reach, stride)]
        fields = dict(padding=valid, strideH=stride[0], strideW=stride[1], dilationHFactor=dilation[0], dilationWFactor=dilation[1])
        fields["fusedActivationFunction"] = [0, 1, 2, 3][index]
        kind, weights = options("Conv2DOptions", **fields), [channels, *kernel, shape[3]]
        layer(f"CONV_2D/uint8_{index}", kind, shape, weights, [1, *sizes, channels], channels)
        multiplier = 1 + index % 2
        kind = options("DepthwiseConv2DOptions", **fields, depthMultiplier=multiplier)
        wide = shape[3] * multiplier
        layer(f"DEPTHWISE_CONV_2D/uint8_{index}", kind, shape, [1, *kernel, wide], [1, *sizes, wide], wide)
    for index, (rows, inputs, outputs) in enumerate([(1, 40, 10), (1, 300, 3), (3, 8, 20)]):
        kind = options("FullyConnectedOptions", fusedActivationFunction=index)
        layer(f"FULLY_CONNECTED/uint8_{index}", kind, [rows, inputs], [outputs, inputs], [rows, outputs], outputs)
    for index, (shape, size, stride, valid) in enumerate(
        [([1, 6, 7, 3], [2, 2], [2, 2], 1), ([1, 6, 7, 3], [3, 3], [2, 1], 0), ([1, 7, 7, 20], [7, 7], [1, 1], 1)]
    ):
        sizes = [-(-(n - k + 1) // s) if valid else -(-n // s) for n, k, s in zip(shape[1:3], size, stride)]
        fields = dict(padding=valid, strideH=stride[0], strideW=stride[1], filterHeight=size[0], filterWidth=size[1])
        for activation in [0, 1, 3]:
            kind = options("Pool2DOptions", **fields, fusedActivationFunction=activation)
            source = quantized(shape)
            made = Tensor([1, *sizes, shape[3]], source.scale, source.zero_point, type=UINT8)
            cases.case(f"AVERAGE_POOL_2D/uint8_{index}_{activation}", kind, [source], [made])
    for index, size in enumerate([[1, 10], [3, 7], [1, 2, 3, 5]]):
        made = Tensor(size, np.float32(1 / 256), 0, type=UINT8)
        kind = options("SoftmaxOptions", beta=[1.0, 0.5, 2.0][index])
        cases.case(f"SOFTMAX/uint8_{index}", kind, [quantized(size)], [made])
    # Of each other's scales.
    for axis in [1, 2, 3]:
        scale = cases.scale(-7, -4)
        source, second = quantized([1, 2, 3, 4], scale), quantized([1, 2, 3, 4], cases.near(scale))
        result = [1, 2, 3, 4]
        result[axis] *= 3
        before = [Step(BUILTIN.QUANTIZE, options("QuantizeOptions"), [source], [second])]
        made = Tensor(result, second.scale, second.zero_point, type=UINT8)
        if axis == 3:
            made = quantized(result, cases.near(scale))
        kind = options("ConcatenationOptions", axis=axis)
        cases.case(f"CONCATENATION/uint8_{axis}", kind, [source, second, source], [made], before=before)


def unsigned_functions(cases):
    """Operators without weights on uint8s."""
    shape = [1, 2, 5, 26]
    for name, table, fields, fixed in [
        ("GELU", "GeluOptions", {"approximate": False}, None),
        ("HARD_SWISH", "HardSwishOptions", {}, None),
        ("LEAKY_RELU", "LeakyReluOptions", {"alpha": 0.2}, None),
        ("LOGISTIC", None, {}, (np.float32(1 / 256), 0)),
        ("RELU", None, {}, None),
        ("RELU6", None, {}, None),
        ("RELU_N1_TO_1", None, {}, None),
        ("RELU_0_TO_1", None, {}, None),
        ("TANH", None, {}, (np.float32(1 / 128), 128)),
    ]:
        for index in range(3):
            scale, zeros = cases.scale(-7, -3), cases.random.integers(0, 256, 2)
            made = fixed or (cases.near(scale), int(zeros[1]))
            kind = options(table, **fields) if table else None
            inputs = [Tensor(shape, scale, int(zeros[0]), type=UINT8)]
            cases.case(f"{name}/uint8_{index}", kind, inputs, [Tensor(shape, *made, type=UINT8)])
    for name, table in [
        ("ADD", "AddOptions"), ("SUB", "SubOptions"), ("MUL", "MulOptions"), ("PRELU", None),
        ("MAXIMUM", "MaximumMinimumOptions"), ("MINIMUM", "MaximumMinimumOptions"),
    ]:  # fmt: skip
        for index, (first, second) in enumerate([([1, 3, 4, 5], [1, 3, 4, 5]), ([1, 3, 4, 5], [5])]):
            for way in ["constant", "computed"]:
                if way == "computed" and first != second:
                    continue
                scale, zeros = cases.scale(-7, -5), [int(zero) for zero in cases.random.integers(0, 256, 3)]
                scales = [scale, cases.near(scale), cases.near(scale)]
                if name == "MUL":
                    scales[2] = cases.near(scale * scales[1] * 64)
                if name in ("MAXIMUM", "MINIMUM"):
                    scales, zeros = [scale] * 3, zeros[:1] * 3
                a, b, c = (Tensor(s, q, z, type=UINT8) for s, q, z in zip([first, second, first], scales, zeros))
                before = [Step(BUILTIN.QUANTIZE, options("QuantizeOptions"), [a], [b])] if way == "computed" else []
                if way == "constant":
                    b.data = cases.random.integers(0, 256, second).astype(np.uint8)
                cases.case(f"{name}/uint8_{index}_{way}", options(table) if table else None, [a, b], [c], before=before)
    for name in ["MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"]:
        for index, axes in enumerate([[1, 2], [3], [1]]):
            scale, zeros = cases.scale(-7, -5), [int(zero) for zero in cases.random.integers(0, 256, 2)]
            result = [1 if place in axes else length for place, length in enumerate([1, 4, 5, 6])]
            same = name[0] == "R"
            made = Tensor(result, scale if same else cases.near(scale), zeros[0] if same else zeros[1], type=UINT8)
            inputs = [Tensor([1, 4, 5, 6], scale, zeros[0], type=UINT8), numbers(axes)]
            cases.case(f"{name}/uint8_{index}", options("ReducerOptions", keepDims=True), inputs, [made])


def unsigned_model(cases):
    """A classifier of uint8 images: convolution, depthwise, pointwise, mean, dense layer, softmax."""

    def weighted(source, shape, scale, zero, channels):
        bias = cases.random.integers(-2000, 2000, channels)
        bias = Tensor([channels], np.float32(source.scale * scale), 0, data=bias, type=INT32)
        return [source, bytes_with_offset(cases, shape, np.float32(scale), zero), bias]

    sizes = dict(padding=0, strideH=1, strideW=1)
    image, first = Tensor([1, 6, 6, 3], 1 / 128, 128, type=UINT8), Tensor([1, 3, 3, 8], 6 / 255, 0, type=UINT8)
    second, third = Tensor([1, 3, 3, 8], 6 / 255, 0, type=UINT8), Tensor([1, 3, 3, 6], 6 / 255, 0, type=UINT8)
    mean, flat = Tensor([1, 1, 1, 6], 6 / 255, 0, type=UINT8), Tensor([1, 6], 6 / 255, 0, type=UINT8)
    scores, answer = Tensor([1, 4], 0.1, 77, type=UINT8), Tensor([1, 4], 1 / 256, 0, type=UINT8)
    halved = options("Conv2DOptions", padding=0, strideH=2, strideW=2, fusedActivationFunction=3)
    pointwise = options("Conv2DOptions", **sizes, fusedActivationFunction=3)
    depthwise = options("DepthwiseConv2DOptions", **sizes, depthMultiplier=1, fusedActivationFunction=3)
    pool = options("Pool2DOptions", padding=1, strideH=1, strideW=1, filterHeight=3, filterWidth=3)
    before = [
        Step(BUILTIN.CONV_2D, halved, weighted(image, [8, 3, 3, 3], 0.02, 151, 8), [first]),
        Step(BUILTIN.DEPTHWISE_CONV_2D, depthwise, weighted(first, [1, 3, 3, 8], 0.03, 110, 8), [second]),
        Step(BUILTIN.CONV_2D, pointwise, weighted(second, [6, 1, 1, 8], 0.02, 128, 6), [third]),
        Step(BUILTIN.AVERAGE_POOL_2D, pool, [third], [mean]),
        Step(BUILTIN.RESHAPE, options("ReshapeOptions"), [mean, numbers([1, 6])], [flat]),
        Step(BUILTIN.FULLY_CONNECTED, options("FullyConnectedOptions"), weighted(flat, [4, 6], 0.03, 95, 4), [scores]),
    ]
    cases.case("SOFTMAX/unsigned", options("SoftmaxOptions", beta=1.0), [scores], [answer], before=before)


def late(cases):
    """What was forgotten above."""
    shape = [1, 4, 6, 5]
    for index in range(4):
        outputs = [Tensor(shape, cases.scale(-12, -10), type=INT16)]
        cases.case(f"LOG/{index}", None, [Tensor(shape, cases.scale(-13, -8), type=INT16)], outputs)
    for index, (shape, size) in enumerate([([1, 3, 4, 2], [6, 8]), ([1, 5, 7, 3], [3, 4]), ([1, 4, 4, 1], [9, 7])]):
        scale, kind = cases.scale(), options("ResizeNearestNeighborOptions", alignCorners=True, halfPixelCenters=True)
        outputs = [Tensor([1, *size, shape[3]], scale, type=INT16)]
        cases.case(f"RESIZE_NEAREST_NEIGHBOR/{index}both", kind, [Tensor(shape, scale, type=INT16), numbers(size)], outputs)


def main():
    cases = Long(2019)
    for family in [weighted, pairs, functions, pools, moves, halves, unsigned, mixed, wide, more, unsigned_layers, unsigned_functions, unsigned_model, late]:
        family(cases)
    here = os.path.dirname(os.path.abspath(__file__))
    cases.write(os.path.join(here, "types.npz"))
    # What the test `types` of the facade compiles.
    for name in ["QUANTIZE/around", "QUANTIZE/mixed", "QUANTIZE/sixteen", "SOFTMAX/unsigned"]:
        path = os.path.join(here, "../../../tests/types", name.split("/")[1] + ".tflite")
        with open(path, "wb") as file:
            file.write(cases.arrays[name + ".model"].tobytes())


if __name__ == "__main__":
    main()
