"""Writes refused.npz: models that are not imported, each for one thing that is wrong or not supported.

    pip install tensorflow-cpu==2.19.1 numpy
    python make_refused.py

For each case NAME: NAME, the .tflite file. What TensorFlow Lite's reference kernels say of it is asserted here; what users of
this importer are told the test `refused` compares with refused.txt.
"""

import os

import numpy as np
from make import BUILTIN, INT8, INT16, INT32, INT64, Cases, Step, Tensor, file, model, options, tables


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


def main():
    cases = Refused(2021)
    for family in [biases]:
        family(cases)
    cases.save(os.path.join(os.path.dirname(os.path.abspath(__file__)), "refused.npz"))


if __name__ == "__main__":
    main()
