import pytest
from hypothesis import given

from bilexical.formats.conll import format_conll, read_conll, write_conll
from bilexical.formats.enhanced import EnhancedCounts, with_deps, with_enhanced_graph
from bilexical.formats.errors import FormatError
from bilexical.formats.sentence import Arc, ExtraLine, Sentence, Word
from tests import FIXTURES_ROOT, PROJECT_ROOT
from tests.bilexical.formats.strategies import enhanced_sentences

TREES = FIXTURES_ROOT / "trees.conllu"


def graphs(path):
    return [with_enhanced_graph(sentence, str(path)) for sentence in read_conll(path)]


def total(path):
    return sum((counts for _, counts in graphs(path)), EnhancedCounts())


def items(sentence, empty_nodes):
    """(node, head, label) of each arc in DEPS, from or to an empty node or not."""
    nodes = [(str(number), word.deps) for number, word in enumerate(sentence.words, 1)]
    rows = [line.text.split("\t") for line in sentence.extra_lines]
    nodes += [(row[0], row[8]) for row in rows if "." in row[0] and row[8] != "_"]
    return [
        (node, *item.split(":", 1))
        for node, deps in nodes
        for item in (deps or "").split("|")
        if item and empty_nodes == ("." in node or "." in item.split(":")[0])
    ]


def test_the_graph_of_a_sentence():
    sentence, counts = graphs(TREES)[0]
    assert sentence.arcs == [
        Arc(1, 2, "det"),
        Arc(2, 6, "nsubj"),
        Arc(3, 5, "obj"),
        Arc(4, 5, "nsubj"),
        Arc(5, 2, "acl:relcl"),
        Arc(7, 6, "punct"),
    ]
    assert [number for number, word in enumerate(sentence.words, 1) if word.is_top] == [6]
    assert counts == EnhancedCounts(sentences=1, arcs=7)
    assert format_conll(with_deps(sentence)) == format_conll(sentence)


def test_an_arc_from_a_word_to_itself_is_kept():
    sentence, counts = with_enhanced_graph(words("0:root|1:a", "1:b"), "f")
    assert sentence.arcs == [Arc(1, 1, "a"), Arc(2, 1, "b")] and counts.arcs == 3


def test_empty_nodes_are_left_out_and_counted():
    *_, (with_both, counts), (at_the_start, _) = graphs(TREES)
    assert counts == EnhancedCounts(sentences=1, arcs=6, empty_nodes=2, arcs_of_empty_nodes=3 + 2)
    assert {arc.modifier for arc in with_both.arcs} == {1, 2, 4, 5, 9}
    assert [word.deps for word in with_both.words[5:8]] == ["7.1:cc", "7.1:nsubj", "7.1:advmod"]
    lines = format_conll(with_deps(with_both)).splitlines()
    assert [line.split("\t")[0] for line in lines if "\t" in line] == (
        ["1-2", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
    )
    assert [line.split("\t")[8] for line in lines if line[:1] in {"6", "7", "8"}] == ["_", "_", "_"]
    assert [line.after for line in with_deps(at_the_start).extra_lines] == [0]


@given(sentence=enhanced_sentences())
def test_any_graph_comes_out_as_it_went_in(sentence, tmp_path_factory):
    path = tmp_path_factory.mktemp("enhanced") / "file"
    write_conll(path, [sentence])
    ((read, counts),) = graphs(path)
    assert read.words[0].deps == sentence.words[0].deps
    of_words, of_empty_nodes = items(sentence, False), items(sentence, True)
    assert counts.arcs_of_empty_nodes == len(set(of_empty_nodes))
    assert counts.arcs + counts.further_labels == len(set(of_words))
    num_repeated = len(of_words + of_empty_nodes) - len(set(of_words + of_empty_nodes))
    assert counts.repeated == num_repeated
    pairs = {}
    for node, head, label in of_words:
        pairs.setdefault((int(node), int(head)), label)
    assert {(m, h): label for m, h, label in read.arcs} == {
        pair: label for pair, label in pairs.items() if pair[1]
    }
    tops = {number for number, word in enumerate(read.words, 1) if word.is_top}
    assert tops == {modifier for modifier, head in pairs if head == 0}
    again = with_deps(read)
    if not of_empty_nodes and not counts.further_labels and not counts.repeated:
        assert [word.deps for word in again.words] == [word.deps for word in sentence.words]
    assert set(items(again, False)) <= set(of_words)
    assert not items(again, True)


@pytest.mark.real_data
def test_real_graphs_come_out_as_they_went_in():
    paths = sorted((PROJECT_ROOT / "data" / "ud_ewt").glob("*-dev.conllu"))
    paths += sorted((PROJECT_ROOT / "data" / "formats").glob("*.conllu"))
    assert len(paths) >= 2
    for path in paths:
        for sentence, counts in graphs(path):
            if not counts.empty_nodes:
                assert format_conll(with_deps(sentence)) == format_conll(sentence)
    assert total(paths[0]) == EnhancedCounts(
        sentences=2001, arcs=26379, empty_nodes=4, arcs_of_empty_nodes=11
    )


def words(*deps):
    return Sentence("s", [Word(f"w{n}", deps=value) for n, value in enumerate(deps, 1)], line=5)


def test_the_first_of_several_labels_is_kept():
    sentence, counts = with_enhanced_graph(words("2:nsubj|2:nsubj:xsubj|2:obj", "0:root"), "f")
    assert sentence.arcs == [Arc(1, 2, "nsubj")]
    assert counts == EnhancedCounts(sentences=1, arcs=2, further_labels=2)


def test_arcs_from_root_are_tops_whatever_their_label():
    sentence, counts = with_enhanced_graph(words("0:parataxis", "0:a|0:root|1:obj"), "f")
    assert [word.is_top for word in sentence.words] == [True, True]
    assert sentence.arcs == [Arc(2, 1, "obj")]
    assert counts == EnhancedCounts(sentences=1, arcs=3, further_labels=1, root_labels=2)


def test_cycles_are_allowed():
    sentence, _ = with_enhanced_graph(words("2:a", "1:b"), "f")
    assert sentence.arcs == [Arc(1, 2, "a"), Arc(2, 1, "b")]


def test_repeated_arcs_are_left_out_and_counted():
    sentence, counts = with_enhanced_graph(words("1:ref|2:a|2:a|2:a", "0:root|0:root|2:b"), "f")
    assert sentence.arcs == [Arc(1, 1, "ref"), Arc(1, 2, "a"), Arc(2, 2, "b")]
    assert counts == EnhancedCounts(sentences=1, arcs=4, repeated=3)
    sentence = words("0:root")
    sentence.extra_lines = [ExtraLine(1, "1.1" + "\t_" * 7 + "\t1.1:a|1:b|1:b\t_")]
    _, more = with_enhanced_graph(sentence, "f")
    assert more == EnhancedCounts(
        sentences=1, arcs=1, empty_nodes=1, arcs_of_empty_nodes=2, repeated=1
    )


def test_words_without_deps():
    sentence, counts = with_enhanced_graph(words(None, "0:root"), "f")
    assert (sentence.arcs, counts.unannotated) == ([], 0)
    sentence, counts = with_enhanced_graph(words(None, None), "f")
    assert (sentence.arcs, counts.unannotated) == ([], 1)
    assert [word.deps for word in with_deps(sentence).words] == [None, None]


def test_the_sentence_is_not_modified():
    sentence = words("2:a", "0:root")
    graph, _ = with_enhanced_graph(sentence, "f")
    assert sentence == words("2:a", "0:root")
    graph.words[0].deps = None
    with_deps(graph)
    assert graph.words[0].deps is None


def test_heads_are_written_in_order():
    sentence = words(*[None] * 12)
    sentence.words[0].is_top = True
    sentence.arcs = [Arc(1, 11, "a"), Arc(1, 2, "b"), Arc(1, 9, "c")]
    assert with_deps(sentence).words[0].deps == "0:root|2:b|9:c|11:a"


def test_a_label_that_deps_cannot_hold_is_refused():
    sentence = words(None, None)
    sentence.arcs = [Arc(1, 2, "a|b")]
    with pytest.raises(ValueError, match=r"word 2 to word 1 of .* 's' .* 'a\|b', but \| "):
        with_deps(sentence)


@pytest.mark.parametrize(
    ("deps", "problem"),
    [
        ("x", "'x' is not an arc"),
        ("2", "'2' is not an arc"),
        ("2:", "'2:' is not an arc"),
        (":a", "':a' is not an arc"),
        ("2:a|", "'' is not an arc"),
        ("-1:a", "'-1:a' is not an arc"),
        ("02:a", "'02:a' is not an arc"),
        ("2.0:a", "'2.0:a' is not an arc"),
        ("9" * 5000 + ":a", "is not an arc"),
        ("\u0662:a", "is not an arc"),
        ("4:a", "the arc '4:a' in column 9 (deps) comes from 4, which is no word"),
        ("2.2:a", "the arc '2.2:a' in column 9 (deps) comes from 2.2, which is no word"),
        ("0.1:a", "the arc '0.1:a' in column 9 (deps) comes from 0.1, which is no word"),
        ("2:__TOP__", "the models' label for top nodes"),
    ],
)
def test_errors_name_file_line_value_and_remedy(deps, problem):
    sentence = words("2:a", "0:root", deps)
    sentence.extra_lines = [
        ExtraLine(0, "1-2" + "\tx" + "\t_" * 8),
        ExtraLine(2, "2.1" + "\t_" * 9),
    ]
    with pytest.raises(FormatError) as info:
        with_enhanced_graph(sentence, "f")
    # After the range, two words and the empty node.
    assert info.value.line == 9
    assert problem in str(info.value)


def test_the_deps_of_other_lines_are_checked():
    sentence = words("2:a", "0:root")
    row = "\tx" + "\t_" * 6 + "\t{}\t_"
    sentence.extra_lines = [
        ExtraLine(0, "1-2" + row.format("_")),
        ExtraLine(2, "2.1" + row.format("7:a")),
    ]
    with pytest.raises(FormatError, match="f, line 8: the arc '7:a'"):
        with_enhanced_graph(sentence, "f")
    sentence.extra_lines = [ExtraLine(1, "2-2" + row.format("1:a"))]
    with pytest.raises(FormatError, match="f, line 6: the range 2-2 has '1:a' in column 9"):
        with_enhanced_graph(sentence, "f")
