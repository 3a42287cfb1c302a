"""Writes unsigned.npz: uint8 operators that are not those of int8s 128 less.

    pip install tensorflow-cpu==2.19.1 numpy
    python make_unsigned.py

As make.py does. RESIZE_BILINEAR of uint8s is float32 arithmetic there. TRANSPOSE_CONV has weights far from their zero point.
"""

import os

import numpy as np
from make import BUILTIN, INT32, UINT8, Cases, Tensor, numbers, options


def resizes(cases):
    """By factors that are powers of two, or their like with aligned corners."""
    for index, (shape, size, flags) in enumerate([
        ([1, 4, 5, 3], [8, 10], dict(halfPixelCenters=True)),
        ([1, 4, 5, 3], [8, 10], {}),
        ([1, 3, 2, 2], [12, 16], dict(halfPixelCenters=True)),
        ([1, 8, 4, 2], [4, 8], dict(halfPixelCenters=True)),
        ([1, 8, 4, 2], [4, 1], {}),
        ([1, 3, 5, 4], [5, 17], dict(alignCorners=True)),
        ([1, 2, 2, 1], [64, 64], dict(halfPixelCenters=True)),
        ([2, 1, 3, 2], [1, 6], dict(halfPixelCenters=True)),
    ]):  # fmt: skip
        inputs = [Tensor(shape, 0.1, 131, type=UINT8), numbers(size)]
        outputs = [Tensor([shape[0], *size, shape[3]], 0.1, 131, type=UINT8)]
        samples = cases.random.integers(0, 256, (3, *shape)).astype(np.uint8)
        kind = options("ResizeBilinearOptions", **flags)
        cases.add(f"RESIZE_BILINEAR/uint8_{index}", BUILTIN.RESIZE_BILINEAR, kind, inputs, outputs, samples=samples)


def transposed(cases):
    for index, (shape, kernel, channels, stride, padding) in enumerate([
        ([1, 3, 4, 3], [3, 3], 2, [2, 2], 0),
        ([1, 3, 4, 3], [3, 2], 2, [2, 1], 1),
        ([1, 4, 3, 2], [2, 2], 3, [2, 3], 1),
        ([1, 4, 3, 2], [4, 5], 3, [1, 1], 0),
        ([1, 2, 2, 4], [1, 1], 5, [1, 2], 0),
    ]):  # fmt: skip
        height, width = (
            length * step if padding == 0 else (length - 1) * step + max(size, step)
            for length, step, size in zip(shape[1:3], stride, kernel)
        )
        made = [1, height, width, channels]
        weights = cases.random.integers(0, 256, [channels, *kernel, shape[3]])
        scale, zero = 0.02, int(cases.random.integers(0, 100))
        inputs = [
            numbers(made),
            Tensor(weights.shape, scale, zero, weights, UINT8),
            Tensor(shape, 0.05, int(cases.random.integers(0, 256)), type=UINT8),
        ]
        if index % 2 == 0:
            bias = cases.random.integers(-5000, 5000, channels)
            inputs.append(Tensor([channels], np.float32(scale) * np.float32(0.05), 0, bias, INT32))
        outputs = [Tensor(made, 1.5, 120, type=UINT8)]
        kind = options("TransposeConvOptions", padding=padding, strideH=stride[0], strideW=stride[1])
        samples = cases.random.integers(0, 256, (3, *shape)).astype(np.uint8)
        cases.add(f"TRANSPOSE_CONV/uint8_{index}", BUILTIN.TRANSPOSE_CONV, kind, inputs, outputs, samples=samples)


def main():
    cases = Cases(2041)
    resizes(cases)
    transposed(cases)
    assert not cases.refused, cases.refused
    cases.write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "unsigned.npz"))


if __name__ == "__main__":
    main()
