import pickle

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Vocabulary
from allennlp.data.data_loaders import MultiProcessDataLoader

from bilexical.formats.errors import FormatError
from bilexical.formats.trees import is_projective
from spigot_allennlp.dataset_readers import ConllDependenciesReader
from spigot_allennlp.dataset_readers.purpose import Purpose
from tests import FIXTURES_ROOT

TREES = FIXTURES_ROOT / "trees.conllu"
IDS = [f"invented-{number}" for number in range(1, 9)]


def ids(instances):
    return [instance["metadata"]["sentence"].id for instance in instances]


def test_the_fields_of_an_instance():
    reader = ConllDependenciesReader()
    instances = list(reader.read(TREES))
    assert ids(instances) == IDS
    first, *_, with_ranges, _ = instances
    assert set(first.fields) == {"tokens", "heads", "deprels", "metadata"}
    tokens = first["tokens"].tokens
    assert (tokens[0].text, tokens[0].lemma_, tokens[0].tag_, tokens[0].pos_) == ("@root@",) * 4
    assert (tokens[5].text, tokens[5].lemma_, tokens[5].tag_, tokens[5].pos_) == (
        ("hired", "hire", "VBD", "VERB")
    )
    assert first["heads"].labels == [0, 2, 6, 5, 5, 2, 0, 6]
    assert first["deprels"].labels[:3] == ["@root@", "det", "nsubj"]
    assert first["metadata"]["format"] == "conllu"
    assert first["metadata"]["source"] == f"{TREES}:4"
    assert [token.text for token in with_ranges["tokens"].tokens][1:4] == ["Do", "n't", "sing"]
    assert with_ranges["heads"].labels == [0, 3, 3, 0, 3, 3, 7, 5, 7, 3]


def test_the_tensors_of_an_instance():
    reader = ConllDependenciesReader()
    instances = list(reader.read(TREES))
    vocabulary = Vocabulary.from_instances(instances)
    first = instances[0]
    reader.apply_token_indexers(first)
    first.index_fields(vocabulary)
    tensors = first.as_tensor_dict()
    assert tensors["heads"].tolist() == [0, 2, 6, 5, 5, 2, 0, 6]
    labels = [
        vocabulary.get_token_from_index(index, "deprels") for index in tensors["deprels"].tolist()
    ]
    assert labels == ["@root@", "det", "nsubj", "obj", "nsubj", "acl:relcl", "root", "punct"]
    assert tensors["tokens"]["tokens"]["tokens"].shape == (8,)


def test_conll_x():
    instances = list(ConllDependenciesReader().read(FIXTURES_ROOT / "trees.conllx"))
    assert len(instances) == 6
    assert instances[0]["metadata"]["format"] == "conllx"
    assert instances[0]["heads"].labels == [0, 2, 6, 5, 5, 2, 0, 6]


def test_trees_with_several_roots_are_counted_without_judging_them(caplog, tmp_path):
    """What a parser cannot learn is not said of a file that may be predicted only."""
    path = tmp_path / "file.conllu"
    row = "\t".join(["{}", "a", "_", "_", "_", "_", "{}", "x", "_", "_"]) + "\n"
    trees = [[0, 1], [0, 0], [2, 0]]
    path.write_text(
        "\n".join("".join(row.format(*pair) for pair in enumerate(tree, 1)) for tree in trees)
    )
    with caplog.at_level("INFO"):
        list(ConllDependenciesReader().read(path))
    assert f"{path}: 1 of 3 trees (33.3%) have several roots; they were kept." in caplog.messages
    assert "learn" not in caplog.text
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize(
    ("nonprojective", "expected_ids", "done"),
    [
        ("keep", IDS, "they were kept"),
        ("drop", [IDS[0], *IDS[2:]], "their sentences were dropped"),
        ("projectivize", IDS, "they were projectivized"),
    ],
)
def test_nonprojective_trees(nonprojective, expected_ids, done, caplog):
    caplog.set_level("INFO")
    instances = list(ConllDependenciesReader(nonprojective=nonprojective).read(TREES))
    assert ids(instances) == expected_ids
    (message,) = (m for m in caplog.messages if "not projective" in m)
    assert message.startswith(f"{TREES}: 1 of 8 trees (12.5%) are not projective; {done}")
    projective = [is_projective(instance["heads"].labels[1:]) for instance in instances]
    assert projective.count(False) == (nonprojective == "keep")


def test_unknown_options_are_refused():
    with pytest.raises(ConfigurationError, match="keep, drop, projectivize but is 'lift'"):
        ConllDependenciesReader(nonprojective="lift")


ENHANCED = ConllDependenciesReader(graph="enhanced")


def test_enhanced_graphs(caplog):
    with caplog.at_level("INFO"):
        instances = list(ENHANCED.read(TREES))
    assert ids(instances) == IDS
    assert instances[0]["heads"].labels == [0, 2, 6, 5, 5, 2, 0, 6]
    graph = instances[0]["graph"]
    assert dict(zip(graph.indices, graph.labels)) == {
        (6, 0): "__TOP__",
        (1, 2): "det",
        (2, 6): "nsubj",
        (3, 5): "obj",
        (4, 5): "nsubj",
        (5, 2): "acl:relcl",
        (7, 6): "punct",
    }
    assert instances[6]["graph"].indices == [(3, 0), (1, 3), (2, 3), (4, 3), (5, 3), (9, 3)]
    assert f"{TREES}: 8 enhanced graphs with 38 arcs, those to top nodes among them." in (
        caplog.messages
    )
    (lost,) = (message for message in caplog.messages if "empty nodes" in message)
    assert lost == f"{TREES}: 6 arcs of empty nodes were left out."
    # What is not in the graph is still in the sentence.
    assert len(instances[6]["metadata"]["sentence"].extra_lines) == 3


def test_what_an_enhanced_graph_loses_is_counted(tmp_path, caplog):
    path = tmp_path / "file"
    row = "{}\tw\t_\t_\t_\t_\t{}\tdep\t{}\t_\n"
    path.write_text(
        row.format(1, 0, "0:dep") + row.format(2, 1, "1:a|1:b|1:c") + "\n" + row.format(1, 0, "_")
    )
    _, without = ENHANCED.read(path)
    assert without["graph"].indices == []
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warnings == [
        f"{path}: 1 sentences have no enhanced dependencies: their graphs have no arcs. "
        "Remove such sentences from the file if that is not meant.",
        f"{path}: 2 further labels of arcs were left out.",
        f"{path}: 1 labels of arcs from ROOT were left out.",
    ]


def test_arcs_from_a_word_to_itself_are_left_out_and_counted(tmp_path, caplog):
    path = tmp_path / "file"
    path.write_text("1\tCats\t_\t_\t_\t_\t0\troot\t0:root|1:ref\t_\n\n")
    (instance,) = ENHANCED.read(path)
    assert instance["graph"].indices == [(1, 0)]
    assert f"{path}: 1 arcs from a word to itself were left out." in caplog.messages


def test_faulty_arcs_of_an_enhanced_graph_are_left_out_and_counted(tmp_path, caplog):
    path = tmp_path / "file.conllu"
    row = "{}\tw\t_\t_\t_\t_\t{}\tdep\t{}\t_\n"
    path.write_text(row.format(1, 2, "1:ref|2:nsubj|2:nsubj") + row.format(2, 0, "0:root"))
    (instance,) = ENHANCED.read(path)
    assert instance["graph"].indices == [(2, 0), (1, 2)]
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warnings == [
        f"{path}: 1 arcs that are there twice were left out.",
        f"{path}: 1 arcs from a word to itself were left out.",
    ]


def test_files_without_enhanced_dependencies_have_no_graphs(tmp_path, caplog):
    path = tmp_path / "file.conllu"
    path.write_text("1\tyes\tyes\tINTJ\tUH\t_\t0\troot\t_\t_\n")
    (instance,) = ENHANCED.read(path)
    assert set(instance.fields) == {"tokens", "heads", "deprels", "metadata"}
    assert f"{path}: no word has enhanced dependencies, so there are no graphs." in caplog.messages


def test_faulty_enhanced_dependencies_are_refused(tmp_path):
    path = tmp_path / "file.conllx"
    path.write_text("1\tyes\tyes\tINTJ\tUH\t_\t0\troot\t0\troot\n")
    assert len(list(ConllDependenciesReader().read(path))) == 1
    with pytest.raises(FormatError, match=r"line 1: column 9 \(deps\) is '0', in which"):
        list(ENHANCED.read(path))


def test_graphs_are_read_when_asked_for_only():
    assert all("graph" not in instance.fields for instance in ConllDependenciesReader().read(TREES))
    with pytest.raises(ConfigurationError, match="graph must be one of enhanced, or left out for"):
        ConllDependenciesReader(graph="basic")


ROLES = FIXTURES_ROOT / "roles.conll09"


def test_conll_2009():
    instances = list(ConllDependenciesReader().read(ROLES))
    assert len(instances) == 4
    first = instances[0]
    assert set(first.fields) == {"tokens", "heads", "deprels", "metadata"}
    assert first["heads"].labels == [0, 2, 6, 5, 5, 2, 0, 6]
    assert first["deprels"].labels[5] == "acl:relcl"
    assert (first["tokens"].tokens[5].tag_, first["tokens"].tokens[5].lemma_) == ("VBD", "hire")
    assert first["metadata"]["format"] == "conll09"
    with pytest.raises(FormatError, match=r"no enhanced dependencies.* the dataset reader `sdp`"):
        list(ENHANCED.read(ROLES))


def test_long_sentences_are_refused_by_name():
    with pytest.raises(ConfigurationError) as info:
        list(ConllDependenciesReader(max_tokens=8).read(TREES))
    assert "sentence 'invented-7' has 9 tokens but max_tokens is 8" in str(info.value)


def test_another_format_names_its_reader():
    for name in ("graphs.sdp", "graphs.sdpx", "graphs_2014.sdp"):
        with pytest.raises(FormatError, match="The dataset reader `sdp` reads graphs"):
            list(ConllDependenciesReader().read(FIXTURES_ROOT / name))


def test_a_file_without_trees(tmp_path, caplog):
    path = tmp_path / "file.conllx"
    path.write_text("1\tyes\tyes\tINTJ\tUH\t_\t_\t_\t_\t_\n")
    with caplog.at_level("INFO"):
        (instance,) = ConllDependenciesReader().read(path)
    assert set(instance.fields) == {"tokens", "metadata"}
    assert f"{path}: 1 sentences, 0 with a tree." in caplog.messages


def test_from_params_and_pickle():
    params = {"type": "conll_dependencies", "nonprojective": "drop", "max_tokens": 9}
    reader = DatasetReader.from_params(Params(params))
    assert isinstance(reader, ConllDependenciesReader)
    copy = pickle.loads(pickle.dumps(reader))
    assert ids(copy.read(TREES)) == ids(reader.read(TREES)) == [IDS[0], *IDS[2:]]


@pytest.mark.parametrize("num_workers", [0, 1, 2])
def test_a_data_loader_yields_each_sentence_once(num_workers):
    reader = ConllDependenciesReader()
    loader = MultiProcessDataLoader(reader, str(TREES), batch_size=3, num_workers=num_workers)
    loader.index_with(Vocabulary.from_instances(loader.iter_instances()))
    seen = [entry["sentence"].id for batch in loader for entry in batch["metadata"]]
    assert sorted(seen) == IDS


def test_training_drops_sentences_without_a_tree(tmp_path, caplog):
    """And their enhanced graph with them."""
    path = tmp_path / "file.conllu"
    row = "1\tgo\tgo\tVERB\tVB\t_\t{}\t{}\t{}\t_\n\n"
    tree, nothing = row.format(0, "root", "0:root"), row.format("_", "_", "_")
    path.write_text(nothing + tree + nothing)
    for graph in (None, "enhanced"):
        caplog.clear()
        reader = ConllDependenciesReader(graph=graph)
        (instance,) = reader.read(path)
        assert instance["heads"].labels[1:] == [0]
        assert f"{path}: 2 sentences have no tree, unlike the others" in caplog.text
        assert "see line 1, 5." in caplog.text
        with pytest.raises(FormatError, match="line 3: the sentence '' has a tree, unlike"):
            list(reader.for_purpose(Purpose.EVALUATION).read(path))
    path.write_text(nothing * 2)
    assert len(list(ConllDependenciesReader().read(path))) == 2


LISTOPS = FIXTURES_ROOT / "listops.conllu"


def test_a_comment_is_the_label():
    instances = list(ConllDependenciesReader(label="label").read(LISTOPS))
    assert [instance["label"].label for instance in instances] == list("0123456789")
    assert set(instances[0].fields) == {"tokens", "heads", "deprels", "label", "metadata"}
    # Another comment.
    instances = list(ConllDependenciesReader(label="sent_id").read(TREES))
    assert [instance["label"].label for instance in instances] == IDS
    assert "label" not in next(iter(ConllDependenciesReader().read(LISTOPS))).fields


def test_trees_may_be_left_unread():
    reader = ConllDependenciesReader(label="label", read_syntax=False)
    instances = list(reader.read(LISTOPS))
    assert len(instances) == 10
    for instance in instances:
        assert set(instance.fields) == {"tokens", "label", "metadata"}
        # The sentence of the corpus is whole.
        assert instance["metadata"]["sentence"].has_tree
    instances = list(reader.for_purpose(Purpose.PREDICTION).read(LISTOPS))
    assert len(instances) == 10
    assert set(instances[0].fields) == {"tokens", "metadata"}


def test_a_sentence_without_its_label_is_refused_but_for_prediction():
    reader = ConllDependenciesReader(label="value")
    for purpose in (Purpose.TRAINING, Purpose.EVALUATION):
        with pytest.raises(
            FormatError, match=r"listops.conllu, line 3: .*'100001' gives its value"
        ) as info:
            list(reader.for_purpose(purpose).read(LISTOPS))
        assert "# value = 7" in str(info.value)
    assert len(list(reader.for_purpose(Purpose.PREDICTION).read(LISTOPS))) == 10


def test_a_label_that_training_does_not_have_is_refused_by_name():
    instances = list(ConllDependenciesReader(label="label").read(LISTOPS))
    vocabulary = Vocabulary.from_instances(instances[:9])
    with pytest.raises(ConfigurationError, match=r"listops.conllu:\d+ is '9', but the classes"):
        instances[9].index_fields(vocabulary)
