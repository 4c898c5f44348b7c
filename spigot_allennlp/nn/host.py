"""Between a GPU and the CPU: tensors for kernels that run on the CPU, and back."""

from typing import List

import numpy
import torch
from torch import Tensor


def to_numpy(*tensors: Tensor) -> List[numpy.ndarray]:
    """
    The values as C-contiguous arrays. Those of tensors on a GPU are copied, all of them for one
    wait; those of other tensors are shared where they can be.
    """
    tensors = tuple(tensor.detach() for tensor in tensors)
    if not any(tensor.is_cuda for tensor in tensors):
        return [tensor.contiguous().numpy() for tensor in tensors]
    copies = [
        torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True).copy_(
            tensor, non_blocking=True
        )
        for tensor in tensors
    ]
    torch.cuda.current_stream(tensors[0].device).synchronize()
    return [copy.numpy() for copy in copies]


def from_numpy(array: numpy.ndarray, device: torch.device) -> Tensor:
    """On the device, whose copy is not waited for."""
    tensor = torch.from_numpy(array)
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
