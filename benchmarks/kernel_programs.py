"""What `kernels.py` measures: this library's structures, compiled and in plain tensors."""

from typing import Any, Callable, Dict, List, NamedTuple, Optional

import torch
from torch import Tensor

from spigot_allennlp.estimators import Spigot
from spigot_allennlp.nn import inside_outside, matrix_tree
from spigot_allennlp.nn.eisner import eisner_argmax_in_tensors
from spigot_allennlp.nn.graph_decoding import decode_in_tensors
from spigot_allennlp.nn.graph_projections import arc_then_labels_in_tensors, euclidean_in_tensors
from spigot_allennlp.nn.parts import legal_arcs
from spigot_allennlp.nn.projections import clip_norm, project_by_sorting, project_onto_simplex
from spigot_allennlp.structures import LabeledGraphs, NonprojectiveTrees, ProjectiveTrees, Structure
from spigot_allennlp.structures.projections import Euclidean, TreePolytope
from spigot_allennlp.structures.trees import Trees


class Problem:
    """
    A batch of sentences; its tensors of arcs are indexed `[batch, modifier, head]`.

    # Parameters

    lengths : `LongTensor`
        `(batch_size,)`: words per sentence.
    scale : `float`
        What the scores, which are normally distributed, are multiplied by.
    margin : `float`
        What is added to the scores of one tree's arcs, so that they look like a parser's.
    num_labels : `int`
        Of the labeled graphs; 0 where there are none.
    device : `torch.device`
    """

    def __init__(
        self, lengths: Tensor, scale: float, margin: float, num_labels: int, device: torch.device
    ) -> None:
        num_nodes = int(lengths.max()) + 1
        mask = torch.arange(num_nodes) <= lengths.unsqueeze(1)
        shape = (len(lengths), num_nodes, num_nodes)
        scores = torch.randn(shape)
        tree = ProjectiveTrees().argmax(torch.randn(shape), mask)
        # A gradient step of norm 1 for each sentence, as SPIGOT takes them.
        gradient = torch.randn(shape) * legal_arcs(mask)
        self.lengths, self.mask = lengths.to(device), mask.to(device)
        self.scores = (scale * (scores + margin * tree)).to(device)
        self.gradient = gradient.to(device)
        self.point = (tree - clip_norm(gradient, 1.0)).to(device)
        self.label_scores = torch.randn(shape + (1 + num_labels,)).to(device)
        self.legal_labels = torch.ones(2, 1 + num_labels, dtype=torch.bool, device=device)


Run = Callable[[], Any]


class Program(NamedTuple):
    """
    One way to compute something.

    # Parameters

    name : `str`
    prepare : `Callable[[Problem], Callable[[], Any]]`
        Puts the problem into the layout that the program takes, which is not measured, and returns
        what is.
    result : `Callable[[Any], Tensor]`
        What was computed, in this library's layout, `[batch, modifier, head]`; not measured.
    """

    name: str
    prepare: Callable[[Problem], Run]
    result: Callable[[Any], Tensor] = lambda value: value


class Kernel(NamedTuple):
    """Something to compute: its programs, this library's first, and the problem's properties."""

    title: str
    programs: List[Program]
    scale: float = 1.0
    margin: float = 0.0
    num_labels: int = 0


OURS, IN_TENSORS = "spigot_allennlp", "plain tensors"
PROJECTIVE, NONPROJECTIVE = ProjectiveTrees(), NonprojectiveTrees()


def best(trees: Trees) -> Program:
    """Heads, as other libraries give them."""
    return Program(OURS, lambda problem: lambda: trees.best_heads(problem.scores, problem.lengths))


def marginals(structure: Structure) -> Program:
    return Program(OURS, lambda problem: lambda: structure.marginals(problem.scores, problem.mask))


def marginals_and_product(structure: Structure) -> Program:
    """With the product of their Jacobian with a vector, the backward pass of attention."""

    def prepare(problem: Problem) -> Run:
        scores = problem.scores.clone().requires_grad_()

        def run() -> Tensor:
            expected = structure.marginals(scores, problem.mask)
            return torch.autograd.grad(expected, scores, problem.gradient)[0]

        return run

    return Program(OURS, prepare)


def best_in_tensors(problem: Problem) -> Run:
    return lambda: eisner_argmax_in_tensors(problem.scores, problem.lengths, True)


LogPartition = Callable[[Tensor, Tensor, bool], Tensor]


def marginals_in_tensors(log_partition: LogPartition) -> Program:
    """By automatic differentiation."""

    def prepare(problem: Problem) -> Run:
        scores = problem.scores.clone().requires_grad_()
        return lambda: gradient(log_partition, scores, problem, create_graph=False)

    return Program(IN_TENSORS, prepare)


def product_in_tensors(log_partition: LogPartition) -> Program:
    def prepare(problem: Problem) -> Run:
        scores = problem.scores.clone().requires_grad_()

        def run() -> Tensor:
            expected = gradient(log_partition, scores, problem, create_graph=True)
            return torch.autograd.grad(expected, scores, problem.gradient)[0]

        return run

    return Program(IN_TENSORS, prepare)


def gradient(
    log_partition: LogPartition, scores: Tensor, problem: Problem, create_graph: bool
) -> Tensor:
    masked = scores.masked_fill(~legal_arcs(problem.mask), 0.0)
    total = log_partition(masked, problem.lengths, True).sum()
    return torch.autograd.grad(total, scores, create_graph=create_graph)[0]


def spigot_layer(problem: Problem) -> Run:
    scores = problem.scores.clone().requires_grad_()
    estimator = Spigot()

    def run() -> Tensor:
        parts = estimator(scores, problem.mask, PROJECTIVE)
        return torch.autograd.grad(parts, scores, problem.gradient)[0]

    return run


def simplex(problem: Problem) -> Run:
    support = legal_arcs(problem.mask)
    return lambda: project_onto_simplex(problem.point, support)


def simplex_by_sorting(problem: Problem) -> Run:
    support = legal_arcs(problem.mask)
    totals = problem.point.new_ones(problem.mask.shape)
    return lambda: project_by_sorting(problem.point, support, totals)


def tree_polytope(problem: Problem) -> Run:
    structure = ProjectiveTrees(projection=TreePolytope())
    return lambda: structure.project(problem.point, problem.mask)


def tree_polytope_from_scores(problem: Problem) -> Run:
    structure = ProjectiveTrees(projection=TreePolytope())
    return lambda: structure.project(problem.scores, problem.mask)


def best_graphs(problem: Problem) -> Run:
    structure = LabeledGraphs()
    return lambda: structure.best_graphs(problem.label_scores, problem.mask)[0]


def best_graphs_in_tensors(problem: Problem) -> Run:
    none = torch.zeros_like(problem.legal_labels[0])
    scores = problem.label_scores
    return lambda: decode_in_tensors(scores, problem.mask, problem.legal_labels, none)[0]


def graph_projection(structure: LabeledGraphs) -> Callable[[Problem], Run]:
    return lambda problem: lambda: structure.project(problem.label_scores, problem.mask)


def graph_projection_in_tensors(
    project: Callable[[Tensor, Tensor, Tensor], Tensor],
) -> Callable[[Problem], Run]:
    return lambda problem: lambda: project(problem.label_scores, problem.mask, problem.legal_labels)


def kernels(peers: Dict[str, List[Program]]) -> List[Kernel]:
    """
    Each with the programs of `peers` under its title, without what is added in parentheses.
    """

    def kernel(
        title: str, ours: Program, tensors: Optional[Program] = None, **properties: Any
    ) -> Kernel:
        own = [ours] + ([] if tensors is None else [tensors])
        return Kernel(title, own + peers.get(title.split(" (")[0], []), **properties)

    best_slowly = Program(IN_TENSORS, best_in_tensors)
    project_slowly = Program(IN_TENSORS, simplex_by_sorting)
    polytope, graph = Program(OURS, tree_polytope), Program(OURS, best_graphs)
    labels = {"num_labels": 40}
    return [
        kernel("projective argmax", best(PROJECTIVE), best_slowly),
        kernel(
            "projective marginals",
            marginals(PROJECTIVE),
            marginals_in_tensors(inside_outside.log_partition_in_tensors),
        ),
        kernel("projective marginals (scores x 1000)", marginals(PROJECTIVE), scale=1000.0),
        kernel(
            "projective marginals and VJP",
            marginals_and_product(PROJECTIVE),
            product_in_tensors(inside_outside.log_partition_in_tensors),
        ),
        kernel("SPIGOT layer, forward and backward", Program(OURS, spigot_layer)),
        kernel("non-projective argmax (random scores)", best(NONPROJECTIVE)),
        kernel("non-projective argmax (parser-like scores)", best(NONPROJECTIVE), margin=6.0),
        kernel(
            "non-projective marginals",
            marginals(NONPROJECTIVE),
            marginals_in_tensors(matrix_tree.log_partition_in_tensors),
        ),
        kernel(
            "non-projective marginals and VJP",
            marginals_and_product(NONPROJECTIVE),
            product_in_tensors(matrix_tree.log_partition_in_tensors),
        ),
        kernel("simplex projection by rows", Program(OURS, simplex), project_slowly),
        kernel("projection onto the projective tree polytope (SPIGOT steps)", polytope),
        kernel(
            "projection onto the projective tree polytope (random points)",
            Program(OURS, tree_polytope_from_scores),
        ),
        kernel(
            "labeled graph argmax (40 labels)",
            graph,
            Program(IN_TENSORS, best_graphs_in_tensors),
            **labels,
        ),
        kernel(
            "labeled graph projection, arc then labels (40 labels)",
            Program(OURS, graph_projection(LabeledGraphs())),
            Program(IN_TENSORS, graph_projection_in_tensors(arc_then_labels_in_tensors)),
            **labels,
        ),
        kernel(
            "labeled graph projection, Euclidean (40 labels)",
            Program(OURS, graph_projection(LabeledGraphs(projection=Euclidean()))),
            Program(IN_TENSORS, graph_projection_in_tensors(euclidean_in_tensors)),
            **labels,
        ),
    ]
