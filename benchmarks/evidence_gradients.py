"""
What each estimator tells the parser of a trained pipeline, beside what would be right.

    python benchmarks/evidence_gradients.py --sentences 5000 --trees 30 --seeds 1

The pipeline is the frozen one that evidence.py has trained, with `--keep`, for nested lists: its
end task has learned to read the trees of the parser, and nothing has changed these yet. Two
gradients of the scores are right: that of the expected loss of the end task, estimated from sampled
trees, and that of the parser's own loss for gold trees. Each estimator is asked for the same
development sentences; steps are not clipped, and one that draws is asked several times. Its scores,
in docs/results/listops_gradients.jsonl:

* `expected`: the cosine of what the parameters of the parser get from all sentences together with
  what they get from the gradient of the expected loss,
* `gold`: with what they get from the log-likelihood of the gold trees,
* `on_right`: the share of its squared length that falls on words whose head is right.
"""

import argparse
import os
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

import torch
from allennlp.data import allennlp_collate
from allennlp.models import Model, load_archive
from evidence import ROOT, Run, config_of, key_of
from evidence_tasks import LISTOPS, Setting
from gradients import cosine, estimator_of, estimators_with_a_gradient, has_step_size
from result_lines import RESULTS, append_line, digest, digest_of_files, read_lines, version
from torch import Tensor

from spigot_allennlp.commands.compare.predictions import evaluation_instances
from spigot_allennlp.estimators import LossScale, StructuredGradientEstimator
from spigot_allennlp.models.intermediate_parser import IntermediateParser, PartScores
from spigot_allennlp.nn.parts import heads_to_arcs, is_word

OUTPUT = RESULTS / "listops_gradients.jsonl"
DATA = Path("data", LISTOPS, "gold", "dev.conllu")
STEP_SIZES = (0.1, 1.0, 10.0)
BATCH_SIZE = 10

Choice = Tuple[str, Optional[float]]
"""An estimator and its step size."""


class Asked(NamedTuple):
    """A batch of sentences, and what the parser thinks of them."""

    tensors: Dict[str, Any]
    scored: PartScores
    decided: Tensor
    """
    The arcs of its trees, `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`.
    """
    gold: Tensor
    """Those of the gold trees; here and below the same shape and indices."""
    expected: Tensor
    """The gradient of the expected loss of the end task."""
    likelihood: Tensor
    """That of the negative log-likelihood of the gold tree."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--sentences", type=int, default=5000, help="of the end task")
    parser.add_argument("--trees", type=int, default=30, help="of the parser")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--number", type=int, default=100, help="of sentences that are looked at")
    parser.add_argument("--samples", type=int, default=1000, help="trees for the expected loss")
    parser.add_argument("--draws", type=int, default=32, help="of an estimator that draws")
    parser.add_argument("--step-sizes", type=float, nargs="+", default=STEP_SIZES)
    parser.add_argument("--only", nargs="+", default=estimators_with_a_gradient())
    arguments = parser.parse_args()
    os.chdir(ROOT)
    torch.set_num_threads(1)
    choices: List[Choice] = [
        (name, size)
        for name in arguments.only
        for size in (arguments.step_sizes if has_step_size(name) else (None,))
    ]
    for seed in arguments.seeds:
        run = Run(Setting(LISTOPS, arguments.sentences, arguments.trees, True), "frozen", "", seed)
        known = {(line["config"], line["data"]) for line in read_lines(OUTPUT)}
        lines = [(choice, _line(run, choice, arguments)) for choice in choices]
        lines = [each for each in lines if (each[1]["config"], each[1]["data"]) not in known]
        if not lines:
            continue
        archive = run.folder / "model.tar.gz"
        if not archive.exists():
            raise SystemExit(
                f"{archive} is not there: train it by benchmarks/evidence.py with `--alone frozen "
                "--keep`, and delete its line first if it has one."
            )
        torch.manual_seed(seed)
        model = load_archive(archive).model.eval()
        # In the archive it is frozen.
        model.intermediate.requires_grad_()
        batches = list(asked(model, batches_of(model, config_of(run), arguments.number), arguments))
        for choice, line in lines:
            start = time.perf_counter()
            # Whichever were asked before.
            torch.manual_seed(seed)
            line["scores"] = measure(model, batches, choice, arguments.draws)
            line["seconds"] = round(time.perf_counter() - start, 1)
            append_line(OUTPUT, line)


def _line(run: Run, choice: Choice, arguments: argparse.Namespace) -> Dict[str, Any]:
    name, step_size = choice
    about = {**key_of(run), "task": f"{LISTOPS}_gradients", "system": name}
    about["regime"] = {} if step_size is None else {"step_size": step_size}
    asked_for = {key: getattr(arguments, key) for key in ("number", "samples", "draws")}
    about["config"] = digest({**about, **asked_for})
    return {**about, "data": digest_of_files([DATA]), "version": version()}


def batches_of(model: Model, config: Dict[str, Any], number: int) -> Iterator[Dict[str, Any]]:
    """The first development sentences, as tensors."""
    instances = list(evaluation_instances(config, str(DATA)))[:number]
    for instance in instances:
        instance.index_fields(model.vocab)
    # Of similar lengths.
    instances.sort(key=lambda instance: len(instance["tokens"]))
    for start in range(0, len(instances), BATCH_SIZE):
        yield allennlp_collate(instances[start : start + BATCH_SIZE])


def asked(
    model: Model, batches: Iterator[Dict[str, Any]], arguments: argparse.Namespace
) -> Iterator[Asked]:
    parser = model.intermediate
    for tensors in batches:
        scored = parser.score_parts(tokens=tensors["tokens"])
        scores, mask = scored.scores.detach(), scored.mask
        yield Asked(
            tensors,
            scored,
            decided=parser.structure.argmax(scores, mask),
            gold=heads_to_arcs(tensors["heads"], mask),
            expected=expected_gradient(model, tensors, scores, mask, arguments.samples),
            likelihood=parser.structure.marginals(scores, mask)
            - heads_to_arcs(tensors["heads"], mask),
        )


def losses_with(model: Model, tensors: Dict[str, Any], parts: Tensor) -> Tensor:
    """Of the end task, for each sentence."""
    tokens, label = tensors["tokens"], tensors["label"]
    output = model._downstream(tokens=tokens, parts=parts, label=label)
    return output["sentence_losses"]


def expected_gradient(
    model: Model, tensors: Dict[str, Any], scores: Tensor, mask: Tensor, num_samples: int
) -> Tensor:
    """
    With respect to the scores: the covariance of a tree and its loss, without bias from samples.
    """
    trees = model.intermediate.structure.sample(scores, mask, num_samples)
    with torch.no_grad():
        losses = torch.stack([losses_with(model, tensors, each) for each in trees])
    deviations = (losses - losses.mean(dim=0))[..., None, None]
    return (deviations * (trees - trees.mean(dim=0))).sum(dim=0) / (num_samples - 1)


def measure(model: Model, batches: List[Asked], choice: Choice, draws: int) -> Dict[str, float]:
    """The scores of one line."""
    estimator = estimator_of(*choice).train()
    totals: Dict[str, List[Tensor]] = {}
    right = total = 0.0
    for batch in batches:
        gradient = mean_gradient(model, batch, estimator, draws)
        gradients = {"own": gradient, "expected": batch.expected, "gold": batch.likelihood}
        for name, each in gradients.items():
            totals.setdefault(name, []).append(of_parameters(model.intermediate, batch, each))
        words = is_word(batch.scored.mask)
        is_right = (batch.decided == batch.gold).all(dim=-1) & words
        lengths = gradient.square().sum(dim=-1)
        right += lengths[is_right].sum().item()
        total += lengths.sum().item()
    sums = {name: torch.stack(parts).sum(dim=0) for name, parts in totals.items()}
    found = {name: cosine(sums["own"], sums[name]) for name in ("expected", "gold")}
    # There may be no gradient at all.
    found["on_right"] = right / (total or 1.0)
    return {name: round(value, 4) for name, value in found.items()}


def mean_gradient(
    model: Model, batch: Asked, estimator: StructuredGradientEstimator, draws: int
) -> Tensor:
    """Of the scores, over the draws; one where nothing is drawn."""
    state = torch.get_rng_state()
    gradient = gradient_of(model, batch, estimator)
    if torch.equal(torch.get_rng_state(), state):
        return gradient
    for _ in range(draws - 1):
        gradient = gradient + gradient_of(model, batch, estimator)
    return gradient / draws


def gradient_of(model: Model, batch: Asked, estimator: StructuredGradientEstimator) -> Tensor:
    scores = batch.scored.scores.detach().requires_grad_()
    loss_scale = LossScale(lambda parts: losses_with(model, batch.tensors, parts).detach())
    parts = estimator(scores, batch.scored.mask, model.intermediate.structure, loss_scale)
    losses = loss_scale.watch(losses_with(model, batch.tensors, parts))
    (gradient,) = torch.autograd.grad(losses.sum(), scores)
    return gradient


def of_parameters(parser: IntermediateParser, batch: Asked, gradient: Tensor) -> Tensor:
    """What the parameters of the parser get from a gradient of the scores, in one vector."""
    parameters = list(parser.parameters())
    found = torch.autograd.grad(
        batch.scored.scores, parameters, gradient, retain_graph=True, allow_unused=True
    )
    return torch.cat([each.flatten() for each in found if each is not None])


if __name__ == "__main__":
    main()
