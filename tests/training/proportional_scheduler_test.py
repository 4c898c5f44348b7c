import random

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance, Token
from allennlp.data.data_loaders.multitask_scheduler import MultiTaskScheduler
from allennlp.data.fields import TextField

from spigot_allennlp.training import ProportionalScheduler

SIZES = {"treebank": 30, "graphs": 11}


def instances(name, count):
    lengths = random.Random(1)
    return [
        Instance({"tokens": TextField([Token(f"{name}{i}")] * lengths.randint(1, 9))})
        for i in range(count)
    ]


def schedule(batch_size, **options):
    params = Params({"type": "proportional", "batch_size": batch_size, **options})
    scheduler = MultiTaskScheduler.from_params(params)
    corpora = {name: instances(name, count) for name, count in SIZES.items()}
    return scheduler, list(scheduler.batch_instances(corpora))


def first_word(instance):
    return instance["tokens"].tokens[0].text


@pytest.mark.parametrize("batch_size", [1, 4, {"treebank": 4, "graphs": 2}])
@pytest.mark.parametrize("buffer_size", [1, 3, 50])
def test_every_instance_comes_once_in_batches_of_one_corpus(batch_size, buffer_size):
    scheduler, batches = schedule(batch_size, buffer_size=buffer_size)
    assert len(batches) == scheduler.count_batches(SIZES)
    seen = sorted(first_word(instance) for batch in batches for instance in batch)
    assert seen == sorted(f"{name}{i}" for name, count in SIZES.items() for i in range(count))
    for batch in batches:
        names = {first_word(instance).rstrip("0123456789") for instance in batch}
        assert len(names) == 1
        assert len(batch) <= (
            batch_size if isinstance(batch_size, int) else batch_size[names.pop()]
        )


def test_corpora_alternate_and_the_order_changes():
    random.seed(1)
    _, first = schedule(1)
    names = [first_word(batch[0])[0] for batch in first]
    assert "g" in names[:20] and "g" in names[-20:]
    random.seed(2)
    _, second = schedule(1)
    assert [first_word(b[0]) for b in first] != [first_word(b[0]) for b in second]


def test_a_sorted_corpus_does_not_stay_sorted():
    scheduler = ProportionalScheduler(batch_size=1, buffer_size=1, fractions={"treebank": 0.5})
    for _ in range(2):
        numbers = [
            int(first_word(batch[0])[8:])
            for batch in scheduler.batch_instances({"treebank": instances("treebank", 4000)})
        ]
        # Half of the corpus, from all of it, at every time.
        for part in (numbers[:500], numbers[-500:]):
            assert 150 < sum(number < 2000 for number in part) < 350


def test_without_shuffling_the_order_stays():
    _, batches = schedule(1, buffer_size=1, shuffle=False)
    words = [first_word(batch[0]) for batch in batches]
    of_treebank = [word for word in words if word.startswith("treebank")]
    assert of_treebank == [f"treebank{i}" for i in range(30)]


def test_batches_hold_sentences_of_like_length():
    _, batches = schedule(5, buffer_size=50)
    spreads = [
        max(len(i["tokens"]) for i in batch) - min(len(i["tokens"]) for i in batch)
        for batch in batches
    ]
    assert max(spreads) <= 4


@pytest.mark.parametrize("fraction, count", [(0.2, 6), (0.01, 1), (1.0, 30)])
def test_a_fraction_of_a_corpus(fraction, count):
    scheduler, batches = schedule(4, fractions={"treebank": fraction}, shuffle=False)
    words = [first_word(instance) for batch in batches for instance in batch]
    assert sorted(word for word in words if word.startswith("treebank")) == sorted(
        f"treebank{i}" for i in range(count)
    )
    assert sum(word.startswith("graphs") for word in words) == SIZES["graphs"]
    assert len(batches) == scheduler.count_batches(SIZES)


def test_a_corpus_several_times():
    scheduler, batches = schedule(4, buffer_size=1, fractions={"treebank": 2.5})
    words = [first_word(instance) for batch in batches for instance in batch]
    of_treebank = [word for word in words if word.startswith("treebank")]
    # Twice all of it, each time in another order, and half of it.
    whole = sorted(f"treebank{i}" for i in range(30))
    assert sorted(of_treebank[:30]) == sorted(of_treebank[30:60]) == whole
    assert of_treebank[:30] != of_treebank[30:60]
    assert len(set(of_treebank[60:])) == len(of_treebank[60:]) == 15
    assert sum(word.startswith("graphs") for word in words) == SIZES["graphs"]
    assert len(batches) == scheduler.count_batches(SIZES)


@pytest.mark.parametrize("fraction", [0.0, -1.0, float("inf"), float("nan")])
def test_a_fraction_must_be_positive(fraction):
    with pytest.raises(ConfigurationError, match=rf"{fraction}.*'treebank'"):
        schedule(4, fractions={"treebank": fraction})


def test_a_batch_size_that_is_missing():
    scheduler = ProportionalScheduler(batch_size={"treebank": 4, "graph": 2})
    message = r"no batch_size for 'graphs' but for \['graph', 'treebank'\]\. Give one"
    with pytest.raises(ConfigurationError, match=message):
        list(scheduler.batch_instances({name: instances(name, 3) for name in SIZES}))
    with pytest.raises(ConfigurationError, match=message):
        scheduler.count_batches(SIZES)


def test_a_fraction_is_of_a_corpus_that_is_there():
    with pytest.raises(ConfigurationError, match=r"\['trebank'\].*treebank"):
        schedule(4, fractions={"trebank": 0.5})
