"""
What an estimator does to the scores of one word in the long run.

    python benchmarks/mechanism.py --output docs/results/mechanism.jsonl

One word has six candidate heads. The parser begins with a preference for head 0, and the end task
is better off with head 1: its loss is linear in the structure, with a coefficient for each head
that is drawn anew in each step, and that of head 1 is lower on average. Plain gradient descent on
the six scores shows where an estimator takes them: to the better head or not, and whether scores
stay within bounds. All seeds are one batch.
"""

import argparse
import hashlib
import inspect
import time
from functools import partial
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

import torch
from categorical import rounded, runs_of, systems
from categorical_structure import Categories
from categorical_training import CONTROLS
from result_lines import append_line, digest, version
from torch import Tensor

from spigot_allennlp.estimators import LossScale, StructuredGradientEstimator


class Toy(NamedTuple):
    """
    # Parameters

    heads : `int`
    prior : `float`
        How much higher the score of head 0 is than those of the others in the beginning.
    advantage : `float`
        How much lower the loss with head 1 is on average.
    noise : `float`
        Standard deviation of the coefficients of the loss.
    learning_rate : `float`
    max_norm : `float`
        Of the steps of estimators that clip them: 5/32, as in the authors' program.
    num_steps : `int`
    """

    heads: int = 6
    prior: float = 2.0
    advantage: float = 0.3
    noise: float = 1.0
    learning_rate: float = 0.05
    max_norm: float = 5 / 32
    num_steps: int = 8000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--output", type=Path, required=True, help="file of runs, to be continued")
    names = [name for name in systems() if name not in CONTROLS and name != "modular"]
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="estimators")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=Toy().num_steps)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    toy = Toy(num_steps=arguments.steps)
    seeds = list(range(1, arguments.seeds + 1))
    losses = coefficients(toy, seeds)
    data = hashlib.sha256(losses.numpy().tobytes()).hexdigest()[:12]
    for name in arguments.only:
        regime = options_of(name, toy)
        head: Dict[str, Any] = {
            "task": "mechanism",
            "setting": toy._asdict(),
            "system": name,
            "regime": regime,
        }
        config = digest({**head, "seeds": seeds})
        done = runs_of(arguments.output)
        if all((config, data, seed) in done for seed in seeds):
            continue
        start = time.perf_counter()
        found = descend(toy, name, losses)
        seconds = round((time.perf_counter() - start) / len(seeds), 2)
        for seed, scores in zip(seeds, found):
            if (config, data, seed) in done:
                continue
            line = {**head, "seed": seed, "config": config, "data": data, "version": version()}
            append_line(
                arguments.output, {**line, "scores": rounded(measures(scores)), "seconds": seconds}
            )


def options_of(name: str, toy: Toy) -> Dict[str, Any]:
    """
    What is not left at the estimator's default: the bound of the step, steps of one, and no other
    losses of a batch to compare with.
    """
    known = inspect.signature(StructuredGradientEstimator.by_name(name)).parameters
    ours = {
        "max_norm": toy.max_norm,
        "step_size": 1.0,
        "num_steps": max(1, toy.num_steps // 2),
        "baseline": None,
    }
    return {option: value for option, value in ours.items() if option in known}


def coefficients(toy: Toy, seeds: List[int]) -> Tensor:
    """The loss of each head, `[step, seed, head]`."""
    drawn = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        drawn.append(torch.randn(toy.num_steps, toy.heads, generator=generator))
    losses = toy.noise * torch.stack(drawn, dim=1)
    losses[..., 1] -= toy.advantage
    return losses


def descend(toy: Toy, name: str, losses: Tensor) -> Tensor:
    """The scores at the end, `[seed, head]`."""
    estimator = StructuredGradientEstimator.by_name(name)(**options_of(name, toy)).train()
    torch.manual_seed(1)
    scores = torch.zeros(losses.shape[1:])
    scores[:, 0] = toy.prior
    scores.requires_grad_()
    mask = torch.ones(len(scores), 1, dtype=torch.bool)
    structure = Categories()
    for now in losses:
        loss_scale = LossScale(partial(losses_of, now))
        parts = estimator(scores[:, None, None, :], mask, structure, loss_scale)
        own = losses_of(now, parts)
        if not own.requires_grad:
            # Annealed to an argmax: nothing comes back any more.
            break
        (gradient,) = torch.autograd.grad(loss_scale.watch(own).sum(), scores)
        with torch.no_grad():
            scores -= toy.learning_rate * gradient
    return scores.detach()


def losses_of(losses: Tensor, parts: Tensor) -> Tensor:
    """Of decisions `[seed, 1, 1, head]`, for losses of each head `[seed, head]`."""
    return (parts[:, 0, 0] * losses).sum(dim=1)


def measures(scores: Tensor) -> Dict[str, float]:
    """
    Of the scores of a seed: whether head 1 is the best, `decides_rightly`, and the `spread` between
    the highest and the lowest.
    """
    return {
        "decides_rightly": float(scores.argmax() == 1),
        "spread": (scores.max() - scores.min()).item(),
    }


if __name__ == "__main__":
    main()
