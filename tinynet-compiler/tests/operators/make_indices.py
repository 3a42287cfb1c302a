"""Writes indices.npz: ARG_MAX and ARG_MIN among more values than an int8 counts.

    pip install tensorflow-cpu==2.19.1 numpy
    python make_indices.py

As make.py does. Samples of few different values compress, and have the largest one often: the first of equals counts.
"""

import os

import numpy as np
from make import BUILTIN, INT32, INT64, UINT8, Cases, Tensor, numbers, options


def samples(cases, shape, type):
    """Values in a narrow range; one that stands out at the end, at the beginning, where an int8's places end."""
    dtype = np.uint8 if type == UINT8 else np.int8
    made = []
    for place in [-1, 0, 128, None]:
        values = np.repeat(cases.random.integers(3, 6, (int(np.prod(shape)) + 39) // 40), 40)[: int(np.prod(shape))]
        if place is not None:
            values[place] = 100 if len(made) % 2 else 0
        made.append(values.reshape(shape).astype(dtype))
    return np.stack(made)


def main():
    cases = Cases(2031)
    shapes = [([1, 129], 1), ([1, 1000], -1), ([300], 0), ([1, 200, 3], 1), ([1, 2, 3, 150], 3), ([1, 33_000], 1)]
    for index, (shape, axis) in enumerate(shapes):
        for name, table in [("ARG_MAX", "ArgMaxOptions"), ("ARG_MIN", "ArgMinOptions")]:
            for type in [INT32, INT64]:
                result = [length for place, length in enumerate(shape) if place != axis % len(shape)]
                source = Tensor(shape, 0.1, 3) if index % 2 else Tensor(shape, 0.1, 131, type=UINT8)
                cases.add(
                    f"{name}/{index}_{type}", getattr(BUILTIN, name), options(table, outputType=type),
                    [source, numbers(axis)], [Tensor(result, type=type)], samples=samples(cases, shape, source.type),
                )  # fmt: skip
    assert not cases.refused, cases.refused
    cases.write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "indices.npz"))


if __name__ == "__main__":
    main()
