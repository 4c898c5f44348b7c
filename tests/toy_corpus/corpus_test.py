"""The committed corpus is what the generator writes, and is as its README says."""

import os
import subprocess
import sys
from collections import Counter

import pytest

from bilexical.formats.conll import read_conll
from bilexical.formats.corpus_files import detect_format
from bilexical.formats.sdp import read_sdp
from bilexical.formats.trees import check_tree, is_projective
from tests import PROJECT_ROOT
from toy_corpus import generate, semantic_arcs, write_corpus
from toy_corpus.__main__ import main

DIRECTORY = PROJECT_ROOT / "data" / "toy"
FILES = [
    "dev.conll",
    "dev.sdpx",
    "test.conll",
    "test.sdp",
    "test.sdpx",
    "train.sdpx",
    "train_gold.conll",
]
LABELS = {"ARG1", "ARG2", "ARG3", "BV", "compound", "loc", "neg", "poss"}
CONJUNCTIONS = {"_and_c", "_or_c", "_but_c"}


@pytest.fixture(scope="module")
def corpus():
    return generate()


@pytest.fixture(scope="module")
def committed():
    return {
        "train": list(read_sdp(DIRECTORY / "train.sdpx")),
        "dev": list(read_sdp(DIRECTORY / "dev.sdpx")),
        "test": list(read_sdp(DIRECTORY / "test.sdpx")),
        "train_gold": list(read_conll(DIRECTORY / "train_gold.conll")),
    }


def heads(sentence):
    return [word.head for word in sentence.words]


def forms(sentence):
    return [word.form for word in sentence.words]


def share(count, sentences):
    return count / sum(len(sentence.words) for sentence in sentences)


def test_generator_writes_the_committed_files(corpus, tmp_path):
    write_corpus(str(tmp_path), corpus)
    assert sorted(os.listdir(tmp_path)) == FILES
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (DIRECTORY / name).read_bytes(), name


def test_command_writes_what_the_function_writes(tmp_path):
    arguments = ["--seed", "7", "--train", "5", "--dev", "2", "--test", "2"]
    command = [sys.executable, "-m", "toy_corpus", "--output", str(tmp_path / "a")]
    subprocess.run(command + arguments, check=True, cwd=PROJECT_ROOT)
    write_corpus(str(tmp_path / "b"), generate(seed=7, num_train=5, num_dev=2, num_test=2))
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


@pytest.mark.parametrize("kind", [[], ["--sentiment"], ["--listops"]])
@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_sizes_without_meaning_are_refused_before_anything_is_written(
    kind, split, tmp_path, monkeypatch, capsys
):
    least, most = (0, 100_000) if kind == ["--listops"] else (1, 10_000)
    for wrong in (least - 1, most + 1):
        sizes = {"train": 2, "dev": 2, "test": 2, split: wrong}
        options = [f"--{name}={size}" for name, size in sizes.items()]
        monkeypatch.setattr(sys, "argv", ["toy", *kind, "--output", str(tmp_path / "a"), *options])
        with pytest.raises(SystemExit, match="2"):
            main()
        message = f"--{split} must be from {least} to {most} but is {wrong}"
        assert message in capsys.readouterr().err
        assert not (tmp_path / "a").exists()


def test_a_negative_seed_and_a_file_in_place_of_the_folder(tmp_path, monkeypatch, capsys):
    (tmp_path / "a").touch()
    few = ["--train=2", "--dev=2", "--test=2"]
    for seed, message in (("-1", "--seed must be at least 0 but is -1"), ("1", "File exists")):
        options = ["--output", str(tmp_path / "a"), "--seed", seed, *few]
        monkeypatch.setattr(sys, "argv", ["toy", *options])
        with pytest.raises(SystemExit, match="2"):
            main()
        assert message in capsys.readouterr().err


def test_another_seed_gives_other_sentences(corpus):
    other = generate(seed=2, num_train=50, num_dev=5, num_test=5)
    known = {tuple(forms(sentence)) for sentence in corpus.train}
    assert sum(tuple(forms(sentence)) in known for sentence in other.train) < 10


def test_corpus_is_small():
    assert sum((DIRECTORY / name).stat().st_size for name in FILES) < 2_000_000


def test_layouts_are_detected():
    assert detect_format(DIRECTORY / "train.sdpx") == "sdp_augmented"
    assert detect_format(DIRECTORY / "test.sdp") == "sdp"
    assert detect_format(DIRECTORY / "train_gold.conll") == "conllx"


@pytest.mark.parametrize("split", ["train", "train_gold", "dev", "test"])
def test_every_tree_is_projective_with_one_root(committed, split):
    for sentence in committed[split]:
        check_tree(heads(sentence))
        assert is_projective(heads(sentence)), sentence.id
        assert heads(sentence).count(0) == 1, sentence.id
        root = sentence.words[heads(sentence).index(0)]
        assert root.deprel == "root"
        assert [word for word in sentence.words if word.deprel == "root"] == [root]


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_graph_is_a_function_of_the_true_tree(committed, split):
    trees = committed["train_gold" if split == "train" else split]
    assert len(trees) == len(committed[split])
    for tree, sentence in zip(trees, committed[split]):
        assert forms(tree) == forms(sentence)
        assert semantic_arcs(tree.words) == sorted(sentence.arcs)
        assert [word.is_top for word in sentence.words] == [word.head == 0 for word in tree.words]


def test_graph_is_no_function_of_the_corrupted_tree(committed):
    others = [
        sentence
        for sentence in committed["train"]
        if _arcs_or_none(sentence) != sorted(sentence.arcs)
    ]
    assert len(others) > len(committed["train"]) / 2


def test_corruption_is_within_its_bounds_and_leaves_the_graph_alone(corpus):
    changed, relabeled = 0, 0
    for corrupted, gold in zip(corpus.train, corpus.train_gold):
        assert corrupted.arcs == gold.arcs
        for word, true in zip(corrupted.words, gold.words):
            assert (word.form, word.lemma, word.pos) == (true.form, true.lemma, true.pos)
            assert (word.is_top, word.is_predicate, word.frame) == (
                true.is_top,
                true.is_predicate,
                true.frame,
            )
            changed += word.head != true.head
            relabeled += word.head == true.head and word.deprel != true.deprel
    assert 0.14 < share(changed, corpus.train) < 0.20
    assert relabeled == 0


def test_development_and_test_have_unseen_words(committed):
    seen = {form.lower() for sentence in committed["train"] for form in forms(sentence)}
    for split in ("dev", "test"):
        unseen = [
            word
            for sentence in committed[split]
            for word in sentence.words
            if word.form.lower() not in seen
        ]
        assert 0.05 < share(len(unseen), committed[split]) < 0.10
        assert {word.pos[:2] for word in unseen} >= {"NN", "VB", "JJ", "RB"}


def test_no_sentence_occurs_twice(committed):
    every = [tuple(forms(s)) for split in ("train", "dev", "test") for s in committed[split]]
    assert len(set(every)) == len(every)


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_every_label_occurs(committed, split):
    labels = {arc.label for sentence in committed[split] for arc in sentence.arcs}
    assert labels == LABELS | CONJUNCTIONS


def test_words_with_several_roles_and_with_none_are_frequent(committed):
    reentrant, roleless = 0, 0
    for sentence in committed["dev"]:
        num_roles = Counter(arc.modifier for arc in sentence.arcs)
        reentrant += sum(count > 1 for count in num_roles.values())
        in_graph = set(num_roles) | {arc.head for arc in sentence.arcs}
        roleless += len(sentence.words) - len(in_graph)
    assert share(reentrant, committed["dev"]) > 0.1
    assert share(roleless, committed["dev"]) > 0.1


def test_predicates_have_frames(committed):
    for sentence in committed["train"]:
        predicates = {arc.head for arc in sentence.arcs}
        for number, word in enumerate(sentence.words, start=1):
            assert word.is_predicate == (number in predicates) == (word.frame is not None)


def _arcs_or_none(sentence):
    try:
        return semantic_arcs(sentence.words)
    except IndexError:
        return None
