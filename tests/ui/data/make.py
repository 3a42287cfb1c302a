"""Writes the small files that the cases of tests/ui name, good and broken. Needs numpy only; run it in this folder."""

import json
import os
import struct
import zipfile

import numpy as np

rng = np.random.default_rng(7)


def npz(path, **arrays):
    """Like numpy.savez, with a fixed date, so that the file is the same each time."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy", (2026, 1, 1, 0, 0, 0))
            with archive.open(info, "w") as entry:
                np.lib.format.write_array(entry, np.asanyarray(array), allow_pickle=False)


def safetensors(path, **arrays):
    header, body = {}, b""
    for name, array in arrays.items():
        raw = array.tobytes()
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + body)


def weights(*shape):
    return rng.normal(0, 0.5, shape).astype(np.float32)


dense = {"fc1.weight": weights(4, 3), "fc1.bias": weights(4), "fc2.weight": weights(2, 4), "fc2.bias": weights(2)}
npz("dense.npz", **dense)
safetensors("dense.safetensors", **dense)
npz("surplus.npz", **dense, **{"fc3.weight": weights(2, 2), "fc3.bias": weights(2)})
npz("no_bias.npz", **{name: array for name, array in dense.items() if name != "fc1.bias"})
npz("not_finite.npz", **{**dense, "fc1.weight": np.where(dense["fc1.weight"] > 0.5, np.nan, dense["fc1.weight"])})
npz("integers.npz", **{**dense, "fc1.weight": np.round(dense["fc1.weight"] * 64).astype(np.int8)})
npz("complex.npz", **{**dense, "fc1.weight": dense["fc1.weight"].astype(np.complex64)})
npz("keras.npz", **{"fc1.kernel": weights(3, 4), "fc1.bias": weights(4), "fc2.kernel": weights(4, 2), "fc2.bias": weights(2)})
npz("transposed.npz", **{**dense, "fc1.weight": dense["fc1.weight"].T})
npz("convolution.npz", **{"conv1.weight": weights(2, 1, 3, 3), "conv1.bias": weights(2), "fc1.weight": weights(3, 32), "fc1.bias": weights(3)})
npz("convolution_keras.npz", **{"conv1.kernel": weights(3, 3, 1, 2), "conv1.bias": weights(2)})
npz("batch_norm.npz", **{**dense, "bn1.weight": weights(4), "bn1.bias": weights(4), "bn1.running_mean": weights(4),
                         "bn1.running_var": np.array([0.5, -1.0, 0.25, 1.0], np.float32)})

np.save("calibration.npy", rng.uniform(-1, 1, (16, 3)).astype(np.float32))
np.save("calibration_wrong_shape.npy", rng.uniform(-1, 1, (16, 5)).astype(np.float32))
np.save("calibration_one_sample.npy", rng.uniform(-1, 1, (3,)).astype(np.float32))
np.save("calibration_empty.npy", np.zeros((0, 3), np.float32))
np.save("calibration_zero.npy", np.zeros((4, 3), np.float32))
np.save("calibration_not_finite.npy", np.array([[0, 1, np.inf]], np.float32))
np.save("calibration_channels_first.npy", rng.uniform(0, 1, (4, 3, 6, 5)).astype(np.float32))
np.save("fc1_weight.npy", dense["fc1.weight"])
np.save("fc1_bias.npy", dense["fc1.bias"])

x = rng.uniform(-1, 1, (40, 3)).astype(np.float32)
hidden = np.maximum(x @ dense["fc1.weight"].T + dense["fc1.bias"], 0)
labels = (hidden @ dense["fc2.weight"].T + dense["fc2.bias"]).argmax(1).astype(np.uint8)
npz("test.npz", x=x, y=labels)
npz("test_mislabelled.npz", x=x, y=np.where(np.arange(40) % 2 == 0, labels, 1 - labels))
npz("test_no_labels.npz", x=x)
npz("test_label_range.npz", x=x, y=labels + 7)
npz("test_counts_differ.npz", x=x, y=labels[:30])
npz("test_float_labels.npz", x=x, y=labels.astype(np.float32) + 0.5)
npz("test_one_kind.npz", x=x, y=np.ones(40, np.uint8))
npz("test_wrong_shape.npz", x=x[:, :2], y=labels)
npz("test_other_names.npz", pictures=x, truth=labels)
npz("test_twice.npz", x=x, y=labels, y_test=labels)
outputs = (hidden @ dense["fc2.weight"].T + dense["fc2.bias"]).astype(np.float32)
npz("test_outputs.npz", x=x, y=outputs)
npz("test_outputs_shifted.npz", x=x, y=outputs + np.float32(0.125))
npz("test_pixels.npz", x=np.full((3, 6, 6, 2), 200, np.uint8), y=np.array([0, 1, 2], np.uint8))
np.save("test_x.npy", x)
np.save("test_y.npy", labels)

good = open("dense.npz", "rb").read()
open("truncated.npz", "wb").write(good[: len(good) // 2])
open("garbage.npz", "wb").write(b"these are not the weights you are looking for\n" * 4)
open("garbage.npy", "wb").write(b"\x93NUMPY\x01\x00\x10\x00{'descr': oops  \n")
open("garbage.safetensors", "wb").write(struct.pack("<Q", 1 << 60) + b"{}")
open("empty.npy", "wb").write(b"")
open("weights.h5", "wb").write(b"\x89HDF\r\n\x1a\n")
open("checkpoint.pt", "wb").write(b"PK\x03\x04")

# A fully connected layer between tensors of int16.
cases = np.load("../../../tinynet-compiler/tests/operators/types.npz")
open("int16.tflite", "wb").write(cases["FULLY_CONNECTED/0_tensor_int64.model"].tobytes())

# Operators in a model, each by its code: READ_VARIABLE becomes REAL, ASSIGN_VARIABLE BROADCAST_ARGS.
unsupported = open("counter.tflite", "rb").read()
for code, other in [(143, 134), (144, 145)]:
    assert unsupported.count(struct.pack("<i", code)) == 1
    unsupported = unsupported.replace(struct.pack("<i", code), struct.pack("<i", other))
open("unsupported.tflite", "wb").write(unsupported)

# What a checkout without Git LFS, a failed download or a renaming leaves.
pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + 64 * b"0" + b"\nsize 53936\n"
open("pointer.tflite", "wb").write(pointer)
open("pointer.npz", "wb").write(pointer)
open("web_page.tflite", "wb").write(b"<!DOCTYPE html>\n<title>Not what you wanted</title>\n")
open("empty.tflite", "wb").write(b"")
open("zipped.tflite", "wb").write(b"PK\x03\x04\x14\x00\x00\x00\x08\x00")
open("hdf5.tflite", "wb").write(b"\x89HDF\r\n\x1a\n")
open("onnx.tflite", "wb").write(b"\x08\x08\x12\x07pytorch")
open("pickle.tflite", "wb").write(b"\x80\x02}q\x00.")
os.makedirs("folder.tflite", exist_ok=True)
open("folder.tflite/saved_model.pb", "wb").write(b"\x08\x01\x12\x00")
