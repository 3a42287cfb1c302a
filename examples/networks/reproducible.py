"""PyTorch set up to give the same weights on every run."""

import torch


def start(seed: int) -> torch.Generator:
    """Seeds everything. Sums taken by several threads would depend on how many there are, so there is one."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)
