"""Trains the network of 8 x 8 digits in few bits: `TINYNET_ZOO=… python few_bit_digits.py [--validate]`."""

from pathlib import Path

from arithmetic import INT4, TERNARY
from layers import Dense
from network import Network
from training import Distortion, Recipe, Stage

RECIPE = Recipe(
    data="digits8x8_optdigits",
    full=16,
    validation=500,
    distortion=Distortion(share=0.5, degrees=5, scale=0.05, shift=0.25),
    real=Stage(epochs=100, rate=6e-3, weight_decay=1e-2),
    integers=Stage(epochs=150, rate=4e-3),
)


def make() -> Network:
    """The layers of the declaration, under its labels."""
    return Network(
        (0, 1),
        Dense("fc1", 64, 32, precision=TERNARY, activation="HardTanh"),
        Dense("fc2", 32, 10, precision=INT4, is_last=True),
    )


if __name__ == "__main__":
    RECIPE.run(make, Path(__file__).parent / "few_bit_digits")
