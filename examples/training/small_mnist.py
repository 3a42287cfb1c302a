"""Trains the network of MNIST for 3 kB of flash: `TINYNET_ZOO=… python small_mnist.py [--validate]`."""

from pathlib import Path

from arithmetic import INT3
from layers import Conv2d, Dense
from network import Network
from training import Distortion, Recipe, Stage

RECIPE = Recipe(
    data="mnist10k_16x16",
    full=255,
    validation=1500,
    distortion=Distortion(share=0.85, degrees=8, scale=0.08, shift=0.7, bend=0.35),
    real=Stage(epochs=40, rate=8e-3, weight_decay=1e-3),
    integers=Stage(epochs=40, rate=2e-3),
)


def make() -> Network:
    """The layers of the declaration, under its labels. None is padded, and all have the same precision: then one loop serves
    them all."""
    convolution = {"kernel": 3, "precision": INT3, "activation": "Relu", "normalize": True}
    return Network(
        (0, 1),
        Conv2d("conv1", 1, 8, **convolution),
        Conv2d("conv2", 8, 16, stride=2, **convolution),
        Conv2d("conv3", 16, 24, stride=2, **convolution),
        Dense("fc1", 96, 10, precision=INT3, is_last=True),
    )


if __name__ == "__main__":
    RECIPE.run(make, Path(__file__).parent / "small_mnist")
