"""What a training script leaves behind, written so that the same numbers give the same bytes.

numpy dates the entries of its zip archives 1 January 1980, so an `.npz` depends on nothing but its arrays.
"""

import json
from pathlib import Path

import numpy as np


def save_calibration(folder: Path, samples: np.ndarray) -> None:
    """Training samples, [count, ...input shape], on which the compiler chooses the scales."""
    np.save(folder / "calibration.npy", samples.astype(np.float32))


def save_test_set(folder: Path, x: np.ndarray, y: np.ndarray) -> None:
    """Held-out inputs `x`, in the units that the network is fed, with the right answers `y`."""
    np.savez_compressed(folder / "test.npz", x=x, y=y)


def save_metrics(folder: Path, **metrics: float) -> None:
    """What the float network achieves on `test.npz`."""
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
