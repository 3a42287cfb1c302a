"""Fits the sea-temperature regression. Run from the folder above: `python -m sea_temperature.train`."""

from pathlib import Path

import numpy as np
from statsmodels.datasets import elnino

import artifacts

FIRST_YEAR = 1950
FIRST_TEST_YEAR = 1991
MONTHS = 12
# The network's unit: 1.0 is 8 degrees Celsius, from 24 degrees on. The temperatures, 18.9 to 29.2 degrees, then
# use most of the numbers from -1 to 1.
OFFSET, UNIT = 24.0, 8.0


def load() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Windows of twelve months [count, 12], the month after each [count, 1], and the year of that month."""
    celsius = elnino.load_pandas().data.to_numpy()[:, 1:].reshape(-1)
    temperatures = ((celsius - OFFSET) / UNIT).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(temperatures, MONTHS)[:-1]
    targets = temperatures[MONTHS:, None]
    return windows, targets, FIRST_YEAR + 1 + np.arange(len(targets)) // 12


def error(predicted: np.ndarray, targets: np.ndarray) -> float:
    """Root mean square, in units of the network."""
    return float(np.sqrt(np.mean(np.square(predicted.astype(np.float64) - targets))))


def main() -> None:
    folder = Path(__file__).parent
    windows, targets, years = load()
    early, late = years < FIRST_TEST_YEAR, years >= FIRST_TEST_YEAR
    columns = np.hstack([windows, np.ones_like(targets)]).astype(np.float64)
    solution, *_ = np.linalg.lstsq(columns[early], targets[early].astype(np.float64))
    # PyTorch's layout, [outputs, inputs].
    weight = solution[:MONTHS].T.astype(np.float32)
    bias = solution[MONTHS].astype(np.float32)

    rmse = error(windows[late] @ weight.T + bias, targets[late])
    persistence = error(windows[late][:, -1:], targets[late])
    np.save(folder / "weight.npy", weight)
    np.save(folder / "bias.npy", bias)
    artifacts.save_calibration(folder, windows[early][::2])
    artifacts.save_test_set(folder, windows[late], targets[late])
    artifacts.save_metrics(folder, float_rmse=rmse, persistence_rmse=persistence)
    print(f"root mean square error {UNIT * rmse:.3f} K, of the previous month's value {UNIT * persistence:.3f} K")


if __name__ == "__main__":
    main()
