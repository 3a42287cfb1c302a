"""Handwritten digits, 8 x 8 pixels: scikit-learn's copy of the UCI set, its split, and its distortion for training."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits

TEST_IMAGES = 360
SPLIT_SEED = 3
# A pixel counts the ink dots of a 4 x 4 block, 0 to 16.
FULL_INK = 16


def load() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Images [count, 1, 8, 8] from 0 to 1 and digits [count] to train on, then those to test on."""
    pixels, digits = load_digits(return_X_y=True)
    images = torch.tensor(pixels / FULL_INK, dtype=torch.float32).reshape(-1, 1, 8, 8)
    digits = torch.tensor(digits)
    order = np.random.default_rng(SPLIT_SEED).permutation(len(images))
    test, train = order[:TEST_IMAGES], order[TEST_IMAGES:]
    return images[train], digits[train], images[test], digits[test]


def channels_last(images: torch.Tensor) -> np.ndarray:
    """[count, 8, 8, 1] as the compiler wants them; sixteenths are exact in float16."""
    return images.permute(0, 2, 3, 1).numpy().astype(np.float16)


def distorted(
    images: torch.Tensor, random: torch.Generator, share: float, degrees: float, scale: float, shift: float
) -> torch.Tensor:
    """Turns, slants, scales and shifts a share of the images; the amounts are standard deviations, `shift` in pixels."""
    count = len(images)

    def normal() -> torch.Tensor:
        return torch.randn(count, generator=random)

    angle, size, slant = math.radians(degrees) * normal(), 1 + scale * normal(), 0.1 * normal()
    # The grid spans 2 units over 8 pixels.
    right, down = shift / 4 * normal(), shift / 4 * normal()
    transform = torch.stack(
        [
            torch.stack([size * angle.cos(), slant - size * angle.sin(), right], 1),
            torch.stack([size * angle.sin(), size * angle.cos(), down], 1),
        ],
        1,
    )
    grid = F.affine_grid(transform, list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid, align_corners=False)
    chosen = torch.rand(count, 1, 1, 1, generator=random) < share
    return torch.where(chosen, moved, images)
