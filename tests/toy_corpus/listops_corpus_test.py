"""The files of the ListOps corpus: the same bytes everywhere, and as the page on data says."""

import hashlib
import sys
from collections import Counter

import pytest

from bilexical.formats.conll import read_conll
from bilexical.formats.trees import check_tree, is_projective
from tests import FIXTURES_ROOT
from toy_corpus import generate_listops, write_listops
from toy_corpus.__main__ import main
from toy_corpus.dice import Dice
from toy_corpus.listops_corpus import LISTOPS_SPLITS, TREES, random_heads

# Of the files of seed 1; `train_200` is the first 200 sentences of `train`.
CHECKSUMS = {
    "gold": {
        "train": "7f36f62f0c16",
        "dev": "511289d160a2",
        "test": "b26fd9a7918e",
        "train_200": "479f73d1c0d4",
    },
    "chain": {
        "train": "e6ca7cfdba09",
        "dev": "085b8ab1b2cf",
        "test": "e81ec9171551",
        "train_200": "234a05343ab6",
    },
    "random": {
        "train": "fb2baebaedc0",
        "dev": "08f16ed8dc10",
        "test": "78f77752d10c",
        "train_200": "cf1e259efadc",
    },
    "flat": {
        "train": "38d84517427e",
        "dev": "84883dcae631",
        "test": "1323eedee565",
        "train_200": "8fd44137cb8a",
    },
}
SIZES = {"train": 20000, "dev": 1000, "test": 1000}


def checksum(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    directory = tmp_path_factory.mktemp("listops")
    write_listops(str(directory), generate_listops(num_train=200))
    return directory


def splits(directory, kind):
    return {name: list(read_conll(directory / kind / f"{name}.conllu")) for name in LISTOPS_SPLITS}


@pytest.mark.parametrize("kind", TREES)
def test_the_same_seed_gives_the_same_bytes(directory, kind):
    found = {name: checksum(directory / kind / f"{name}.conllu") for name in LISTOPS_SPLITS}
    found["train_200"] = found.pop("train")
    assert found == {name: CHECKSUMS[kind][name] for name in found}


@pytest.mark.slow
def test_the_whole_training_data(tmp_path):
    write_listops(str(tmp_path), generate_listops())
    for kind in TREES:
        assert checksum(tmp_path / kind / "train.conllu") == CHECKSUMS[kind]["train"], kind


def test_another_seed_gives_other_sentences():
    first, second = (generate_listops(seed, 50, 5, 5).train for seed in (1, 2))
    assert not {str(sentence) for sentence in first} & {str(sentence) for sentence in second}


def test_a_smaller_corpus_is_the_first_part_of_a_larger_one():
    small, large = (generate_listops(3, size, 20, 20) for size in (10, 30))
    assert small.train == large.train[:10]
    assert (small.dev, small.test) == (large.dev, large.test)


def test_the_fixture_is_written_by_the_generator(tmp_path):
    write_listops(str(tmp_path), generate_listops(num_train=10, num_dev=1, num_test=1))
    written = (tmp_path / "gold" / "train.conllu").read_bytes()
    assert written == (FIXTURES_ROOT / "listops.conllu").read_bytes()


def test_the_command_writes_what_the_function_writes(tmp_path, monkeypatch):
    options = ["--listops", "--output", str(tmp_path / "a"), "--seed", "7", "--train", "5"]
    monkeypatch.setattr(sys, "argv", ["toy", *options, "--dev", "2", "--test", "2"])
    main()
    write_listops(str(tmp_path / "b"), generate_listops(7, 5, 2, 2), seed=7)
    files = sorted(path.relative_to(tmp_path / "b") for path in (tmp_path / "b").rglob("*.conllu"))
    assert len(files) == len(TREES) * len(LISTOPS_SPLITS)
    for file in files:
        assert (tmp_path / "b" / file).read_bytes() == (tmp_path / "a" / file).read_bytes(), file


def test_each_value_is_as_frequent_as_any_other(directory):
    for name, sentences in splits(directory, "gold").items():
        labels = Counter(sentence.comments[0] for sentence in sentences)
        assert labels == {f"# label = {x}": len(sentences) // 10 for x in range(10)}, name


def test_no_sentence_occurs_twice(directory):
    texts = [str(s) for sentences in splits(directory, "gold").values() for s in sentences]
    assert len(set(texts)) == len(texts) == 2200


@pytest.mark.parametrize("kind", TREES)
def test_folders_differ_in_nothing_but_the_tree(directory, kind):
    gold, other = splits(directory, "gold"), splits(directory, kind)
    for name in LISTOPS_SPLITS:
        for first, second in zip(gold[name], other[name]):
            assert (first.id, first.comments, str(first)) == (
                second.id,
                second.comments,
                str(second),
            )
            size = len(second.words)
            check_tree(second.heads)
            assert is_projective(second.heads)
            expected = {"gold": first.heads, "chain": [*range(size)], "flat": [0] * size}
            assert second.heads == expected.get(kind, second.heads)


def test_random_trees_have_one_root_anywhere():
    dice = Dice(1)
    drawn = Counter(tuple(random_heads(dice, 3)) for _ in range(3000))
    # Root 1 or 3 has one child that heads the other word, in two ways; root 2 has both.
    expected = {(0, 1, 2): 500, (0, 3, 1): 500, (2, 3, 0): 500, (3, 1, 0): 500, (2, 0, 2): 1000}
    assert set(drawn) == set(expected)
    assert all(abs(drawn[tree] - count) < 6 * count**0.5 for tree, count in expected.items())


def test_random_trees_say_little_about_the_true_ones(directory):
    gold, drawn = (splits(directory, kind)["dev"] for kind in ("gold", "random"))
    pairs = [(a, b) for x, y in zip(gold, drawn) for a, b in zip(x.heads, y.heads)]
    assert sum(a == b for a, b in pairs) < 0.2 * len(pairs)
