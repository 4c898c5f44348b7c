import itertools
import pickle
from collections import Counter

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, DatasetReader, Vocabulary
from allennlp.data.data_loaders import MultiProcessDataLoader
from allennlp.data.dataset_readers import dataset_reader as allennlp_reader
from allennlp.data.dataset_readers.dataset_reader import WorkerInfo
from allennlp.data.token_indexers import SingleIdTokenIndexer

from bilexical.formats.errors import FormatError
from spigot_allennlp.dataset_readers import SdpReader, SstReader
from spigot_allennlp.dataset_readers.purpose import Purpose
from tests import FIXTURES_ROOT, PROJECT_ROOT

TREES = FIXTURES_ROOT / "sentiment_trees.txt"
COLUMNS = FIXTURES_ROOT / "sentiment.txt"
GRAPHS = FIXTURES_ROOT / "sentiment.sdp"
TREEBANK = PROJECT_ROOT / "data" / "sst"

needs_treebank = pytest.mark.skipif(not TREEBANK.is_dir(), reason="data/sst is not here")


def words(instance):
    return " ".join(token.text for token in instance["tokens"].tokens[1:])


def labels(instances):
    return [instance["label"].label for instance in instances]


def write(path, content):
    path.write_text(content, encoding="utf-8")
    return path


def test_the_fields_of_an_instance():
    first = next(iter(SstReader(granularity="2-class").read(COLUMNS)))
    assert set(first.fields) == {"tokens", "metadata", "label"}
    tokens = first["tokens"].tokens
    assert [token.text for token in tokens] == ["@root@", "The", "guests", "loved", "it", "."]
    assert (tokens[0].lemma_, tokens[0].tag_) == ("@root@", "@root@")
    assert (tokens[3].lemma_, tokens[3].tag_, tokens[3].pos_) == ("love", "VBD", None)
    assert first["label"].label == "positive"
    assert first["metadata"]["sentence"].id == "1"
    assert first["metadata"]["source"] == f"{COLUMNS}:2"
    assert first["metadata"]["format"] is None


def test_the_tensors_of_an_instance():
    instances = list(SstReader(granularity="2-class", graphs=".sdp").read(COLUMNS))
    vocabulary = Vocabulary.from_instances(instances)
    assert set(vocabulary.get_token_to_index_vocabulary("labels")) == {"negative", "positive"}
    batch = Batch(instances)
    batch.index_instances(vocabulary)
    tensors = batch.as_tensor_dict()
    assert tensors["tokens"]["tokens"]["tokens"].shape == (4, 6)
    assert tensors["graph"].shape == (4, 6, 6)
    positive = vocabulary.get_token_index("positive", "labels")
    assert (tensors["label"] == positive).tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("granularity", "expected"),
    [
        ("5-class", ["very positive", "negative", "neutral", "very negative", "positive"]),
        ("3-class", ["positive", "negative", "neutral", "negative", "positive"]),
        ("2-class", ["positive", "negative", "negative", "positive"]),
    ],
)
def test_granularity(granularity, expected, caplog):
    with caplog.at_level("INFO"):
        instances = list(SstReader(granularity=granularity).read(TREES))
    assert labels(instances) == expected
    (message,) = (m for m in caplog.messages if "sentences:" in m)
    assert message.startswith(f"{TREES}: 5 sentences: ")
    if granularity == "2-class":
        assert message.endswith(": 2 negative, 2 positive; 1 neutral ones were left out.")
        assert [words(i)[:3] for i in instances] == ["The", "Nob", "It ", "Yes"]


def test_subtrees(caplog):
    with caplog.at_level("INFO"):
        instances = list(SstReader(granularity="5-class", use_subtrees=True).read(TREES))
    text = TREES.read_text()
    assert len(instances) == text.count("(")
    counts = Counter(labels(instances))
    names = ["very negative", "negative", "neutral", "positive", "very positive"]
    assert counts == {name: text.count(f"({label}") for label, name in enumerate(names)}
    assert [words(instance) for instance in instances[:5]] == [
        "The clever plot works",
        "The",
        "clever plot works",
        "clever plot",
        "clever",
    ]
    assert instances[3]["metadata"]["source"] == f"{TREES}:1"
    assert [word.form for word in instances[3]["metadata"]["sentence"].words] == ["clever", "plot"]
    assert any(
        record.levelname == "WARNING" and "use_subtrees is on" in record.message
        for record in caplog.records
    )
    assert any(
        f"{TREES}: {len(instances)} phrases of 5 sentences, duplicates included: " in message
        for message in caplog.messages
    )


def test_neutral_phrases_are_left_out_after_those_below_them_were_taken():
    instances = list(SstReader(granularity="2-class", use_subtrees=True).read(TREES))
    text = TREES.read_text()
    assert len(instances) == text.count("(") - text.count("(2")
    # Phrases of sentences and of phrases that are neutral themselves.
    assert "hated the ending" in map(words, instances)


def test_subtrees_of_a_second_file_are_refused(tmp_path):
    reader = SstReader(use_subtrees=True)
    first = list(reader.read(TREES))
    assert len(list(reader.read(TREES))) == len(first)
    other = write(tmp_path / "dev.txt", TREES.read_text())
    with pytest.raises(ConfigurationError) as info:
        list(reader.read(other))
    message = str(info.value)
    assert f"the reader of {TREES} is to read {other} as well" in message
    assert "Give a validation_dataset_reader" in message
    sentences = SstReader()
    assert len(list(sentences.read(TREES))) == len(list(sentences.read(other)))


def test_unescape():
    (third,) = (i for i in SstReader().read(TREES) if labels([i]) == ["neutral"])
    assert words(third) == "( A comedy/drama )"
    assert third["metadata"]["sentence"].words[0].form == "("
    (third,) = (i for i in SstReader(unescape=False).read(TREES) if labels([i]) == ["neutral"])
    assert words(third) == "-LRB- A comedy\\/drama -RRB-"


def test_columns_with_all_labels(tmp_path):
    path = write(tmp_path / "columns.txt", "1\ta\t_\t_\t0\n\n1\tb\t_\t_\t2\n\n1\tc\t_\t_\t3\n\n")
    assert labels(SstReader().read(path)) == ["very negative", "neutral", "positive"]
    assert labels(SstReader(granularity="2-class").read(path)) == ["negative", "positive"]


@pytest.mark.parametrize("granularity", ["5-class", "3-class"])
def test_binary_columns_have_two_classes(granularity):
    reader = SstReader(granularity=granularity)
    with pytest.raises(FormatError, match=f"has no granularity {granularity}. Set granularity to"):
        list(reader.read(COLUMNS))


def test_columns_have_no_subtrees():
    reader = SstReader(granularity="2-class", use_subtrees=True)
    with pytest.raises(FormatError, match="columns have no labels of phrases"):
        list(reader.read(COLUMNS))


@pytest.mark.parametrize("compressed", [False, True])
def test_graphs_are_those_of_the_sdp_reader(compressed, tmp_path):
    data = COLUMNS
    if compressed:
        data = write(tmp_path / "copy.txt.gz", COLUMNS.read_text())
        write(tmp_path / "copy.sdp", GRAPHS.read_text())
    instances = list(SstReader(granularity="2-class", graphs=".sdp").read(data))
    expected = list(SdpReader().read(GRAPHS))
    assert len(instances) == len(expected) == 4
    for instance, other in zip(instances, expected):
        graph = instance["graph"]
        assert dict(zip(graph.indices, graph.labels)) == dict(
            zip(other["graph"].indices, other["graph"].labels)
        )
        sentence, other_sentence = (i["metadata"]["sentence"] for i in (instance, other))
        assert sentence.words == other_sentence.words
        assert sentence.arcs == other_sentence.arcs
    assert (3, 0) in instances[0]["graph"].indices


def test_graphs_follow_their_sentences_when_neutral_ones_are_left_out(tmp_path):
    path = write(tmp_path / "a.txt", "(2 x)\n(3 (3 y) (2 z))\n")
    rows = "#SDP 2015\n1\tx\t_\t_\t+\t-\t_\n\n1\ty\t_\t_\t-\t-\t_\tARG1\n2\tz\t_\t_\t+\t+\t_\t_\n\n"
    write(tmp_path / "a.sdp", rows)
    (instance,) = SstReader(granularity="2-class", graphs=".sdp").read(path)
    assert sorted(instance["graph"].indices) == [(1, 2), (2, 0)]


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("3\tloved", "3\tliked", 3, "word 3 of sentence 1 ('1') is 'liked', but 'loved' in "),
        (
            "1\tBravo\tbravo\tUH\t-\t-\t_\n",
            "1\tBravo\t_\t_\t-\t-\t_\n2\t!\t_\t_\t-\t-\t_\n",
            21,
            "word 2 of sentence 4 ('4') is '!', but missing in ",
        ),
        (
            "5\t.\t.\t.\t-\t-\t_\t_\t_\n",
            "",
            3,
            "word 5 of sentence 1 ('1') is missing, but '.' in ",
        ),
        (
            "1\tBravo\tbravo\tUH\t-\t-\t_\n",
            "1\tBravo\t_\t_\t-\t-\t_\n\n1\t!\t_\t_\t-\t-\t_\n",
            None,
            "the file ends before sentence 5",
        ),
        ("#4\n1\tBravo\tbravo\tUH\t-\t-\t_\n", "", None, "the file ends before sentence 4"),
    ],
)
def test_graphs_of_other_sentences_are_refused(old, new, line, problem, tmp_path):
    data = write(tmp_path / "a.txt", COLUMNS.read_text())
    text = GRAPHS.read_text()
    assert old in text
    write(tmp_path / "a.sdp", text.replace(old, new))
    with pytest.raises(FormatError) as info:
        list(SstReader(granularity="2-class", graphs=".sdp").read(data))
    assert info.value.line == line
    assert problem in str(info.value)
    assert "a.txt" in str(info.value) and "a.sdp" in str(info.value)


def test_graphs_that_are_not_there(tmp_path):
    data = write(tmp_path / "a.txt", COLUMNS.read_text())
    with pytest.raises(FormatError, match=r"a\.sdp: there is no such file"):
        list(SstReader(granularity="2-class", graphs=".sdp").read(data))
    with pytest.raises(FormatError, match="would come from this file itself"):
        list(SstReader(granularity="2-class", graphs=".txt").read(data))


def test_an_arc_from_a_word_to_itself(tmp_path, caplog):
    path = write(tmp_path / "a.txt", "(3 (3 x) (2 y))\n")
    write(tmp_path / "a.sdp", "#SDP 2015\n1\tx\t_\t_\t+\t+\t_\tARG1\n2\ty\t_\t_\t-\t-\t_\tARG2\n\n")
    (instance,) = SstReader(granularity="2-class", graphs=".sdp").read(path)
    assert sorted(instance["graph"].indices) == [(1, 0), (2, 1)]
    assert "a.sdp: 1 arcs from a word to itself were left out." in caplog.text


def test_prediction_does_without_graphs(tmp_path, caplog):
    reader = SstReader(granularity="2-class", graphs=".sdp").for_purpose(Purpose.PREDICTION)
    path = write(tmp_path / "a.txt", "(3 (3 x) (2 y))\n(2 z)\n")
    instances = list(reader.read(path))
    assert len(instances) == 2 and not any("graph" in each.fields for each in instances)
    assert "a.sdp, so there are no graphs." in caplog.text
    rows = "#SDP 2015\n1\tx\t_\t_\t+\t-\t_\n2\ty\t_\t_\t-\t-\t_\tARG2\n\n1\tz\t_\t_\t+\t-\t_\n\n"
    write(tmp_path / "a.sdp", rows)
    first, second = reader.read(path)
    assert "graph" not in first.fields and second["graph"].indices == [(1, 0)]
    assert "a.sdp" in caplog.text


def test_unknown_options_are_refused():
    with pytest.raises(ConfigurationError, match="5-class, 3-class, 2-class but is '4-class'"):
        SstReader(granularity="4-class")
    with pytest.raises(ConfigurationError, match="use_subtrees reads phrases"):
        SstReader(use_subtrees=True, graphs=".sdp")
    with pytest.raises(ConfigurationError, match="max_tokens must be at least 1 but is 0"):
        SstReader(max_tokens=0)


def test_long_sentences_are_refused_by_name():
    with pytest.raises(ConfigurationError) as info:
        list(SstReader(max_tokens=4).read(TREES))
    assert f"{TREES}:2, the sentence 'Nobody hated the ending .' has 5 tokens" in str(info.value)


def test_a_class_that_training_lacks_is_named_with_its_place(tmp_path):
    path = tmp_path / "trees.txt"
    path.write_text("(3 (2 A) (3 marvel))\n(2 (2 A) (2 film))\n")
    instances = list(SstReader(granularity="3-class").read(path))
    vocabulary = Vocabulary.from_instances(instances[:1])
    instances[0].index_fields(vocabulary)
    assert instances[0]["label"].as_tensor({}) == 0
    message = r"trees\.txt:2 is 'neutral', but the classes of the training data are positive\. Read"
    with pytest.raises(ConfigurationError, match=message):
        instances[1].index_fields(vocabulary)


def test_raw_text_gives_an_instance_without_label():
    reader = SstReader(granularity="2-class")
    instance = reader.text_to_instance(words=["A", "joy", "("], lemmas=None, pos=["DT", "NN", "("])
    assert set(instance.fields) == {"tokens", "metadata"}
    assert words(instance) == "A joy ("
    assert [word.pos for word in instance["metadata"]["sentence"].words] == ["DT", "NN", "("]
    labeled = reader.text_to_instance(words=["A", "joy"], label="positive")
    assert labels([labeled]) == ["positive"]
    for label in ("neutral", "1"):
        with pytest.raises(ConfigurationError, match=f"'{label}' is not one of 2-class: negative"):
            reader.text_to_instance(words=["A", "joy"], label=label)


def test_from_params_and_token_indexers():
    params = {
        "type": "sst",
        "granularity": "3-class",
        "token_indexers": {"pos": {"type": "single_id", "feature_name": "tag_"}},
        "max_instances": 2,
    }
    reader = DatasetReader.from_params(Params(params))
    assert isinstance(reader, SstReader)
    instances = list(reader.read(TREES))
    assert labels(instances) == ["positive", "negative"]
    reader.apply_token_indexers(instances[0])
    assert set(instances[0]["tokens"].token_indexers) == {"pos"}


def test_readers_pickle():
    reader = SstReader(
        {"lemmas": SingleIdTokenIndexer(feature_name="lemma_")}, "2-class", graphs=".sdp"
    )
    copy = pickle.loads(pickle.dumps(reader))
    assert labels(copy.read(COLUMNS)) == labels(reader.read(COLUMNS))


@pytest.mark.parametrize("num_workers", [0, 2])
def test_a_data_loader_yields_each_sentence_once(num_workers):
    loader = MultiProcessDataLoader(
        SstReader(), str(TREES), batch_size=2, num_workers=num_workers, shuffle=False
    )
    loader.index_with(Vocabulary.from_instances(loader.iter_instances()))
    lines = [entry["sentence"].line for batch in loader for entry in batch["metadata"]]
    assert sorted(lines) == [1, 2, 3, 5, 8]


def test_processes_and_workers_share_the_phrases(monkeypatch):
    seen = []
    for rank in range(2):
        for worker in range(2):
            reader = SstReader(granularity="2-class", use_subtrees=True)
            monkeypatch.setattr(allennlp_reader.util, "is_distributed", lambda: True)
            monkeypatch.setattr(allennlp_reader.dist, "get_rank", lambda rank=rank: rank)
            monkeypatch.setattr(allennlp_reader.dist, "get_world_size", lambda: 2)
            reader._set_worker_info(WorkerInfo(2, worker))
            seen.append([words(instance) for instance in reader._read(str(TREES))])
    monkeypatch.undo()
    assert max(map(len, seen)) - min(map(len, seen)) <= 1
    expected = map(words, SstReader(granularity="2-class", use_subtrees=True).read(TREES))
    assert sorted(itertools.chain(*seen)) == sorted(expected)


@pytest.mark.real_data
@needs_treebank
@pytest.mark.parametrize(
    ("name", "all_sentences", "binary"), [("dev", 1101, 872), ("test", 2210, 1821)]
)
def test_sentences_of_the_treebank(name, all_sentences, binary):
    path = TREEBANK / f"{name}.txt"
    assert len(list(SstReader().read(path))) == all_sentences
    assert len(list(SstReader(granularity="2-class").read(path))) == binary


@pytest.mark.real_data
@needs_treebank
def test_training_sentences_of_the_treebank():
    path = TREEBANK / "train.txt"
    counts = Counter(labels(SstReader(granularity="2-class").read(path)))
    assert counts == {"positive": 3610, "negative": 3310}
