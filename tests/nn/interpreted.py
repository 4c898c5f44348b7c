"""
Runs the kernel for GPUs in Triton's interpreter, which a process decides on before it imports
Triton: reads keyword arguments of `eisner_heads` from a file and writes the heads to another.
"""

import sys

import torch

from spigot_allennlp.nn.kernels.eisner_triton import eisner_heads

if __name__ == "__main__":
    cases = torch.load(sys.argv[1])
    torch.save([eisner_heads(**case) for case in cases], sys.argv[2])
