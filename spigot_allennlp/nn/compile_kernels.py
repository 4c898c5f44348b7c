"""
Compiles all kernels, which takes a minute or two and which numba otherwise does at first use:

    python -m spigot_allennlp.nn.compile_kernels

The result is kept beside the modules, or in the user's cache directory where they cannot be written
to. numba does it again when a module has changed, and for another processor.
"""

import logging

import torch

from spigot_allennlp.nn import inside_outside, matrix_tree
from spigot_allennlp.nn.chu_liu_edmonds import chu_liu_edmonds_argmax
from spigot_allennlp.nn.eisner import eisner_argmax
from spigot_allennlp.nn.graph_decoding import best_graphs
from spigot_allennlp.nn.graph_projections import project_arc_then_labels, project_euclidean
from spigot_allennlp.nn.k_best_trees import k_best_nonprojective, k_best_projective
from spigot_allennlp.nn.lstm import lstm_over_sentence
from spigot_allennlp.nn.min_norm_point import project_onto_trees
from spigot_allennlp.nn.projections import project_onto_simplex, project_onto_single_heads
from spigot_allennlp.nn.tanh import tanh, tanh_of_sums
from spigot_allennlp.nn.tree_sampling import sample_nonprojective, sample_projective
from spigot_allennlp.nn.uniforms import uniforms

#: Those that kernels are called with; tensors of other dtypes are converted before.
DTYPES = (torch.float32, torch.float64)


def compile_kernels() -> None:
    """Calls every kernel with tensors of all dtypes that it takes."""
    for dtype in DTYPES:
        _compile_trees(dtype)
        _compile_graphs(dtype)
        _compile_lstm(dtype)
        _compile_tanh(dtype)


def _compile_trees(dtype: torch.dtype) -> None:
    lengths = torch.tensor([3, 1])
    mask = torch.arange(4) <= lengths.unsqueeze(1)
    scores = torch.zeros(2, 4, 4, dtype=dtype, requires_grad=True)
    draw = uniforms(1, scores, generator=torch.Generator())
    for decode in (eisner_argmax, chu_liu_edmonds_argmax):
        decode(scores.detach(), lengths, True)
    for algorithm in (inside_outside, matrix_tree):
        algorithm.log_partition(scores, lengths, True).sum().backward()
        algorithm.marginals(scores, lengths, True).sum().backward()
    for sample in (sample_projective, sample_nonprojective):
        sample(scores.detach(), lengths, True, draw)
    for k_best in (k_best_projective, k_best_nonprojective):
        k_best(scores.detach(), lengths, True, 2)
    project_onto_single_heads(scores, mask)
    project_onto_simplex(scores.detach(), mask.unsqueeze(1).expand_as(scores))
    # Of all trees, so that some are taken in.
    project_onto_trees(
        scores, lengths, lambda s, n: eisner_argmax(s, n, True), max_iterations=9, tolerance=1e-6
    ).sum().backward()


def _compile_graphs(dtype: torch.dtype) -> None:
    scores = torch.zeros(1, 3, 3, 3, dtype=dtype)
    mask, legal_labels = torch.ones(1, 3, dtype=torch.bool), torch.ones(2, 3, dtype=torch.bool)
    best_graphs(scores, mask, legal_labels)
    for project in (project_arc_then_labels, project_euclidean):
        project(scores, mask, legal_labels)


def _compile_lstm(dtype: torch.dtype) -> None:
    shapes = [(2, 3), (4, 3), (4, 1), (4,), (4,)]
    arguments = [torch.zeros(shape, dtype=dtype, requires_grad=True) for shape in shapes]
    hidden = lstm_over_sentence(*arguments)
    if hidden is not None:
        hidden.sum().backward()


def _compile_tanh(dtype: torch.dtype) -> None:
    vectors = torch.zeros(1, 2, 3, dtype=dtype, requires_grad=True)
    tanh(tanh_of_sums(vectors, vectors)).sum().backward()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    compile_kernels()
