"""A network of layers: trained in real numbers, then quantised, trained on, and saved as integers."""

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save
from torch import nn

from arithmetic import FixedPoint, Format
from layers import Weighted

# Sums of more than this may not be exact in float32.
LARGEST_EXACT = 1 << 24


class MaxPool2d(nn.Module):
    """`MaxPool2d { size }`: the same in real numbers and in integers."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.max_pool2d(x, self.size)


class Network(nn.Module):
    """Layers one behind the other; inputs are real numbers within `range`."""

    def __init__(self, range: tuple[float, float], *layers: nn.Module, scheme: type = FixedPoint) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.scheme, self.input = scheme, scheme.format(*range)
        self.output: Format | None = None
        # Of each layer with weights, as its declaration must state it.
        self.ranges: dict[str, tuple[float, float]] = {}

    def weighted(self) -> list[Weighted]:
        return [layer for layer in self.layers if isinstance(layer, Weighted)]

    def prune(self, share: float) -> None:
        """Makes so many weights of each layer 0."""
        for layer in self.weighted():
            layer.prune(share)

    def integers(self, x: torch.Tensor) -> torch.Tensor:
        """What the compiled network answers, counted from the zero point of the output."""
        x = self.input.quantize(x)
        for layer in self.layers:
            x = layer(x)
        return x

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The network's output in real numbers."""
        if self.output is not None:
            return self.integers(x) * self.output.scale
        x = self.input.quantize(x) * self.input.scale
        for layer in self.layers:
            x = layer(x)
        return x

    @torch.no_grad()
    def quantize(
        self,
        calibration: torch.Tensor,
        coverage: float = 0.9995,
        ranges: dict[str, tuple[float, float]] | None = None,
    ) -> None:
        """Turns all layers into integers. Ranges that are not given are powers of two that hold so much of what the
        layers make of the calibration samples."""
        self.eval()
        for layer in self.weighted():
            layer.fold()
        self.ranges = ranges or self._ranges(calibration, coverage)
        format = self.input
        for layer in self.weighted():
            format = layer.quantize(self.scheme, format, *self.ranges[layer.label])
        self.output = format

    def _ranges(self, calibration: torch.Tensor, coverage: float) -> dict[str, tuple[float, float]]:
        x = self.input.quantize(calibration) * self.input.scale
        ranges = {}
        for layer in self.layers:
            x = layer(x)
            if not isinstance(layer, Weighted):
                continue
            values = x.abs().flatten().sort().values
            largest = values[int(coverage * (len(values) - 1))].item()
            high = 1.0 if layer.activation == "HardTanh" else 2.0 ** math.ceil(math.log2(largest))
            ranges[layer.label] = (0.0 if layer.activation == "Relu" else -high, high)
        return ranges

    @torch.no_grad()
    def save(self, path: Path) -> None:
        """Writes integers, scales and biases as the compiler reads them, by the labels of the layers."""
        entries = {}
        for layer in self.weighted():
            weight, bias = layer.integer_weight().numpy(), layer.integer_bias().numpy()
            reach = layer.input.highest - layer.input.lowest
            most = np.abs(weight).reshape(len(weight), -1).sum(1) * reach + np.abs(bias)
            assert most.max() < LARGEST_EXACT, f"{layer.label}: sums of {most.max()}"
            scales = layer.scales.numpy()
            entries[f"{layer.label}.weight"] = weight.astype(np.int8)
            entries[f"{layer.label}.weight_scale"] = scales
            entries[f"{layer.label}.bias"] = (bias * scales * layer.input.scale).astype(np.float32)
        path.write_bytes(save(entries))

    @torch.no_grad()
    def accuracy(self, x: torch.Tensor, y: torch.Tensor) -> float:
        """Share of inputs whose largest output, the first of equals, is the right one."""
        self.eval()
        # Of equals numpy takes the first, PyTorch any.
        answers = [self(part).numpy().argmax(1) for part in x.split(500)]
        return float((np.concatenate(answers) == y.numpy()).mean())
