"""Encoders and scorers in bfloat16, beside the same in double precision."""

import copy

import pytest
import torch
from allennlp.common import Params
from allennlp.data import Vocabulary

from spigot_allennlp.modules import (
    BiaffineArcScorer,
    DeprelScorer,
    GraphFeatures,
    MlpArcScorer,
    RecursiveTreeEncoder,
    SentenceEncoder,
    SyntaxReader,
)
from spigot_allennlp.nn.bfloat16 import ScorerLayers, compute_in_bfloat16
from spigot_allennlp.nn.parts import heads_to_arcs

DIM, LABELS = 16, 6
HEADS = torch.tensor([[0, 2, 0, 2, 3, 4], [0, 0, 1, 2, 0, 0]])
MASK = torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
TREES = heads_to_arcs(HEADS, MASK)


def encoded():
    return torch.randn(2, 6, DIM, generator=torch.Generator().manual_seed(2))


def distributions():
    generator = torch.Generator().manual_seed(3)
    return torch.randn(2, 6, LABELS, generator=generator).softmax(dim=-1)


def graphs():
    generator = torch.Generator().manual_seed(4)
    labels = (torch.rand(2, 6, 6, LABELS, generator=generator) < 0.1).float()
    return torch.cat([labels.amax(dim=-1, keepdim=True), labels], dim=-1)


def reader():
    made = SyntaxReader(
        DIM, LABELS, 5, convolutions=1, hidden_dim=8, pairs=True, deprels="hard", deprel_dim=4
    )
    for parameter in (made._relations, made._labeled_relations.weight):
        torch.nn.init.normal_(parameter)
    return made


def sentence_encoder(layers=2):
    words = {"@root@": 9, **{chr(97 + number): 1 for number in range(20)}}
    vocab = Vocabulary(counter={"words": words, "characters": words})
    embedders = {
        "words": {"type": "normal_embedding", "embedding_dim": 6, "vocab_namespace": "words"},
        "characters": {"type": "word_characters", "embedding_dim": 4, "num_filters": 5},
    }
    encoder = {"type": "fused_lstm", "input_size": 11, "hidden_size": 8, "num_layers": layers}
    params = {"text_field_embedder": {"token_embedders": embedders}, "encoder": encoder}
    return SentenceEncoder.from_params(Params(params), vocab=vocab)


def text(size=2):
    generator = torch.Generator().manual_seed(5)
    words = torch.randint(2, 22, (2, 6), generator=generator) * MASK
    characters = torch.randint(2, 22, (2, 6, 4), generator=generator) * MASK.unsqueeze(-1)
    return {
        "words": {"tokens": words[:size]},
        "characters": {"token_characters": characters[:size]},
    }


# What makes a module, the name of the method, and what makes its arguments.
CASES = {
    "biaffine": (lambda: BiaffineArcScorer(DIM, 3, hidden_dim=12), "forward", lambda: [encoded()]),
    "mlp": (lambda: MlpArcScorer(DIM, 3, hidden_dim=12), "forward", lambda: [encoded()]),
    "layers": (
        lambda: ScorerLayers(torch.nn.Linear(DIM, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)),
        "forward",
        lambda: [encoded()],
    ),
    "deprels": (lambda: DeprelScorer(DIM, LABELS, 8), "forward", lambda: [encoded(), HEADS]),
    "all deprels": (
        lambda: DeprelScorer(DIM, LABELS, 8),
        "all_legal_scores",
        lambda: [encoded()],
    ),
    "syntax": (reader, "forward", lambda: [encoded(), TREES.clone(), distributions()]),
    "pairs": (reader, "pair_scores", lambda: [TREES.clone(), distributions()]),
    "graph": (
        lambda: GraphFeatures(DIM, 8, LABELS, role_dim=4),
        "forward",
        lambda: [encoded(), MASK, graphs()],
    ),
    "tree": (
        lambda: RecursiveTreeEncoder(DIM, 8, rounds=3),
        "forward",
        lambda: [encoded(), TREES.clone()],
    ),
    "sentences": (sentence_encoder, "forward", lambda: [text()]),
    "one sentence": (sentence_encoder, "forward", lambda: [text(size=1)]),
}


def run(module, name, arguments):
    """The result, and in one vector its gradients with respect to parameters that it depends on."""
    result = getattr(module, name)(*arguments)
    result = result[0] if isinstance(result, tuple) else result
    finite = result.isfinite()
    weights = torch.linspace(-1, 1, finite.sum().item(), dtype=result.dtype)
    wanted = [parameter for parameter in module.parameters() if parameter.requires_grad]
    found = torch.autograd.grad((result[finite] * weights).sum(), wanted, allow_unused=True)
    found = [gradient for gradient in found if gradient is not None]
    assert {gradient.dtype for gradient in found} == {parameter.dtype for parameter in wanted}
    return result.detach(), torch.cat([gradient.double().flatten() for gradient in found])


def in_double(values):
    return [
        value.double() if torch.is_tensor(value) and value.is_floating_point() else value
        for value in values
    ]


@pytest.mark.parametrize("num_threads", [1, 2])
@pytest.mark.parametrize("convert", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_results_are_rounded_ones(say_has_bfloat16, use_threads, case, convert, num_threads):
    say_has_bfloat16(True)
    use_threads(num_threads)
    torch.manual_seed(1)
    make, name, arguments = CASES[case]
    module = make()
    exact, exact_gradient = run(copy.deepcopy(module).double(), name, in_double(arguments()))
    single, _ = run(module, name, arguments())
    assert compute_in_bfloat16(module, convert) is True
    given = arguments()
    found, gradient = run(module, name, given)
    assert found.dtype == torch.float32
    assert torch.equal(found.isfinite(), exact.isfinite())
    finite = exact.isfinite()
    size = exact[finite].abs().max()

    def error(result):
        return (result[finite].double() - exact[finite]).abs().max() / size

    # A few roundings to eight bits, where single precision has 24.
    assert error(single) < 1e-5 < 1e-4 < error(found) < 0.03
    assert (gradient - exact_gradient).norm() < 0.05 * exact_gradient.norm()
    for one, other in zip(given, arguments()):
        assert not torch.is_tensor(one) or torch.equal(one, other)


@pytest.mark.parametrize("convert", [True, False])
def test_batched_equals_one_by_one(say_has_bfloat16, convert):
    say_has_bfloat16(True)
    torch.manual_seed(1)
    module = sentence_encoder()
    compute_in_bfloat16(module, convert)
    together, mask = module(text())
    alone, _ = module(text(size=1))
    assert (together[~mask] == 0).all()
    torch.testing.assert_close(together[:1], alone, rtol=0, atol=0.03)


def test_the_lstm_computes_under_autocast_on_any_processor():
    """OneDNN, which torch would ask, has none in bfloat16 for processors without AVX-512."""
    torch.manual_seed(1)
    lstm = sentence_encoder()._encoder
    inputs = torch.randn(2, 6, 11)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = lstm(inputs, MASK)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), lstm(inputs, MASK), rtol=0, atol=0.03)
