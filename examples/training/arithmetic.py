"""The integers of a compiled network, in PyTorch: the same numbers forwards, straight-through gradients backwards.

Between layers go whole numbers in float32, counted from the zero point: `(q - zero_point)` of an int8 `q`. Sums of
products of them are exact as long as they stay below 2^24, which a layer checks when it is saved.

The gradient of rounding is taken to be 1 (Bengio, Leonard, Courville, "Estimating or Propagating Gradients Through
Stochastic Neurons for Conditional Computation", 2013); what saturates has none.
"""

import math
from dataclasses import dataclass
from typing import Callable

import torch


def straight_through(exact: torch.Tensor, smooth: torch.Tensor) -> torch.Tensor:
    """The values of `exact`, the gradient of `smooth`."""
    # What is added is 0 without any rounding.
    return exact.detach() + (smooth - smooth.detach())


def half_away_from_zero(values: torch.Tensor) -> torch.Tensor:
    """Rounds as the compiler rounds weights and biases; `torch.round` goes to the even neighbour."""
    return torch.sign(values) * torch.floor(values.abs() + 0.5)


# Precisions: which integers a weight may be, and the nearest of them.


@dataclass(frozen=True)
class Precision:
    """Number format of weights, under its name in the declaration."""

    name: str
    largest: int
    nearest: Callable[[torch.Tensor], torch.Tensor]

    def round(self, weights: torch.Tensor) -> torch.Tensor:
        """Integers from weights in units of their scale."""
        smooth = weights.clamp(-self.largest - 0.5, self.largest + 0.5)
        return straight_through(self.nearest(weights.detach()), smooth)


def _within(largest: int) -> Callable[[torch.Tensor], torch.Tensor]:
    return lambda weights: half_away_from_zero(weights).clamp(-largest, largest)


def _sign(weights: torch.Tensor) -> torch.Tensor:
    return torch.where(weights < 0, -1.0, 1.0)


def _odd(weights: torch.Tensor) -> torch.Tensor:
    return _sign(weights) * torch.where(weights.abs() < 2, 1.0, 3.0)


def _power_of_two(weights: torch.Tensor) -> torch.Tensor:
    # The middle between two powers is three quarters of the larger, between 0 and 1 it is a half.
    exponent = torch.floor(torch.log2(weights.abs().clamp(min=0.5) * (4 / 3))).clamp(0, 6)
    power = torch.where(weights.abs() < 0.5, 0.0, torch.exp2(exponent))
    return torch.sign(weights) * power


INT8 = Precision("Int8", 127, _within(127))
INT6 = Precision("Int6", 31, _within(31))
INT5 = Precision("Int5", 15, _within(15))
INT4 = Precision("Int4", 7, _within(7))
INT3 = Precision("Int3", 3, _within(3))
INT2 = Precision("Int2", 3, _odd)
TERNARY = Precision("Ternary", 1, _within(1))
BINARY = Precision("Binary", 1, _sign)
POWER_OF_TWO = Precision("PowerOfTwo", 64, _power_of_two)

# Schemes: what the int8s of a tensor stand for, and how sums become int8s again.


@dataclass(frozen=True)
class Format:
    """What the int8s of a tensor stand for: `(q - zero_point) * scale`."""

    scale: float
    zero_point: int

    @property
    def lowest(self) -> int:
        """Counted from the zero point."""
        return -128 - self.zero_point

    @property
    def highest(self) -> int:
        return 127 - self.zero_point

    def quantize(self, values: torch.Tensor) -> torch.Tensor:
        """Real numbers as integers counted from the zero point."""
        integers = half_away_from_zero(values.double() / self.scale)
        return integers.clamp(self.lowest, self.highest).float()


class FixedPoint:
    """`scheme: FixedPoint`: scales are powers of two, and requantising is a rounding shift."""

    name = "FixedPoint"

    @staticmethod
    def format(low: float, high: float, is_unsigned: bool = False) -> Format:
        """What the compiler makes of `range: [low, high]`; `is_unsigned` behind a Relu within the network."""
        power = 2.0 ** math.ceil(math.log2(max(-low, high)))
        return Format(power / 256, -128) if is_unsigned else Format(power / 128, 0)

    @staticmethod
    def weight_scales(best: torch.Tensor) -> torch.Tensor:
        """The scales of this scheme that are nearest to `best`."""
        return torch.exp2(torch.round(torch.log2(best)))

    @staticmethod
    def requantize(sums: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
        """Integers from sums; `factors` are output steps a step of the sums, powers of two."""
        return torch.floor(sums.double() * factors + 0.5)


class Affine:
    """`scheme: Affine`: TensorFlow Lite's. Any scale; requantising multiplies by a 32-bit fraction."""

    name = "Affine"

    @staticmethod
    def format(low: float, high: float, is_unsigned: bool = False) -> Format:
        """What the compiler makes of `range: [low, high]`; its zero point follows from the range alone."""
        del is_unsigned
        scale = (high - low) / 255
        zero_point = -128 - low / scale
        # Halves go away from zero, other than in Python's `round`.
        zero_point = int(math.copysign(math.floor(abs(zero_point) + 0.5), zero_point))
        return Format(scale, min(max(zero_point, -128), 127))

    @staticmethod
    def weight_scales(best: torch.Tensor) -> torch.Tensor:
        return best

    @staticmethod
    def requantize(sums: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
        """TensorFlow Lite's `MultiplyByQuantizedMultiplier`: a saturating, rounding, doubling high multiplication, then
        a right shift that rounds half away from zero."""
        fraction, exponent = torch.frexp(factors.double())
        multiplier = half_away_from_zero(fraction * 2.0**31).long()
        is_one = multiplier == 1 << 31
        multiplier = torch.where(is_one, 1 << 30, multiplier)
        exponent = exponent.long() + is_one.long()
        product = (sums.long() << exponent.clamp(min=0)) * multiplier
        nudge = torch.where(product >= 0, 1 << 30, 1 - (1 << 30))
        high = torch.div(product + nudge, 1 << 31, rounding_mode="trunc")
        right = (-exponent).clamp(min=0)
        remainder = high & ((1 << right) - 1)
        threshold = (((1 << right) - 1) >> 1) + (high < 0).long()
        return ((high >> right) + (remainder > threshold).long()).double()
