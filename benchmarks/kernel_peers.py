"""Peers of `kernels.py`, each where it is installed."""

import importlib
from typing import Any, Callable, Dict, List, Tuple

import numpy
import torch
from allennlp.nn.chu_liu_edmonds import decode_mst
from kernel_programs import Problem, Program, Run
from torch import Tensor

from spigot_allennlp.nn.parts import heads_to_arcs, legal_arcs
from spigot_allennlp.nn.projections import clip_norm

LOWEST = -1e9


def supar_programs() -> Dict[str, List[Program]]:
    """SuPar takes `[batch, modifier, head]`, and one root by default."""
    trees: Any = importlib.import_module("supar.structs.tree")
    programs = supar_distribution("projective", trees.DependencyCRF)
    programs.update(supar_distribution("non-projective", trees.MatrixTree))
    return programs


def supar_distribution(kind: str, distribution: Any) -> Dict[str, List[Program]]:
    def best(problem: Problem) -> Run:
        return lambda: distribution(problem.scores.detach(), problem.lengths).argmax

    def marginals(problem: Problem) -> Run:
        return lambda: distribution(problem.scores.detach(), problem.lengths).marginals

    def product(problem: Problem) -> Run:
        scores = problem.scores.clone().requires_grad_()

        def run() -> Tensor:
            expected = distribution(scores, problem.lengths).marginals
            return torch.autograd.grad(expected, scores, problem.gradient)[0]

        return run

    return {
        f"{kind} argmax": [Program("SuPar", best)],
        f"{kind} marginals": [Program("SuPar", marginals)],
        f"{kind} marginals and VJP": [Program("SuPar", product)],
    }


def torch_struct_programs() -> Dict[str, List[Program]]:
    torch_struct: Any = importlib.import_module("torch_struct")
    programs = torch_struct_distribution("projective", torch_struct.DependencyCRF)
    other = torch_struct_distribution("non-projective", torch_struct.NonProjectiveDependencyCRF)
    # Its argmax is a stub.
    del other["non-projective argmax"]
    return {**programs, **other}


def torch_struct_distribution(kind: str, distribution: Any) -> Dict[str, List[Program]]:
    """torch-struct takes `[batch, head, modifier]` without ROOT, whose arcs are the diagonal."""

    def potentials(scores: Tensor) -> Tensor:
        words = scores[:, 1:, 1:].transpose(1, 2).clone()
        words.diagonal(dim1=1, dim2=2).copy_(scores[:, 1:, 0])
        return words

    def arcs(words: Tensor) -> Tensor:
        num_nodes = words.size(1) + 1
        result = words.new_zeros(len(words), num_nodes, num_nodes)
        result[:, 1:, 1:] = words.transpose(1, 2)
        result[:, 1:, 0] = words.diagonal(dim1=1, dim2=2)
        result.diagonal(dim1=1, dim2=2).zero_()
        return result

    def best(problem: Problem) -> Run:
        # Without a gradient it raises an error.
        scores = potentials(problem.scores).requires_grad_()
        return lambda: distribution(scores, lengths=problem.lengths, multiroot=False).argmax

    def marginals(problem: Problem) -> Run:
        scores = potentials(problem.scores).requires_grad_()
        return lambda: distribution(scores, lengths=problem.lengths, multiroot=False).marginals

    def product(problem: Problem) -> Run:
        scores = potentials(problem.scores).requires_grad_()
        directions = potentials(problem.gradient)

        def run() -> Tensor:
            tree = distribution(scores, lengths=problem.lengths, multiroot=False)
            return torch.autograd.grad(tree.marginals, scores, directions)[0]

        return run

    def heads(words: Tensor) -> Tensor:
        return arcs(words).argmax(dim=2)

    return {
        f"{kind} argmax": [Program("torch-struct", best, heads)],
        f"{kind} marginals": [Program("torch-struct", marginals, arcs)],
        f"{kind} marginals and VJP": [Program("torch-struct", product, arcs)],
    }


def entmax_programs() -> Dict[str, List[Program]]:
    sparsemax: Any = importlib.import_module("entmax").sparsemax

    def simplex(problem: Problem) -> Run:
        rows = problem.point.masked_fill(~legal_arcs(problem.mask), LOWEST)
        return lambda: sparsemax(rows, dim=-1)

    return {"simplex projection by rows": [Program("entmax", simplex)]}


def supar_and_entmax_programs() -> Dict[str, List[Program]]:
    """SPIGOT for trees as one would put it together from other libraries."""
    crf: Any = importlib.import_module("supar.structs.tree").DependencyCRF
    sparsemax: Any = importlib.import_module("entmax").sparsemax

    class Layer(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, scores: Tensor, problem: Problem) -> Tensor:
            heads = crf(scores.detach(), problem.lengths).argmax
            arcs = heads_to_arcs(heads, problem.mask)
            ctx.arcs, ctx.mask = arcs, problem.mask
            return arcs.clone()

        @staticmethod
        def backward(ctx: Any, gradient: Tensor) -> Any:
            legal = legal_arcs(ctx.mask)
            point = ctx.arcs - clip_norm(gradient.masked_fill(~legal, 0.0), 1.0)
            projected = sparsemax(point.masked_fill(~legal, LOWEST), dim=-1)
            return ctx.arcs - projected.masked_fill(~legal, 0.0), None

    def layer(problem: Problem) -> Run:
        scores = problem.scores.clone().requires_grad_()

        def run() -> Tensor:
            parts = Layer.apply(scores, problem)
            return torch.autograd.grad(parts, scores, problem.gradient)[0]

        return run

    return {"SPIGOT layer, forward and backward": [Program("SuPar and entmax", layer)]}


def ufal_programs() -> Dict[str, List[Program]]:
    """It takes `[modifier, head]` and any number of roots."""
    decode: Any = importlib.import_module("ufal.chu_liu_edmonds").chu_liu_edmonds

    def best(problem: Problem) -> Run:
        def scores_of(scores: numpy.ndarray) -> numpy.ndarray:
            scores = scores.copy()
            scores[0] = numpy.nan
            numpy.fill_diagonal(scores, numpy.nan)
            return scores

        sentences = sentences_of(problem, scores_of)
        return lambda: [decode(scores)[0] for scores in sentences]

    return {"non-projective argmax": [Program("ufal, any number of roots", best, padded)]}


def allennlp_programs() -> Dict[str, List[Program]]:
    """It takes `[head, modifier]` and any number of roots, and is in Python."""

    def best(problem: Problem) -> Run:
        sentences = sentences_of(problem, lambda scores: numpy.ascontiguousarray(scores.T))
        return lambda: [decode_mst(scores, len(scores), False)[0] for scores in sentences]

    return {"non-projective argmax": [Program("AllenNLP, any number of roots", best, padded)]}


def sentences_of(
    problem: Problem, change: Callable[[numpy.ndarray], numpy.ndarray]
) -> List[numpy.ndarray]:
    return [
        change(scores[: length + 1, : length + 1].double().numpy())
        for scores, length in zip(problem.scores.cpu(), problem.lengths.tolist())
    ]


def padded(sentences: List[Any]) -> Tensor:
    heads = [torch.as_tensor(list(heads)) for heads in sentences]
    result = torch.nn.utils.rnn.pad_sequence(heads, batch_first=True)
    # ROOT has none: -1.
    return result.clamp(min=0)


def installed_peers() -> Tuple[Dict[str, List[Program]], List[str]]:
    """The programs under the titles of their kernels, and what is missing."""
    peers: Dict[str, List[Program]] = {}
    missing: List[str] = []
    for add in (
        supar_programs,
        torch_struct_programs,
        entmax_programs,
        supar_and_entmax_programs,
        ufal_programs,
        allennlp_programs,
    ):
        try:
            programs = add()
        except ImportError as error:
            missing.append(str(error))
            continue
        for title, some in programs.items():
            peers.setdefault(title, []).extend(some)
    return peers, missing
