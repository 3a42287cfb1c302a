"""Trains and prunes the digits network. Run from the folder above: `python -m digits.train`."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import artifacts
import digit_images
import reproducible

EPOCHS = 300
BATCH = 32
CALIBRATION_IMAGES = 256

# Weights that stay: each costs five Cortex-M0 cycles in unrolled code, a zero none.
WEIGHTS_KEPT = 480
# Pruning goes on between these shares of the training; the rest repairs.
PRUNE_FROM, PRUNE_UNTIL = 0.1, 0.7
PRUNE_EVERY = 20


class Digits(nn.Module):
    """The layers of the declaration, under its labels."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(64, 16)
        self.fc2 = nn.Linear(16, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.fc2(F.hardtanh(self.fc1(images.flatten(1))))


class Pruner:
    """Sets more and more of the least important weights to zero, and keeps them there."""

    def __init__(self, network: Digits, images: torch.Tensor) -> None:
        self.weights = [network.fc1.weight, network.fc2.weight]
        # What a weight contributes: itself times its input's root mean square, which is zero for a pixel that is
        # never inked, and about 0.6 for a HardTanh.
        pixel = images.flatten(1).square().mean(0).sqrt()
        self.inputs = [pixel, torch.tensor(0.6)]
        self.masks = [torch.ones_like(weight) for weight in self.weights]

    @torch.no_grad()
    def prune(self, progress: float) -> None:
        """Cubic schedule: fast while there is much to spare, slow at the end (Zhu and Gupta 2017)."""
        remaining = 1 - min(1, (progress - PRUNE_FROM) / (PRUNE_UNTIL - PRUNE_FROM))
        count = sum(weight.numel() for weight in self.weights)
        kept = WEIGHTS_KEPT + int((count - WEIGHTS_KEPT) * remaining**3)
        importance = [weight.abs() * size for weight, size in zip(self.weights, self.inputs)]
        threshold = torch.cat([part.flatten() for part in importance]).topk(kept).values.min()
        self.masks = [(part >= threshold).float() for part in importance]

    @torch.no_grad()
    def apply(self) -> None:
        for weight, mask in zip(self.weights, self.masks):
            weight.mul_(mask)


def train(images: torch.Tensor, digits: torch.Tensor, random: torch.Generator) -> Digits:
    network = Digits()
    pruner = Pruner(network, images)
    batches = len(images) // BATCH
    steps = EPOCHS * batches
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=steps, pct_start=0.1)
    step = 0
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images), generator=random)[: batches * BATCH].split(BATCH):
            x = digit_images.distorted(images[batch], random, share=0.8, degrees=6, scale=0.06, shift=0.3)
            loss = F.cross_entropy(network(x), digits[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            step += 1
            progress = step / steps
            if step % PRUNE_EVERY == 0 and PRUNE_FROM < progress < PRUNE_UNTIL + 0.01:
                pruner.prune(progress)
            pruner.apply()
    return network.eval()


def rows(images: torch.Tensor) -> np.ndarray:
    """[count, 64], pixels row by row."""
    return digit_images.channels_last(images).reshape(len(images), -1)


def main() -> None:
    folder = Path(__file__).parent
    random = reproducible.start(seed=0)
    images, digits, test_images, test_digits = digit_images.load()
    network = train(images, digits, random)
    with torch.no_grad():
        accuracy = (network(test_images).argmax(1) == test_digits).double().mean().item()
    # Keras's names and its layout, [inputs, outputs].
    entries = {}
    for label, layer in network.named_children():
        entries[f"{label}.kernel"] = layer.weight.detach().numpy().T.copy()
        entries[f"{label}.bias"] = layer.bias.detach().numpy()
    np.savez(folder / "weights.npz", **entries)
    artifacts.save_calibration(folder, rows(images[:CALIBRATION_IMAGES]))
    artifacts.save_test_set(folder, rows(test_images), test_digits.byte().numpy())
    artifacts.save_metrics(folder, float_accuracy=accuracy)
    nonzero = {name: int(np.count_nonzero(array)) for name, array in entries.items()}
    print(f"accuracy {accuracy:.4f}, nonzero {nonzero}")


if __name__ == "__main__":
    main()
