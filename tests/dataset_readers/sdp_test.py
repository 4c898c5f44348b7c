import itertools
import pickle

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, DatasetReader, Vocabulary
from allennlp.data.data_loaders import MultiProcessDataLoader
from allennlp.data.dataset_readers import dataset_reader as allennlp_reader
from allennlp.data.dataset_readers.dataset_reader import WorkerInfo
from allennlp.data.token_indexers import SingleIdTokenIndexer

from bilexical.formats.conversion import Conversion
from bilexical.formats.errors import FormatError
from bilexical.formats.trees import is_projective
from spigot_allennlp.dataset_readers import ConllDependenciesReader, SdpReader
from spigot_allennlp.dataset_readers.purpose import Purpose
from tests import FIXTURES_ROOT

GRAPHS = FIXTURES_ROOT / "graphs.sdpx"
IDS = [f"invented-{number}" for number in range(1, 7)]


def ids(instances):
    return [instance["metadata"]["sentence"].id for instance in instances]


def test_coarse_tags_of_json_take_the_place_of_fine_ones(tmp_path, caplog):
    path = tmp_path / "graphs.jsonl"
    path.write_text('{"words": ["Dogs"], "upos": ["NOUN"], "arcs": [], "tops": [1]}\n', "utf-8")
    indexers = {"pos": SingleIdTokenIndexer(feature_name="tag_", default_value="_")}
    with caplog.at_level("INFO"):
        (instance,) = SdpReader(token_indexers=indexers).read(path)
    token = instance["tokens"].tokens[1]
    assert (token.tag_, token.pos_) == ("NOUN", "NOUN")
    assert "1 of 1 sentences have no fine tags (XPOS); their coarse ones (UPOS) are" in caplog.text


def test_the_fields_of_an_instance():
    reader = SdpReader()
    first = next(iter(reader.read(GRAPHS)))
    assert set(first.fields) == {"tokens", "heads", "deprels", "graph", "metadata"}
    tokens = first["tokens"].tokens
    assert [token.text for token in tokens] == (
        ["@root@", "The", "cook", "who", "she", "hired", "left", "."]
    )
    assert (tokens[0].lemma_, tokens[0].tag_, tokens[0].pos_) == ("@root@", "@root@", "@root@")
    assert (tokens[5].lemma_, tokens[5].tag_, tokens[5].pos_) == ("hire", "VBD", None)
    assert tokens[3].lemma_ == "who"
    assert first["heads"].labels == [0, 2, 6, 5, 5, 2, 0, 6]
    assert first["deprels"].labels == (
        ["@root@", "det", "nsubj", "obj", "nsubj", "acl:relcl", "root", "punct"]
    )
    assert first["metadata"]["format"] == "sdp_augmented"
    assert first["metadata"]["source"] == f"{GRAPHS}:3"
    assert first["metadata"]["sentence"].id == "invented-1"


def test_the_tensors_of_an_instance():
    reader = SdpReader()
    instances = list(reader.read(GRAPHS))
    vocabulary = Vocabulary.from_instances(instances)
    batch = Batch(instances)
    batch.index_instances(vocabulary)
    tensors = batch.as_tensor_dict()
    assert tensors["tokens"]["tokens"]["tokens"].shape == (6, 9)
    assert tensors["heads"][0].tolist() == [0, 2, 6, 5, 5, 2, 0, 6, 0]
    assert tensors["graph"].shape == (6, 9, 9)

    def role(label):
        index = vocabulary.get_token_index(label, "roles")
        assert index > 1
        return index

    # [modifier, head]; the first sentence is shorter than the second by one node.
    expected = torch.zeros(9, 9)
    expected[6, 0] = role("__TOP__")
    expected[2, 1] = role("BV")
    expected[2, 5] = role("ARG2")
    expected[2, 6] = role("ARG1")
    expected[4, 5] = role("ARG1")
    assert tensors["graph"][0].equal(expected)
    # A single word that is a top node, and a sentence without any arc.
    assert tensors["graph"][2].nonzero().tolist() == [[1, 0]]
    assert tensors["graph"][3].count_nonzero() == 0
    assert tensors["graph"][4, :, 0].nonzero().flatten().tolist() == [2, 5]
    deprels = vocabulary.get_token_to_index_vocabulary("deprels")
    assert tensors["deprels"][2].tolist() == [deprels["@root@"], deprels["root"]] + [0] * 7


def test_labels_unseen_in_training_become_unknown():
    reader = SdpReader()
    instances = list(reader.read(GRAPHS))
    vocabulary = Vocabulary.from_instances(instances[:1])
    second = instances[1]
    reader.apply_token_indexers(second)
    second.index_fields(vocabulary)
    tensors = second.as_tensor_dict()
    assert tensors["graph"][3, 4] == 1  # loc
    assert tensors["graph"][3, 0] == vocabulary.get_token_index("__TOP__", "roles")
    assert tensors["deprels"][4] == 1  # obl


@pytest.mark.parametrize(
    ("name", "layout"), [("graphs.sdp", "sdp"), ("graphs_2014.sdp", "sdp_2014")]
)
def test_layouts_without_trees(name, layout):
    instances = list(SdpReader().read(FIXTURES_ROOT / name))
    assert ids(instances) == IDS
    assert {instance["metadata"]["format"] for instance in instances} == {layout}
    for instance in instances:
        assert set(instance.fields) == {"tokens", "graph", "metadata"}


def test_read_syntax_off(caplog):
    with caplog.at_level("INFO"):
        instances = list(SdpReader(read_syntax=False, nonprojective="drop").read(GRAPHS))
    assert ids(instances) == IDS
    assert all("heads" not in instance.fields for instance in instances)
    assert all("deprels" not in instance.fields for instance in instances)
    assert instances[0]["metadata"]["sentence"].words[0].head == 2
    assert "projective" not in caplog.text


def test_sentences_without_arcs_are_kept_unless_asked(caplog):
    assert ids(SdpReader().read(GRAPHS)) == IDS
    assert "without arcs" not in caplog.text
    with caplog.at_level("INFO"):
        kept = ids(SdpReader(drop_without_arcs=True).read(GRAPHS))
    assert kept == [IDS[0], IDS[1], IDS[4], IDS[5]]
    assert f"{GRAPHS}: 2 sentences without arcs were dropped." in caplog.messages


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
    instances = list(SdpReader(nonprojective=nonprojective).read(GRAPHS))
    assert ids(instances) == expected_ids
    (message,) = (m for m in caplog.messages if "not projective" in m)
    assert message.startswith(f"{GRAPHS}: 1 of 6 trees (16.7%) are not projective; {done}")
    projective = [is_projective(instance["heads"].labels[1:]) for instance in instances]
    assert projective.count(False) == (nonprojective == "keep")
    if nonprojective == "projectivize":
        assert instances[1]["heads"].labels == [0, 2, 3, 0, 3, 7, 7, 3, 3]
        # The sentence stays as it was read, so that it is written as it was read.
        assert instances[1]["metadata"]["sentence"].words[6].head == 2


def test_that_all_trees_are_projective_is_logged_too(caplog, tmp_path):
    path = tmp_path / "file.sdpx"
    path.write_text("1\tyes\tyes\tUH\t0\troot\t-\t-\t_\n")
    with caplog.at_level("INFO"):
        list(SdpReader().read(path))
    assert f"{path}: all 1 trees are projective." in caplog.messages


def test_unknown_options_are_refused():
    with pytest.raises(ConfigurationError, match="keep, drop, projectivize but is 'lift'"):
        SdpReader(nonprojective="lift")
    with pytest.raises(ConfigurationError, match="max_tokens must be at least 1 but is 0"):
        SdpReader(max_tokens=0)


def test_long_sentences_are_refused_by_name():
    assert len(list(SdpReader(max_tokens=8).read(GRAPHS))) == 6
    with pytest.raises(ConfigurationError) as info:
        list(SdpReader(max_tokens=7).read(GRAPHS))
    message = str(info.value)
    assert f"{GRAPHS}:12, sentence 'invented-2' has 8 tokens but max_tokens is 7" in message
    assert "Raise max_tokens" in message


ROLES = FIXTURES_ROOT / "roles.conll09"


def test_conll_2009(caplog):
    instances = list(SdpReader().read(ROLES))
    assert len(instances) == 4
    first = instances[0]
    assert set(first.fields) == {"tokens", "heads", "deprels", "graph", "metadata"}
    assert first["heads"].labels == [0, 2, 6, 5, 5, 2, 0, 6]
    graph = first["graph"]
    assert dict(zip(graph.indices, graph.labels)) == {
        (2, 5): "A1",
        (2, 6): "A0",
        (3, 5): "R-A1",
        (4, 5): "A0",
    }
    assert first["metadata"]["format"] == "conll09"
    assert first["metadata"]["sentence"].words[4].frame == "hire.01"
    assert len(first["metadata"]["sentence"].arcs) == 5
    assert instances[1]["graph"].indices == []
    assert f"{ROLES}: 1 arcs from a word to itself were left out." in caplog.messages
    (instance, *_) = SdpReader(read_syntax=False).read(ROLES)
    assert set(instance.fields) == {"tokens", "graph", "metadata"}


def test_arcs_from_a_word_to_itself_are_left_out_and_counted(tmp_path, caplog):
    path = tmp_path / "file.sdp"
    path.write_text("#1\n1\tKim\tKim\tNNP\t-\t-\t_\tA1\n2\truns\trun\tVBZ\t+\t+\tv\tA2\n\n")
    (instance,) = SdpReader().read(path)
    assert instance["graph"].indices == [(2, 0), (1, 2)]
    assert f"{path}: 1 arcs from a word to itself were left out." in caplog.messages


@pytest.mark.parametrize("reader", [SdpReader(), ConllDependenciesReader()])
def test_json_is_read_by_either_reader(tmp_path, reader):
    """As lines and as an array."""
    path = tmp_path / "file.json"
    path.write_text("".join(Conversion(FIXTURES_ROOT / "graphs.sdpx", "jsonl").lines()))
    lines = list(reader.read(path))
    path.write_text("[" + ",".join(path.read_text().splitlines()) + "]")
    array = list(reader.read(path))
    assert ids(lines) == ids(array) == IDS
    assert lines[0]["heads"].labels == array[0]["heads"].labels == [0, 2, 6, 5, 5, 2, 0, 6]
    assert lines[0]["metadata"]["format"] is None
    if isinstance(reader, SdpReader):
        expected = [instance["graph"].indices for instance in reader.read(GRAPHS)]
        assert [instance["graph"].indices for instance in lines] == expected


def test_conll_2009_without_arguments(tmp_path, caplog):
    path = tmp_path / "file"
    plain = "1\tyes" + "\t_" * 12 + "\n\n"
    blind = "1\tgo" + "\t_" * 10 + "\tY\t_\n\n"
    path.write_text(plain + blind)
    instances = list(SdpReader().read(path))
    assert [set(instance.fields) for instance in instances] == [{"tokens", "metadata"}] * 2
    assert f"{path}: no sentence has columns for arguments, so there are no graphs." in (
        caplog.messages
    )
    path.write_text(plain + blind.replace("\n\n", "\t_\n\n") + blind)
    with pytest.raises(FormatError, match=r"line 5: .* predicates \(Y\) but no columns"):
        list(SdpReader().read(path))


def test_a_missing_deprel_is_a_label(tmp_path):
    path = tmp_path / "file.sdpx"
    path.write_text("1\tyes\tyes\tUH\t0\t_\t-\t-\t_\n")
    (instance,) = SdpReader().read(path)
    assert instance["deprels"].labels == ["@root@", "_"]


WITH_TREE = "1\tyes\tyes\tUH\t0\troot\t-\t-\t_\n\n"
WITHOUT_TREE = WITH_TREE.replace("0\troot", "_\t_")
DROPPED = "sentences have no tree, unlike the others, and were dropped from training: see line"


@pytest.mark.parametrize(
    ("text", "count", "lines"),
    [
        (WITH_TREE * 2 + WITHOUT_TREE, 1, "5"),
        (WITHOUT_TREE + WITH_TREE * 2, 1, "1"),
        ((WITHOUT_TREE + WITH_TREE) * 5, 5, "1, 5, 9, 13, 17"),
        ((WITHOUT_TREE + WITH_TREE) * 6, 6, "1, 5, 9, 13, 17 and others"),
    ],
    ids=["last", "first", "five", "six"],
)
def test_training_drops_sentences_without_a_tree(text, count, lines, tmp_path, caplog):
    path = tmp_path / "file.sdpx"
    path.write_text(text)
    instances = list(SdpReader().read(path))
    assert len(instances) == text.count("root")
    assert all("heads" in instance.fields for instance in instances)
    (record,) = (record for record in caplog.records if "no tree" in record.getMessage())
    assert record.levelname == "WARNING"
    assert record.getMessage() == f"{path}: {count} {DROPPED} {lines}."


def test_whether_there_are_trees_depends_on_what_is_read(tmp_path, caplog):
    path = tmp_path / "file.sdpx"
    path.write_text("".join(f"#{number}\n{WITHOUT_TREE}" for number in range(3)))
    assert ids(SdpReader().read(path)) == ["0", "1", "2"]
    path.write_text(WITHOUT_TREE + WITH_TREE)
    assert len(list(SdpReader(read_syntax=False).read(path))) == 2
    # The only sentence with a tree is left out for another reason.
    with_arc = "1\tgo\tgo\tVB\t_\t_\t-\t+\t_\t_\n2\ton\ton\tRP\t_\t_\t-\t-\t_\tA\n\n"
    path.write_text(with_arc + WITH_TREE)
    (instance,) = SdpReader(drop_without_arcs=True).read(path)
    assert "heads" not in instance.fields
    assert "no tree" not in caplog.text


def test_elsewhere_trees_for_some_sentences_only_are_refused(tmp_path):
    path = tmp_path / "file.sdpx"
    evaluation = SdpReader().for_purpose(Purpose.EVALUATION)
    path.write_text(WITH_TREE * 2 + WITHOUT_TREE)
    with pytest.raises(FormatError, match="line 5: the sentence '' has no tree, unlike"):
        list(evaluation.read(path))
    path.write_text(WITHOUT_TREE + WITH_TREE)
    with pytest.raises(FormatError, match="line 3: the sentence '' has a tree, unlike"):
        list(evaluation.read(path))
    # Prediction misses nothing.
    assert len(list(SdpReader().for_purpose(Purpose.PREDICTION).read(path))) == 2


def test_another_format_names_its_reader():
    for name in ("trees.conllu", "trees.conllx"):
        with pytest.raises(FormatError, match="dataset reader `conll_dependencies` reads trees"):
            list(SdpReader().read(FIXTURES_ROOT / name))


def test_from_params_and_token_indexers():
    params = {
        "type": "sdp",
        "token_indexers": {"pos": {"type": "single_id", "feature_name": "tag_"}},
        "max_instances": 2,
    }
    reader = DatasetReader.from_params(Params(params))
    assert isinstance(reader, SdpReader)
    instances = list(reader.read(GRAPHS))
    assert ids(instances) == IDS[:2]
    reader.apply_token_indexers(instances[0])
    assert set(instances[0]["tokens"].token_indexers) == {"pos"}


def test_readers_pickle():
    reader = SdpReader(
        {"lemmas": SingleIdTokenIndexer(feature_name="lemma_")}, nonprojective="drop", max_tokens=9
    )
    copy = pickle.loads(pickle.dumps(reader))
    assert ids(copy.read(GRAPHS)) == ids(reader.read(GRAPHS))
    (instance, *_) = copy.read(GRAPHS)
    copy.apply_token_indexers(instance)
    assert set(instance["tokens"].token_indexers) == {"lemmas"}


@pytest.mark.parametrize("num_workers", [0, 1, 2])
def test_a_data_loader_yields_each_sentence_once(num_workers):
    loader = MultiProcessDataLoader(
        SdpReader(), str(GRAPHS), batch_size=2, num_workers=num_workers, shuffle=False
    )
    vocabulary = Vocabulary.from_instances(loader.iter_instances())
    loader.index_with(vocabulary)
    for _ in range(2):
        seen = [entry["sentence"].id for batch in loader for entry in batch["metadata"]]
        assert sorted(seen) == IDS


@pytest.mark.parametrize("options", [{}, {"nonprojective": "drop", "drop_without_arcs": True}])
def test_processes_and_workers_share_the_sentences(options, monkeypatch):
    seen = []
    for rank in range(2):
        for worker in range(2):
            reader = SdpReader(**options)
            monkeypatch.setattr(allennlp_reader.util, "is_distributed", lambda: True)
            monkeypatch.setattr(allennlp_reader.dist, "get_rank", lambda rank=rank: rank)
            monkeypatch.setattr(allennlp_reader.dist, "get_world_size", lambda: 2)
            reader._set_worker_info(WorkerInfo(2, worker))
            seen.append(ids(reader._read(str(GRAPHS))))
    monkeypatch.undo()
    assert max(map(len, seen)) - min(map(len, seen)) <= 1
    assert sorted(itertools.chain(*seen)) == ids(SdpReader(**options).read(GRAPHS))


class TestOnlySomeHaveGraphs:
    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "a.jsonl"
        lines = ['{"words": ["a", "b"], "arcs": [{"head": 1, "modifier": 2, "label": "X"}]}']
        path.write_text("\n".join([*lines, '{"id": "s2", "words": ["c"]}']) + "\n")
        return path

    @pytest.mark.parametrize("purpose", [Purpose.TRAINING, Purpose.EVALUATION])
    def test_is_refused(self, path, purpose):
        with pytest.raises(FormatError, match="the sentence 's2' has no graph, unlike") as raised:
            list(SdpReader().for_purpose(purpose).read(path))
        assert raised.value.line == 2

    def test_what_is_left_out_or_predicted_need_not(self, path):
        (instance,) = SdpReader(drop_without_arcs=True).read(path)
        assert instance["graph"].indices == [(2, 1)]
        assert len(list(SdpReader().for_purpose(Purpose.PREDICTION).read(path))) == 2


def test_a_graph_of_loops_has_no_arcs(tmp_path, caplog):
    path = tmp_path / "a.sdp"
    path.write_text("#SDP 2015\n1\tx\t_\t_\t-\t+\t_\tARG1\n\n")
    assert list(SdpReader(drop_without_arcs=True).read(path)) == []
    (record,) = (r for r in caplog.records if "without arcs were dropped" in r.message)
    assert record.levelname == "WARNING"
