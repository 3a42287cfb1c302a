"""Trains the gestures network. Run from the folder above: `python -m gestures.train`."""

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from seglearn.datasets import load_watch
from torch import nn

import artifacts
import reproducible

TEST_SUBJECTS = (8, 9, 10)
# Full scale of the sensor: 2 g and 250 degrees a second, the finest ranges of common motion sensors.
FULL_SCALE = np.repeat([2.0, math.radians(250)], 3)
LARGEST = 127 / 128
# Four seconds at 50 Hz, averaged by fours.
WINDOW = 200
DECIMATION = 4
# What a training window is cut from: its tempo varies by a fifth.
CUT = 280
TEMPO = 0.25

EPOCHS = 20
BATCH = 64
CALIBRATION_WINDOWS = 128


class Gestures(nn.Module):
    """The layers of the declaration, under its labels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(6, 16, 5, padding=2)
        self.bn1 = nn.BatchNorm1d(16)
        self.conv2 = nn.Conv1d(16, 24, 5, padding=2)
        self.bn2 = nn.BatchNorm1d(24)
        self.dropout = nn.Dropout(0.2)
        self.fc1 = nn.Linear(24, 7)

    def forward(self, motion: torch.Tensor) -> torch.Tensor:
        pooled = F.max_pool1d(F.relu(self.bn1(self.conv1(motion))), 2)
        features = F.relu(self.bn2(self.conv2(pooled)))
        return self.fc1(self.dropout(features.mean(2)))


def cut(recordings: list, length: int, step: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Windows [count, 6, length] of fractions of full scale, not clipped, and their exercises."""
    windows, exercises = [], []
    for motion, exercise in recordings:
        for start in range(0, len(motion) - length + 1, step):
            windows.append(motion[start : start + length].T)
            exercises.append(exercise)
    return torch.tensor(np.array(windows), dtype=torch.float32), torch.tensor(exercises)


def sensed(motion: torch.Tensor) -> torch.Tensor:
    """What the network is fed: clipped as the sensor would, four readings averaged, [count, 6, 50]."""
    return F.avg_pool1d(motion.clamp(-1, LARGEST), DECIMATION)


def rotations(count: int, random: torch.Generator) -> torch.Tensor:
    """Turns of the watch on the wrist, [count, 3, 3], by Rodrigues' formula; about nine degrees around each axis."""
    vector = 0.15 * torch.randn(count, 3, generator=random)
    angle = vector.norm(dim=1).clamp(min=1e-9)
    cross = torch.zeros(count, 3, 3)
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        cross[:, k, j] = vector[:, i] / angle
        cross[:, j, k] = -vector[:, i] / angle
    angle = angle[:, None, None]
    return torch.eye(3) + angle.sin() * cross + (1 - angle.cos()) * cross @ cross


def varied(motion: torch.Tensor, random: torch.Generator) -> torch.Tensor:
    """Windows [count, 6, 200] out of longer ones: other tempo, other wrist, other fit of the watch."""
    count = len(motion)
    tempo = math.exp(TEMPO * (2 * torch.rand(1, generator=random).item() - 1))
    length = min(CUT, int(WINDOW * tempo))
    start = torch.randint(0, CUT - length + 1, (1,), generator=random).item()
    motion = F.interpolate(motion[:, :, start : start + length], WINDOW, mode="linear", align_corners=False)
    acceleration, rotation = motion[:, :3], motion[:, 3:] * (length / WINDOW)
    # The other wrist is a mirror image: an acceleration flips along the axis, a rotation around the other two.
    flip = torch.rand(count, 1, 1, generator=random) < 0.5
    mirror = torch.tensor([-1.0, 1.0, 1.0])[:, None]
    acceleration = torch.where(flip, acceleration * mirror, acceleration)
    rotation = torch.where(flip, rotation * -mirror, rotation)
    turn = rotations(count, random)
    strength = 1 + 0.1 * torch.randn(count, 1, 1, generator=random)
    return torch.cat([turn @ acceleration, turn @ rotation * strength], 1)


def train(recordings: list, random: torch.Generator) -> Gestures:
    motion, exercises = cut(recordings, CUT, step=20)
    network = Gestures()
    batches = len(motion) // BATCH
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=EPOCHS * batches)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(motion), generator=random)[: batches * BATCH].split(BATCH):
            x = sensed(varied(motion[batch], random))
            loss = F.cross_entropy(network(x), exercises[batch], label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def load() -> tuple[list, list]:
    """Recordings (motion [time, 6], exercise) of the people to train on, and of those to test on."""
    watch = load_watch()
    parts = [], []
    for motion, exercise, subject in zip(watch["X"], watch["y"], watch["subject"]):
        parts[int(subject) in TEST_SUBJECTS].append((motion / FULL_SCALE, int(exercise)))
    return parts


def confusion(found: torch.Tensor, exercises: torch.Tensor) -> np.ndarray:
    """How often each exercise (row) was taken for each (column)."""
    matrix = np.zeros((7, 7), int)
    np.add.at(matrix, (exercises.numpy(), found.numpy()), 1)
    return matrix


def main() -> None:
    folder = Path(__file__).parent
    random = reproducible.start(seed=0)
    known, unknown = load()
    network = train(known, random)

    windows, exercises = cut(unknown, WINDOW, step=WINDOW)
    x = sensed(windows).half()
    with torch.no_grad():
        found = network(x.float()).argmax(1)
    accuracy = (found == exercises).double().mean().item()

    state = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    np.savez(folder / "weights.npz", **state)
    samples = sensed(cut(known, WINDOW, step=WINDOW)[0])
    chosen = torch.randperm(len(samples), generator=random)[:CALIBRATION_WINDOWS]
    artifacts.save_calibration(folder, samples[chosen].transpose(1, 2).numpy())
    artifacts.save_test_set(folder, x.transpose(1, 2).numpy(), exercises.byte().numpy())
    artifacts.save_metrics(folder, float_accuracy=accuracy)
    print(f"accuracy {accuracy:.4f}")
    print(confusion(found, exercises))


if __name__ == "__main__":
    main()
