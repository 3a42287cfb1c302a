"""Writes networks with a layer of every precision, one in each scheme, and what their integers answer here:
`python every_precision.py`. `tests/every_precision.rs` compiles them and holds the answers against each other."""

from pathlib import Path

import torch

from arithmetic import BINARY, INT2, INT3, INT4, INT5, INT6, INT8, POWER_OF_TWO, TERNARY, Affine, FixedPoint
from layers import Conv2d, Dense, DepthwiseConv2d
from network import MaxPool2d, Network
from training import save_answers, start

FOLDER = Path(__file__).parent / "tests" / "every_precision"
# What the declarations state.
RANGES = {"Relu": (0.0, 4.0), "HardTanh": (-1.0, 1.0), None: (-4.0, 4.0)}


def make(scheme: type) -> Network:
    """Layers of random weights."""
    return Network(
        (-1, 1),
        Conv2d("conv1", 2, 5, 3, padding=1, precision=INT8, activation="Relu", normalize=True),
        DepthwiseConv2d("depthwise", 5, 3, stride=2, padding=1, precision=INT6, activation="HardTanh"),
        Conv2d("conv2", 5, 9, 3, precision=INT5, activation="Relu", normalize=True),
        MaxPool2d(2),
        Conv2d("conv3", 9, 10, 1, precision=INT4, per_channel=False),
        Dense("fc1", 40, 12, precision=INT3, activation="Relu"),
        Dense("fc2", 12, 12, precision=INT2, activation="HardTanh"),
        Dense("fc3", 12, 12, precision=TERNARY, activation="HardTanh"),
        Dense("fc4", 12, 12, precision=BINARY),
        Dense("fc5", 12, 3, precision=POWER_OF_TWO, is_last=True),
        scheme=scheme,
    )


def main() -> None:
    for scheme in (FixedPoint, Affine):
        start(seed=0)
        network = make(scheme)
        samples = torch.rand(300, 2, 12, 12) * 2 - 1
        # Normalisations that are not the identity.
        network.train()
        for _ in range(20):
            network(samples)
        for layer in network.weighted():
            torch.nn.init.uniform_(layer.bias, -0.3, 0.3)
        network.quantize(samples, ranges={layer.label: RANGES[layer.activation] for layer in network.weighted()})
        network.save(FOLDER / f"{scheme.name}.safetensors")
        save_answers(network, samples, FOLDER / f"{scheme.name}.npz")


if __name__ == "__main__":
    main()
