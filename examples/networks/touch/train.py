"""Trains the touch-pad network. Run from the folder above: `python -m touch.train`."""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

import artifacts
import digit_images
import reproducible

EPOCHS = 80
BATCH = 32
CALIBRATION_IMAGES = 256


class Touch(nn.Module):
    """The layers of the declaration, under its labels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.fc1 = nn.Linear(128, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        pooled = F.max_pool2d(F.relu(self.conv1(images)), 2)
        return self.fc2(F.hardtanh(self.fc1(pooled.flatten(1))))


def train(images: torch.Tensor, digits: torch.Tensor, random: torch.Generator) -> Touch:
    network = Touch()
    batches = len(images) // BATCH
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=EPOCHS * batches)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images), generator=random)[: batches * BATCH].split(BATCH):
            x = digit_images.distorted(images[batch], random, share=0.7, degrees=10, scale=0.1, shift=0.5)
            loss = F.cross_entropy(network(x), digits[batch], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def main() -> None:
    folder = Path(__file__).parent
    random = reproducible.start(seed=0)
    images, digits, test_images, test_digits = digit_images.load()
    network = train(images, digits, random)
    with torch.no_grad():
        accuracy = (network(test_images).argmax(1) == test_digits).double().mean().item()
    save_file(network.state_dict(), folder / "weights.safetensors")
    artifacts.save_calibration(folder, digit_images.channels_last(images[:CALIBRATION_IMAGES]))
    artifacts.save_test_set(folder, digit_images.channels_last(test_images), test_digits.byte().numpy())
    artifacts.save_metrics(folder, float_accuracy=accuracy)
    print(f"accuracy {accuracy:.4f}")


if __name__ == "__main__":
    main()
