# /// script
# requires-python = ">=3.10"
# dependencies = ["ml_dtypes==0.6.0", "numpy==2.4.6", "safetensors==0.8.0"]
# ///
"""Writes the files beside it, which tests/import.rs reads: what numpy and safetensors themselves write.

Run by `uv run make.py`, or by Python with the packages above. The files come out the same each time.
"""

from pathlib import Path

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

FOLDER = Path(__file__).parent

# 1/3 is no float16, 0.1 no float32, -0.0 has a sign, 6e-8 is a subnormal float16.
REALS = [[0.5, -0.0, 1 / 3], [0.1, -65504.0, 6e-8]]
COUNT = np.arange(12).reshape(2, 3, 2)


def npy(name, array, version=None):
    with open(FOLDER / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, array, version)


def ends(*kinds):
    """The smallest and the largest integer of each type, and 1."""
    return {kind: np.array([np.iinfo(kind).min, 1, np.iinfo(kind).max], kind) for kind in kinds}


npy("version_1", np.array(REALS, "<f4"), (1, 0))
npy("version_2", np.array(REALS, "<f4"), (2, 0))
npy("version_3", np.array(REALS, "<f4"), (3, 0))
npy("scalar", np.asanyarray(np.float32(2.5)))
npy("empty", np.zeros((0, 3), "<f4"))
npy("object", np.array([1, None], dtype=object))
npy("structured", np.zeros(2, [("a", "<f4"), ("b", "<i4", (2,))]))
npy("complex", np.array([1j]))
npy("text", np.array(["a"]))
npy("bfloat16", np.array(REALS, ml_dtypes.bfloat16))

np.savez(
    FOLDER / "floats.npz",
    **{
        "half": np.array(REALS, "<f2"),
        "half.big": np.array(REALS, ">f2"),
        "single.big": np.array(REALS, ">f4"),
        "double": np.array(REALS, "<f8"),
        "double.big": np.array(REALS, ">f8"),
        "fortran": np.asfortranarray(COUNT.astype("<f4")),
        "view": COUNT.astype("<f4").transpose(2, 0, 1),
    },
)
np.savez(FOLDER / "signed.npz", **ends("i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8"))
np.savez(FOLDER / "unsigned.npz", **ends("u1", "<u2", ">u2", "<u4", ">u4"), bool=np.array([False, True]))
np.savez_compressed(
    FOLDER / "deflated.npz",
    **{
        "conv1.weight": COUNT.astype("<f4") / 4,
        "conv1.bias": np.float32([1, -1]),
        "long": np.arange(60000, dtype="<u4").reshape(300, 200) // 1000,
    },
)

save_file(
    {
        "F16": np.array(REALS, "<f2"),
        "BF16": np.array(REALS, ml_dtypes.bfloat16),
        "F32": np.array(REALS, "<f4"),
        "F64": np.array(REALS, "<f8"),
        "BOOL": np.array([False, True]),
        "scalar": np.array(2.5, "<f4"),
        "empty": np.zeros((0, 3), "<f4"),
    }
    | ends("i1", "i2", "i4", "i8", "u1", "u2", "u4"),
    FOLDER / "types.safetensors",
    {"made by": "make.py"},
)
