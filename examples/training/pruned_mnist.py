"""Trains a dense network of MNIST with all of its weights, and with a tenth of them: `TINYNET_ZOO=… python pruned_mnist.py
[--validate]`."""

from dataclasses import replace
from pathlib import Path

from arithmetic import INT8
from layers import Dense
from network import Network
from training import Distortion, Recipe, Stage

DENSE = Recipe(
    data="mnist10k_16x16",
    full=255,
    validation=1500,
    distortion=Distortion(share=0.7, degrees=8, scale=0.08, shift=0.7, bend=0.35),
    real=Stage(epochs=100, rate=1e-2, weight_decay=1e-3),
    integers=Stage(epochs=5, rate=5e-4),
)
PRUNED = replace(DENSE, real=replace(DENSE.real, zeros=0.9))


def make() -> Network:
    """The layers of the declarations, under their labels."""
    return Network(
        (0, 1),
        Dense("fc1", 256, 96, precision=INT8, activation="Relu", normalize=True),
        Dense("fc2", 96, 10, precision=INT8, is_last=True),
    )


if __name__ == "__main__":
    for recipe, folder in [(DENSE, "dense_mnist"), (PRUNED, "pruned_mnist")]:
        recipe.run(make, Path(__file__).parent / folder)
