"""Training of classifiers: in real numbers, then of integers."""

import json
import math
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from network import Network

CALIBRATION_IMAGES = 2000
# Pruning goes on so far into a stage, every so many steps; the rest repairs.
PRUNE_UNTIL, PRUNE_EVERY = 0.6, 20
# Inputs with recorded answers.
ANSWERS = 64


def start(seed: int) -> torch.Generator:
    """Seeds everything. Sums taken by several threads would depend on how many there are, so there is one."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def data_folder(name: str) -> Path:
    """Where a data set is: below the folder that TINYNET_ZOO names."""
    return Path(os.environ["TINYNET_ZOO"]) / "datasets" / name


@dataclass(frozen=True)
class Images:
    """Images [count, 1, height, width] from 0 to 1, and what they show."""

    x: torch.Tensor
    y: torch.Tensor

    def __getitem__(self, part: slice) -> "Images":
        return Images(self.x[part], self.y[part])


def load(name: str, split: str, full: float) -> Images:
    """A split of a data set, whose pixels are integers up to `full`."""
    images = torch.tensor(np.load(data_folder(name) / f"x_{split}.npy") / full, dtype=torch.float32)
    classes = torch.tensor(np.load(data_folder(name) / f"y_{split}.npy").astype(np.int64))
    return Images(images.unsqueeze(1), classes)


@dataclass(frozen=True)
class Distortion:
    """Turns, slants, scales, shifts and bends a share of images; amounts are standard deviations, `shift` and `bend` in
    pixels."""

    share: float
    degrees: float
    scale: float
    shift: float
    bend: float = 0.0

    def __call__(self, images: torch.Tensor, random: torch.Generator) -> torch.Tensor:
        count, _, height, width = images.shape

        def normal(*shape: int) -> torch.Tensor:
            return torch.randn(count, *shape, generator=random)

        angle, slant = math.radians(self.degrees) * normal(), 0.1 * normal()
        across, down = 1 + self.scale * normal(), 1 + self.scale * normal()
        # The grid spans 2 units.
        pixel = torch.tensor([2 / width, 2 / height])
        transform = torch.stack(
            [
                torch.stack([across * angle.cos(), slant - across * angle.sin(), self.shift * pixel[0] * normal()], 1),
                torch.stack([down * angle.sin(), down * angle.cos(), self.shift * pixel[1] * normal()], 1),
            ],
            1,
        )
        grid = F.affine_grid(transform, list(images.shape), align_corners=False)
        if self.bend > 0:
            coarse = self.bend * normal(2, 4, 4)
            fine = F.interpolate(coarse, (height, width), mode="bicubic", align_corners=True)
            grid = grid + fine.permute(0, 2, 3, 1) * pixel
        moved = F.grid_sample(images, grid, align_corners=False)
        chosen = torch.rand(count, 1, 1, 1, generator=random) < self.share
        return torch.where(chosen, moved, images)


@dataclass(frozen=True)
class Stage:
    """A part of the training: in real numbers, or as integers."""

    epochs: int
    rate: float
    weight_decay: float = 0.0
    smoothing: float = 0.05
    batch: int = 64
    # Share of each layer's weights that are 0 in the end.
    zeros: float = 0.0


def train(network: Network, images: Images, random: torch.Generator, distortion: Distortion, stage: Stage) -> None:
    """Trains by cross-entropy; the rate rises, then falls to nothing."""
    batches = len(images.x) // stage.batch
    steps = stage.epochs * batches
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=stage.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, stage.rate, total_steps=steps, pct_start=0.15
    )
    network.train()
    step = 0
    for _ in range(stage.epochs):
        order = torch.randperm(len(images.x), generator=random)
        for chosen in order[: batches * stage.batch].split(stage.batch):
            x = distortion(images.x[chosen], random)
            loss = F.cross_entropy(network(x), images.y[chosen], label_smoothing=stage.smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            step += 1
            if stage.zeros > 0 and step % PRUNE_EVERY == 0:
                remaining = max(0.0, 1 - step / (PRUNE_UNTIL * steps))
                # Fast while there is much to spare, slowly at the end (Zhu and Gupta, 2017).
                network.prune(stage.zeros * (1 - remaining**3))


@dataclass(frozen=True)
class Recipe:
    """How a network is trained."""

    # Folder of the data set, and what its brightest pixel is.
    data: str
    full: float
    # Images of the training split that are held out where settings are chosen.
    validation: int
    distortion: Distortion
    # In real numbers, then as integers.
    real: Stage
    integers: Stage
    seed: int = 0

    def run(self, make: Callable[[], Network], folder: Path) -> None:
        """Trains a network and saves it in a folder; with `--validate` it trains on a part of the training split, says
        how well it does on the rest, and saves nothing. The test split is for the figures that are saved."""
        is_validation = "--validate" in sys.argv
        random = start(self.seed)
        images = load(self.data, "train", self.full)
        if is_validation:
            images, measured = images[: -self.validation], images[-self.validation :]
        else:
            measured = load(self.data, "test", self.full)
        network = make()
        train(network, images, random, self.distortion, self.real)
        real = network.accuracy(measured.x, measured.y)
        network.quantize(images.x[:CALIBRATION_IMAGES])
        rounded = network.accuracy(measured.x, measured.y)
        train(network, images, random, self.distortion, self.integers)
        accuracy = network.accuracy(measured.x, measured.y)
        print(f"real {real:.4f}, rounded {rounded:.4f}, trained as integers {accuracy:.4f}")
        print("ranges", network.ranges)
        if not is_validation:
            network.save(folder / "weights.safetensors")
            save_answers(network, images.x, folder / "answers.npz")
            metrics = {"float_accuracy": real, "accuracy": accuracy}
            (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")


@torch.no_grad()
def save_answers(network: Network, images: torch.Tensor, path: Path) -> None:
    """Inputs that are no images of the data set but as bright as they are, and what the network answers to them, both
    as int8: what a compiled network is held against."""
    random = np.random.default_rng(0)
    shape = [ANSWERS, *images.shape[1:]]
    inputs = torch.tensor(random.random(shape) ** 3 * random.random([ANSWERS, 1, 1, 1]), dtype=torch.float32)
    quantized = network.input.quantize(inputs) + network.input.zero_point
    outputs = network.integers(inputs) + network.output.zero_point
    # The compiler has channels last.
    channels_last = quantized.permute(0, 2, 3, 1).numpy().astype(np.int8)
    np.savez_compressed(path, inputs=channels_last, outputs=outputs.numpy().astype(np.int8))
