"""
Measures the gradient estimators against the exact gradient of the expected loss.

    python benchmarks/gradients.py --output runs/gradients

The structures are so small that all can be enumerated, and so is the loss: random scores `s`, a
random loss `L` of a structure `z` that is not linear, `p(z)` proportional to `exp(s.z)`. The exact
gradient is that of the sum of `p(z) L(z)`. For every estimator, structure, scale of the scores and
step size the table says, as medians over problems,

* `cosine`: of the estimator's mean gradient and the exact one, for each scale; the rest for one,
* `to the best`: of its mean gradient and `argmax - best`, for the structure with the lowest loss,
* `bias`: the norm of its mean minus the exact gradient, as a multiple of the norm of the latter,
* `variance`: over draws, as a multiple of the squared norm of its mean; 0 if nothing is drawn,
* `zero`: the share of problems and draws in which it is zero.

The tables are printed and written to `gradients.md`, the cosines over the scales of the scores
drawn in `gradients.svg`. Tensors of parts are indexed `[..., modifier, head]`.
"""

import argparse
import inspect
import math
import statistics
from functools import partial
from itertools import product
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import torch
from torch import Tensor

from bilexical.drawing import Line, line_chart
from spigot_allennlp.estimators import LossScale, StructuredGradientEstimator
from spigot_allennlp.nn.labeled_arcs import graph_to_parts
from spigot_allennlp.nn.parts import heads_to_arcs
from spigot_allennlp.structures import (
    LabeledGraphs,
    NonprojectiveTrees,
    ProjectiveTrees,
    Structure,
)

SCALES = (0.3, 1.0, 3.0, 10.0)
STEP_SIZES = (0.1, 1.0, 10.0)
COLUMNS = ("cosine", "to the best", "bias", "variance", "zero")
NUM_LABELS = 2

Rows = Dict[Tuple[str, Optional[float]], List[Dict[str, float]]]
"""What was measured of each estimator and step size, scale by scale."""


class Space(NamedTuple):
    """A structure, and all that it may be for one sentence."""

    structure: Structure
    vertices: Tensor
    """`(num_structures, num_nodes, num_nodes, *part)`."""

    @property
    def mask(self) -> Tensor:
        """`(1, num_nodes)`."""
        return torch.ones(1, self.vertices.size(1), dtype=torch.bool)


class Problem(NamedTuple):
    """What an estimator is asked: scores, and the loss of a structure."""

    scores: Tensor
    """`(num_nodes, num_nodes, *part)`."""
    loss: Callable[[Tensor], Tensor]
    """From structures `(batch_size, num_nodes, num_nodes, *part)` to `(batch_size,)`."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--output", type=Path, required=True, help="folder of tables and plot")
    parser.add_argument("--problems", type=int, default=100, help="for each row")
    parser.add_argument("--draws", type=int, default=64, help="of an estimator that draws")
    parser.add_argument("--scales", type=float, nargs="+", default=SCALES, help="of the scores")
    parser.add_argument("--step-sizes", type=float, nargs="+", default=STEP_SIZES)
    parser.add_argument("--only", nargs="+", help="estimators")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    names = arguments.only or estimators_with_a_gradient()
    rows = {
        title: {
            (name, step_size): [
                measure(space, name, step_size, scale, arguments) for scale in arguments.scales
            ]
            for name in names
            for step_size in (arguments.step_sizes if has_step_size(name) else (None,))
        }
        for title, space in spaces().items()
    }
    page = "\n\n".join(table(title, rows[title], arguments) for title in rows)
    print(page)
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "gradients.md").write_text(page + "\n", encoding="utf-8")
    first = next(iter(rows))
    (arguments.output / "gradients.svg").write_text(
        chart(first, rows[first], arguments.scales) + "\n", encoding="utf-8"
    )


def estimators_with_a_gradient() -> List[str]:
    """All that are registered but `modular`, which has none."""
    return sorted(set(StructuredGradientEstimator.list_available()) - {"modular"})


def has_step_size(name: str) -> bool:
    """Whether the estimator has a step size to choose."""
    return hasattr(estimator_of(name, None), "step_size")


def estimator_of(name: str, step_size: Optional[float]) -> StructuredGradientEstimator:
    """A new estimator, with its own defaults but for the step size, and no clipping of the step."""
    estimator = StructuredGradientEstimator.by_name(name)
    options = {} if step_size is None else {"step_size": step_size}
    if "max_norm" in inspect.signature(estimator).parameters:
        options["max_norm"] = None
    return estimator(**options)


def spaces() -> Dict[str, Space]:
    """Trees of four words and graphs of two, with as many structures as can be enumerated."""
    return {
        "projective trees": _trees(ProjectiveTrees(single_root=True), num_words=4),
        "non-projective trees": _trees(NonprojectiveTrees(single_root=True), num_words=4),
        "labeled graphs": _graphs(num_words=2),
    }


def _trees(structure: Structure, num_words: int) -> Space:
    nodes = range(num_words + 1)
    heads = torch.tensor([(0, *heads) for heads in product(nodes, repeat=num_words)])
    mask = torch.ones_like(heads, dtype=torch.bool)
    arcs = heads_to_arcs(heads, mask).double()
    return Space(structure, arcs[structure.contains(arcs, mask)])


def _graphs(num_words: int) -> Space:
    nodes = range(num_words + 1)
    arcs = [(m, h) for m in nodes for h in nodes if m > 0 and m != h]
    vertices = []
    for labels in product(range(NUM_LABELS + 1), repeat=len(arcs)):
        graph = torch.zeros(1, len(nodes), len(nodes), dtype=torch.long)
        for (m, h), label in zip(arcs, labels):
            graph[0, m, h] = label
        with_arcs = (graph > 0).any(dim=1)[0]
        # A predicate may be without arcs.
        for on in product((False, True), repeat=len(nodes)):
            predicates = torch.tensor(on)
            if bool((with_arcs & ~predicates).any()):
                continue
            vertices.append(graph_to_parts(graph, NUM_LABELS + 1, predicates.unsqueeze(0)))
    return Space(LabeledGraphs(), torch.cat(vertices).double())


def problems(space: Space, scale: float, number: int, seed: int) -> List[Problem]:
    """Random ones, the same for every estimator."""
    generator = torch.Generator().manual_seed(seed)
    draw = partial(torch.randn, dtype=torch.float64, generator=generator)
    found = []
    for _ in range(number):
        scores = scale * draw(space.vertices.shape[1:])
        linear = draw(space.vertices.shape[1:])
        hidden = draw((8, *space.vertices.shape[1:]))
        output = draw(8)

        def loss(
            parts: Tensor, linear: Tensor = linear, hidden: Tensor = hidden, output: Tensor = output
        ) -> Tensor:
            flat = parts.flatten(1)
            return flat @ linear.flatten() + torch.tanh(flat @ hidden.flatten(1).t()) @ output

        found.append(Problem(scores, loss))
    return found


def exact_gradient(space: Space, problem: Problem) -> Tensor:
    """That of the expected loss with respect to the scores: `Cov(z, L(z))`."""
    vertices = space.vertices.flatten(1)
    probabilities = (vertices @ problem.scores.flatten()).softmax(dim=0)
    losses = problem.loss(space.vertices)
    expected_loss = probabilities @ losses
    return (probabilities * (losses - expected_loss) @ vertices).view_as(problem.scores)


def measure(
    space: Space,
    name: str,
    step_size: Optional[float],
    scale: float,
    arguments: argparse.Namespace,
) -> Dict[str, float]:
    """The columns of one row at one scale."""
    torch.manual_seed(arguments.seed)
    values: Dict[str, List[float]] = {column: [] for column in COLUMNS}
    for problem in problems(space, scale, arguments.problems, arguments.seed):
        exact = exact_gradient(space, problem)
        gradients = draws_of(space, problem, name, step_size, arguments.draws)
        mean = gradients.mean(dim=0)
        best = space.vertices[problem.loss(space.vertices).argmin()]
        decided = space.structure.argmax(problem.scores.unsqueeze(0), space.mask)[0]
        values["zero"].append((gradients.flatten(1).norm(dim=1) == 0).double().mean().item())
        values["bias"].append(((mean - exact).norm() / exact.norm()).item())
        if mean.norm() == 0:
            continue
        values["cosine"].append(cosine(mean, exact))
        values["variance"].append(
            ((gradients - mean).flatten(1).norm(dim=1) ** 2).mean().item() / mean.norm().item() ** 2
        )
        if not torch.equal(decided, best):
            values["to the best"].append(cosine(mean, decided - best))
    zero = sum(values.pop("zero")) / arguments.problems
    medians = {
        column: statistics.median(numbers or [math.nan]) for column, numbers in values.items()
    }
    return {**medians, "zero": zero}


def draws_of(
    space: Space, problem: Problem, name: str, step_size: Optional[float], number: int
) -> Tensor:
    """
    The gradients `(number, num_nodes, num_nodes, *part)` that scores get, draw by draw; one where
    nothing is drawn.
    """
    state = torch.get_rng_state()
    gradients = _gradients(space, problem, estimator_of(name, step_size), 1)
    if torch.equal(torch.get_rng_state(), state):
        return gradients
    return _gradients(space, problem, estimator_of(name, step_size), number)


def _gradients(
    space: Space, problem: Problem, estimator: StructuredGradientEstimator, number: int
) -> Tensor:
    estimator.train()
    scores = problem.scores.expand(number, *problem.scores.shape).clone().requires_grad_()
    mask = space.mask.expand(number, -1)
    loss_scale = LossScale(problem.loss)
    parts = estimator(scores, mask, space.structure, loss_scale)
    loss_scale.watch(problem.loss(parts)).sum().backward()
    assert scores.grad is not None
    return scores.grad


def cosine(left: Tensor, right: Tensor) -> float:
    return torch.nn.functional.cosine_similarity(left.flatten(), right.flatten(), dim=0).item()


def table(title: str, rows: Rows, arguments: argparse.Namespace) -> str:
    """The cosines for all scales; the other columns for the one nearest to 1."""
    scales = arguments.scales
    middle = min(range(len(scales)), key=lambda i: abs(scales[i] - 1))
    others = [column for column in COLUMNS if column != "cosine"]
    header = ["estimator", "step size"]
    header += [f"cosine, scores × {scale:g}" for scale in scales]
    header += [f"{column}, × {scales[middle]:g}" for column in others]
    lines = [
        f"{title}: {arguments.problems} problems, {arguments.draws} draws, seed {arguments.seed}",
        "",
        _row(header),
        _row(["---"] * len(header)),
    ]
    for (name, step_size), measured in rows.items():
        cells = [f"`{name}`", "" if step_size is None else f"{step_size:g}"]
        cells += [f"{at_scale['cosine']:.2f}" for at_scale in measured]
        cells += [f"{measured[middle][column]:.2f}" for column in others]
        lines.append(_row(cells))
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def chart(title: str, rows: Rows, scales: Sequence[float]) -> str:
    """The cosines over the scales, of each estimator the step size with the best mean."""
    best: Dict[str, List[float]] = {}
    for (name, _), measured in rows.items():
        cosines = [at_scale["cosine"] for at_scale in measured]
        if name not in best or sum(cosines) > sum(best[name]):
            best[name] = cosines
    lines = [Line(name, [math.log10(x) for x in scales], ys) for name, ys in best.items()]
    return line_chart(
        lines,
        f"Cosine with the exact gradient, {title}, best step size",
        "log10 of the scale of the scores",
        "cosine",
        width=760,
        height=420,
    )


if __name__ == "__main__":
    main()
