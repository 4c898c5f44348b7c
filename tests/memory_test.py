"""Long sentences: 8 of 200 words fit into 8 GiB, and what is too long is refused by name."""

import json
import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, DatasetReader, Vocabulary
from allennlp.models import Model

import spigot_allennlp  # noqa: F401
from tests import PROJECT_ROOT
from tests.prepared import start_method

CONFIG = PROJECT_ROOT / "training_configs" / "sdp_spigot.jsonnet"
NUM_WORDS, BATCH_SIZE = 200, 8
# As many labels as there are in DM.
NUM_ROLES, NUM_DEPRELS = 60, 45
GIB = 2**30

MLP = {"type": "mlp", "hidden_dim": 100}
VARIANTS = {
    "as shipped": {},
    "mlp scorers": {
        "model.intermediate.arc_scorer": MLP,
        "model.downstream.arc_scorer": MLP,
        "model.downstream.label_scorer": MLP,
        # What else takes more memory than its alternative.
        "model.estimator": {"type": "structured_attention"},
        "model.separate_prediction_pass": True,
    },
}


def long_sentence(reader, num_words):
    """Words in a chain, each with two arguments."""
    words = range(1, num_words + 1)
    arcs = [
        (word, head, f"role{word % NUM_ROLES}") for head in words for word in (head - 1, head + 1)
    ]
    instance = reader.text_to_instance(
        words=[f"word{n}" for n in words],
        pos=[f"tag{n % 40}" for n in words],
        heads=[word - 1 for word in words],
        deprels=[f"deprel{word % NUM_DEPRELS}" for word in words],
        arcs=[arc for arc in arcs if arc[0] in words],
        tops=[1],
    )
    reader.apply_token_indexers(instance)
    return instance


def peak_memory(overrides):
    """The peak of this process over a step of training and a prediction, in bytes."""
    torch.set_num_threads(1)
    params = Params.from_file(CONFIG, json.dumps(overrides))
    reader = DatasetReader.from_params(params["dataset_reader"])
    instances = [long_sentence(reader, NUM_WORDS) for _ in range(BATCH_SIZE)]
    vocab = Vocabulary.from_instances(instances)
    model = Model.from_params(vocab=vocab, params=params["model"])
    assert vocab.get_vocab_size("roles") >= NUM_ROLES
    batch = Batch(instances)
    batch.index_instances(vocab)
    optimizer = torch.optim.Adam(model.parameters())
    model(**batch.as_tensor_dict())["loss"].backward()
    optimizer.step()
    model.eval()
    outputs = model.forward_on_instances(instances)
    assert all(len(output["heads"]) == NUM_WORDS for output in outputs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kibibytes, but for macOS.
    return peak if sys.platform == "darwin" else 1024 * peak


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_long_sentences_fit_into_memory(variant):
    with ProcessPoolExecutor(1, mp_context=get_context(start_method())) as pool:
        peak = pool.submit(peak_memory, VARIANTS[variant]).result()
    assert peak < 8 * GIB, f"{peak / GIB:.2f} GiB"


def test_a_sentence_over_max_tokens_is_refused_by_name():
    params = Params.from_file(CONFIG)
    limit = params["dataset_reader"]["max_tokens"]
    reader = DatasetReader.from_params(params["dataset_reader"])
    long_sentence(reader, limit)
    message = (
        rf"the sentence 'word1 word2 .*' has {limit + 1} tokens but max_tokens is {limit}\. "
        "Raise max_tokens if the memory suffices, or split or remove the sentence"
    )
    with pytest.raises(ConfigurationError, match=message):
        long_sentence(reader, limit + 1)
