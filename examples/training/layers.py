"""Layers that train in real numbers first, then as the integers of the compiled network.

A layer is made with the label and the options of its declaration. `quantize` turns it into integers: from then on
its output is what the compiled layer answers, and its parameters go on being trained.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from arithmetic import INT8, Format, Precision, half_away_from_zero, straight_through

# Scales tried for the weights of a channel, as parts of the one that holds the largest weight.
TRIED_SCALES = torch.arange(1, 41) / 40


class Weighted(nn.Module):
    """A dense layer or a convolution with its activation function."""

    def __init__(
        self,
        label: str,
        shape: list[int],
        precision: Precision = INT8,
        activation: str | None = None,
        is_last: bool = False,
        per_channel: bool = True,
        normalize: bool = False,
    ) -> None:
        super().__init__()
        self.label, self.precision, self.activation = label, precision, activation
        self.is_last, self.per_channel = is_last, per_channel
        self.weight = nn.Parameter(torch.empty(shape))
        self.bias = nn.Parameter(torch.zeros(shape[0]))
        nn.init.kaiming_normal_(self.weight)
        self.normalization = nn.BatchNorm1d(shape[0]) if normalize else None
        self.scheme: type | None = None
        self.input: Format | None = None
        self.output: Format | None = None
        self.register_buffer("scales", None)
        # Which weights are not pruned.
        self.register_buffer("kept", None)

    def sums(self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """The layer without its activation function."""
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._real(x) if self.scheme is None else self._integers(x)

    @torch.no_grad()
    def prune(self, share: float) -> None:
        """From now on so many of the weights are 0: those that are the smallest."""
        sizes = self.weight.abs()
        gone = int(share * sizes.numel())
        if gone > 0:
            self.kept = (sizes > sizes.flatten().kthvalue(gone).values).float()

    def weights(self) -> torch.Tensor:
        """What pruning has left."""
        return self.weight if self.kept is None else self.weight * self.kept

    def _real(self, x: torch.Tensor) -> torch.Tensor:
        y = self.sums(x, self.weights(), self.bias)
        if self.normalization is not None:
            y = self.normalization(y.flatten(2)).view_as(y) if y.dim() > 2 else self.normalization(y)
        if self.activation == "Relu":
            return F.relu(y)
        return F.hardtanh(y) if self.activation == "HardTanh" else y

    def _integers(self, x: torch.Tensor) -> torch.Tensor:
        sums = self.sums(x, self.integer_weight(), self.integer_bias())
        factors = self.factors().view(-1, *[1] * (sums.dim() - 2))
        exact = self.scheme.requantize(sums.detach(), factors)
        y = straight_through(exact.float(), sums * factors.float())
        return y.clamp(*self.clamp())

    def clamp(self) -> tuple[int, int]:
        """The ends of the output, counted from its zero point."""
        lowest, highest = self.output.lowest, self.output.highest
        if self.activation == "Relu":
            return max(lowest, 0), highest
        if self.activation == "HardTanh":
            one = int(half_away_from_zero(torch.tensor(1 / self.output.scale, dtype=torch.float64)))
            return max(lowest, -one), min(highest, one)
        return lowest, highest

    def factors(self) -> torch.Tensor:
        """Steps of the output to a step of the sums."""
        return self.input.scale * self.scales.double() / self.output.scale

    def integer_weight(self) -> torch.Tensor:
        scales = self.scales.view(-1, *[1] * (self.weight.dim() - 1))
        return self.precision.round(self.weights() / scales)

    def integer_bias(self) -> torch.Tensor:
        steps = self.bias / (self.scales * self.input.scale)
        return straight_through(half_away_from_zero(steps.detach()), steps)

    @torch.no_grad()
    def fold(self) -> None:
        """Takes the normalisation into weights and bias: the layer answers the same as before in evaluation."""
        if self.normalization is None:
            return
        norm = self.normalization
        factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        self.weight.mul_(factor.view(-1, *[1] * (self.weight.dim() - 1)))
        self.bias.copy_((self.bias - norm.running_mean) * factor + norm.bias)
        self.normalization = None

    @torch.no_grad()
    def quantize(self, scheme: type, input: Format, low: float, high: float) -> Format:
        """Makes the layer one of integers, its output of `range: [low, high]`; answers the output's format."""
        is_unsigned = self.activation == "Relu" and not self.is_last
        self.scheme, self.input = scheme, input
        self.output = scheme.format(low, high, is_unsigned)
        self.scales = scheme.weight_scales(self._best_scales())
        # No sum is shifted to the left.
        self.scales = self.scales.clamp(max=self.output.scale / input.scale)
        return self.output

    def _best_scales(self) -> torch.Tensor:
        """The scale of each channel's weights, or one for all, with the least squared error."""
        rows = self.weights().flatten(1) if self.per_channel else self.weights().reshape(1, -1)
        largest = rows.abs().amax(1, keepdim=True).clamp(min=1e-6) / self.precision.largest
        best, least = largest, torch.full_like(largest, torch.inf)
        for part in TRIED_SCALES:
            scale = largest * part
            error = (rows - self.precision.nearest(rows / scale) * scale).square().sum(1, keepdim=True)
            best, least = torch.where(error < least, scale, best), torch.minimum(error, least)
        return best.flatten().expand(len(self.weight)).clone()


class Conv2d(Weighted):
    """`label: Conv2d { filters, kernel, stride, padding }`"""

    def __init__(
        self, label: str, channels: int, filters: int, kernel: int, stride: int = 1, padding: int = 0, **options
    ) -> None:
        super().__init__(label, [filters, channels, kernel, kernel], **options)
        self.stride, self.padding = stride, padding

    def sums(self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return F.conv2d(x, weight, bias, self.stride, self.padding)


class DepthwiseConv2d(Weighted):
    """`label: DepthwiseConv2d { kernel, stride, padding }`"""

    def __init__(
        self, label: str, channels: int, kernel: int, stride: int = 1, padding: int = 0, **options
    ) -> None:
        super().__init__(label, [channels, 1, kernel, kernel], **options)
        self.stride, self.padding = stride, padding

    def sums(self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return F.conv2d(x, weight, bias, self.stride, self.padding, groups=weight.shape[0])


class Dense(Weighted):
    """`label: Dense { units }`, with a Flatten before it where it reads an image."""

    def __init__(self, label: str, inputs: int, units: int, **options) -> None:
        super().__init__(label, [units, inputs], **options)

    def sums(self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return F.linear(x.flatten(1), weight, bias)
