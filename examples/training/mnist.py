"""Trains the network of MNIST in 4-bit weights: `TINYNET_ZOO=… python mnist.py [--validate]`."""

from pathlib import Path

from arithmetic import INT4, INT6
from layers import Conv2d, Dense
from network import MaxPool2d, Network
from training import Distortion, Recipe, Stage

RECIPE = Recipe(
    data="mnist10k_16x16",
    full=255,
    validation=1000,
    distortion=Distortion(share=0.85, degrees=8, scale=0.08, shift=0.7, bend=0.35),
    real=Stage(epochs=40, rate=8e-3, weight_decay=1e-3),
    integers=Stage(epochs=30, rate=2e-3),
)


def make() -> Network:
    """The layers of the declaration, under its labels."""
    convolution = {"kernel": 3, "padding": 1, "precision": INT4, "activation": "Relu", "normalize": True}
    return Network(
        (0, 1),
        Conv2d("conv1", 1, 8, **convolution),
        MaxPool2d(2),
        Conv2d("conv2", 8, 16, stride=2, **convolution),
        Conv2d("conv3", 16, 24, stride=2, **convolution),
        # Six bits take no more room than four where outputs are ten: a word holds five or eight weights, and either way
        # two words hold them all.
        Dense("fc1", 96, 10, precision=INT6, is_last=True),
    )


if __name__ == "__main__":
    RECIPE.run(make, Path(__file__).parent / "mnist")
