"""Writes images.npz: convolutions of several images at a time.

    pip install tensorflow-cpu==2.19.1 numpy
    python make_images.py

As make.py does. Converters leave such convolutions where they split dilated ones of sequences into blocks.
"""

import os

import numpy as np
from make import BUILTIN, INT8, INT32, UINT8, Cases, Tensor, options, schema

SAME, VALID = schema.Padding.SAME, schema.Padding.VALID


def made(length, kernel, stride, dilation, padding):
    reach = (kernel - 1) * dilation + 1
    return -(-length // stride) if padding == SAME else -(-(length - reach + 1) // stride)


def main():
    cases = Cases(2051)
    for index, (shape, kernel, stride, dilation, padding) in enumerate([
        ([2, 1, 9, 4], [1, 2], [1, 1], 1, VALID),
        ([3, 5, 6, 2], [3, 3], [1, 1], 1, SAME),
        ([3, 5, 6, 2], [3, 3], [2, 2], 1, SAME),
        ([2, 7, 6, 2], [2, 3], [2, 1], 1, VALID),
        ([2, 8, 7, 2], [3, 2], [1, 2], 2, SAME),
        ([3, 8, 7, 2], [2, 2], [3, 3], 1, SAME),
    ]):  # fmt: skip
        for depthwise in [False, True]:
            type = [INT8, UINT8][(index + depthwise) % 2]
            channels = shape[3] if depthwise else 3
            result = [shape[0], *(made(*part, dilation, padding) for part in zip(shape[1:3], kernel, stride)), channels]
            zero = 0 if type == INT8 else 128
            values = cases.random.integers(-127, 128, [1, *kernel, channels] if depthwise else [channels, *kernel, shape[3]])
            bias = Tensor([channels], np.float32(0.02) * np.float32(0.05), 0, cases.random.integers(-2000, 2000, channels), INT32)
            inputs = [Tensor(shape, 0.05, zero - 7, type=type), Tensor(values.shape, 0.02, zero, values + zero, type), bias]
            name = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
            kind = options(
                "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions", padding=padding, strideH=stride[0], strideW=stride[1],
                dilationHFactor=dilation, dilationWFactor=dilation, **({"depthMultiplier": 1} if depthwise else {}),
            )  # fmt: skip
            samples = cases.bytes((2, *shape))
            samples = samples.view(np.uint8) if type == UINT8 else samples
            outputs = [Tensor(result, 0.6, zero + 5, type=type)]
            cases.add(f"{name}/images_{index}", getattr(BUILTIN, name), kind, inputs, outputs, samples=samples)
    assert not cases.refused, cases.refused
    cases.write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "images.npz"))


if __name__ == "__main__":
    main()
