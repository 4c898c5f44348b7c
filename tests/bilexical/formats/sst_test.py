import gzip
import lzma
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilexical.formats.errors import FormatError
from bilexical.formats.sentence import Sentence, Word
from bilexical.formats.sentiment import LabeledPhrase, LabeledSentence, unescape
from bilexical.formats.sst import detect_sst_layout, read_sst
from bilexical.formats.sst_columns import format_sst_columns, write_sst_columns
from bilexical.formats.sst_trees import format_sst_tree, read_sst_trees
from tests import FIXTURES_ROOT, PROJECT_ROOT
from tests.bilexical.formats.mutations import (
    BYTE_OPERATIONS,
    CELL_OPERATIONS,
    LINE_OPERATIONS,
    canonical,
    mutated,
    mutations,
    num_blocks,
)
from tests.bilexical.formats.strategies import characters, texts, values

TREES = FIXTURES_ROOT / "sentiment_trees.txt"
COLUMNS = FIXTURES_ROOT / "sentiment.txt"
TREEBANK = PROJECT_ROOT / "data" / "sst"

labels = st.integers(0, 4)
tree_words = st.text(characters, min_size=1, max_size=4).filter(
    lambda text: not re.search(r"[() \t\r\f\v]", text)
)


@st.composite
def random_trees(draw):
    """The text of a tree with any number of children per node, and any white space."""
    space = st.sampled_from(["", " ", "\t", "\n", "  \n "])

    def node(depth):
        num_children = draw(st.integers(0, 3)) if depth < 4 else 0
        children = [node(depth + 1) for _ in range(num_children)]
        content = draw(space).join(children) if children else " " + draw(tree_words)
        return f"({draw(space)}{draw(labels)}{content}{draw(space)})"

    return node(0)


@st.composite
def labeled_sentences(draw):
    words = [Word(draw(texts), draw(values), draw(values)) for _ in range(draw(st.integers(1, 5)))]
    identifier = draw(st.sampled_from(["", "7", "a b"]))
    comments = [f"# instance {identifier}"] if identifier else draw(st.sampled_from([[], ["# x"]]))
    sentence = Sentence(identifier, words, comments=comments)
    return LabeledSentence(sentence, [LabeledPhrase(draw(labels), 0, len(words))])


def tokens(text):
    return re.findall(r"[()]|[^() \t\r\f\v\n]+", text)


def phrases_of(text):
    """The words and the phrases of each tree, found by looking for matching brackets."""
    found, items = [], tokens(text)
    position = 0
    while position < len(items):
        depth, end = 0, position
        while True:
            depth += {"(": 1, ")": -1}.get(items[end], 0)
            end += 1
            if depth == 0:
                break
        tree = items[position:end]
        # A word is what stands neither behind an opening bracket nor is one.
        is_word = [token not in "()" and before != "(" for before, token in zip(["", *tree], tree)]
        phrases = []
        for start, token in enumerate(tree):
            if token == "(":
                depth, stop = 0, start
                while True:
                    depth += {"(": 1, ")": -1}.get(tree[stop], 0)
                    stop += 1
                    if depth == 0:
                        break
                phrases.append((int(tree[start + 1]), sum(is_word[:start]), sum(is_word[:stop])))
        found.append(([t for t, word in zip(tree, is_word) if word], phrases))
        position = end
    return found


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def read_trees(path, text):
    return list(read_sst_trees(write(path, text)))


def forms(labeled):
    return [word.form for word in labeled.sentence.words]


def test_trees():
    assert detect_sst_layout(TREES) == "trees"
    trees = list(read_sst(TREES, "trees"))
    assert [forms(tree) for tree in trees] == [
        ["The", "clever", "plot", "works"],
        ["Nobody", "hated", "the", "ending", "."],
        ["-LRB-", "A", "comedy\\/drama", "-RRB-"],
        ["It", "was", "not", "good"],
        ["Yes"],
    ]
    assert [tree.phrases[0].label for tree in trees] == [4, 1, 2, 0, 3]
    assert [tree.sentence.line for tree in trees] == [1, 2, 3, 5, 8]
    assert trees[0].phrases == [
        (4, 0, 4),
        (2, 0, 1),
        (4, 1, 4),
        (3, 1, 3),
        (3, 1, 2),
        (2, 2, 3),
        (3, 3, 4),
    ]
    assert format_sst_tree(trees[3]) == "(0 (2 It) (0 (1 (2 was) (1 not)) (3 good)))\n"


def test_columns(tmp_path):
    assert detect_sst_layout(COLUMNS) == "binary_columns"
    sentences = list(read_sst(COLUMNS, "binary_columns"))
    assert [entry.sentence.id for entry in sentences] == ["1", "2", "3", "4"]
    assert [entry.phrases for entry in sentences] == [[(1, 0, 5)], [(0, 0, 2)], [(0, 0, 5)]] + [
        [(1, 0, 1)]
    ]
    assert sentences[0].sentence.words[2] == Word("loved", "love", "VBD")
    write_sst_columns(tmp_path / "copy", sentences)
    assert (tmp_path / "copy").read_bytes() == COLUMNS.read_bytes()
    five = COLUMNS.read_text().replace("\t1\n", "\t3\n")
    assert detect_sst_layout(write(tmp_path / "five", five)) == "columns"


def test_unescaping_leaves_its_argument_alone():
    forms = ["-LRB-", "-RCB-", "1\\/2", "\\*\\*", "a-LSB-b", "--", "-lrb-", "\\"]
    sentence = Sentence("1", [Word(form) for form in forms])
    changed = [word.form for word in unescape(sentence).words]
    assert changed == ["(", "}", "1/2", "**", "a[b", "--", "-lrb-", "\\"]
    assert [word.form for word in sentence.words] == forms


@pytest.mark.parametrize("path", [TREES, COLUMNS])
@pytest.mark.parametrize(
    "change",
    [
        gzip.compress,
        lzma.compress,
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content.rstrip(b"\n"),
        lambda content: b"\n\n" + content,
    ],
    ids=["gz", "xz", "BOM", "CRLF", "end", "blank"],
)
def test_variants_of_a_file_read_the_same(tmp_path, path, change):
    layout = detect_sst_layout(path)
    variant = write(tmp_path / "variant", change(path.read_bytes()))
    assert detect_sst_layout(variant) == layout
    expected = [(forms(entry), entry.phrases) for entry in read_sst(path, layout)]
    assert [(forms(entry), entry.phrases) for entry in read_sst(variant, layout)] == expected


@settings(max_examples=50)
@given(texts=st.lists(random_trees(), min_size=1, max_size=3))
def test_trees_come_out_as_they_went_in(texts, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "trees"
    trees = read_trees(path, "\n".join(texts))
    assert [(forms(tree), tree.phrases) for tree in trees] == phrases_of("\n".join(texts))
    written = "".join(map(format_sst_tree, trees))
    assert tokens(written) == tokens("\n".join(texts))
    assert written.count("\n") == len(texts)
    assert [(forms(t), t.phrases) for t in read_trees(path, written)] == phrases_of(written)


@settings(max_examples=50)
@given(sentences=st.lists(labeled_sentences(), min_size=1, max_size=3))
def test_columns_come_out_as_they_went_in(sentences, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "columns"
    write_sst_columns(path, sentences)
    assert list(read_sst(path, "columns")) == sentences
    is_binary = all(phrases[0].label < 2 for _, phrases in sentences)
    assert detect_sst_layout(path) == ("binary_columns" if is_binary else "columns")


def test_an_id_without_a_comment_is_written():
    sentence = LabeledSentence(Sentence("9", [Word("Yes")]), [LabeledPhrase(3, 0, 1)])
    assert format_sst_columns(sentence) == "# instance 9\n1\tYes\t_\t_\t3\n\n"


@settings(max_examples=80)
@given(text=random_trees(), data=st.data())
def test_unbalanced_trees_are_refused(text, data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "unbalanced"
    brackets = [i for i, character in enumerate(text) if character in "()"]
    position = data.draw(st.sampled_from(brackets))
    without = text[:position] + text[position + 1 :]
    for damaged in (without, text[:position] + text[position] + text[position:]):
        with pytest.raises(FormatError, match=r"line \d+: .* in column \d+ |no sentence"):
            read_trees(path, damaged)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("(3 a)\n (2 b))", 2, 'the ")" in column 7 closes nothing'),
        (")", 1, 'the ")" in column 1 closes nothing'),
        ("(3 a)\n(3 (2 b) (2 c)\n(1 d)", 2, 'the "(" in column 1 is not closed: 1 of its tree'),
        ("(3 a)\n\n(3\n (2 (1 b", 3, 'the "(" in column 1 is not closed: 3 of its tree'),
        ("(3 (2 a) ((1 b)))", 1, 'the "(" in column 10 has no label'),
        ("(3 (2 a) ())", 1, 'the "(" in column 10 has no label'),
        ("(3 (2 a)\n  (", 1, 'the "(" in column 1 is not closed: 2'),
        ("(3 (2 a)\n  (4 ))", 2, 'the "(" in column 3 holds a label but no word'),
        ("(3 (2 a) (5 b))", 1, "the \"(\" in column 10 has the label '5', which is not one of 0"),
        ("(3 (NP b))", 1, "the \"(\" in column 4 has the label 'NP'"),
        ("(3 (2a))", 1, "the \"(\" in column 4 has the label '2a'"),
        ("(\n7 a)", 1, "the \"(\" in column 1 has the label '7'"),
        ("(3 (2 a b))", 1, "the \"(\" in column 4 holds the words 'a' and 'b'"),
        ("(3 (2 a) b)", 1, "the \"(\" in column 1 holds the word 'b' beside brackets"),
        ("(3 a (2 b))", 1, "the \"(\" in column 1 holds the word 'a' beside brackets"),
        ("(3 a) b", 1, "'b' in column 7 stands behind the end of the tree"),
        ("(3 a) (2 b)", 1, "'(' in column 7 stands behind the end of the tree"),
        ("(3 a)\nand", 2, "'and' in column 1 stands outside of all brackets"),
        (f"(3 {'x' * 99} y)", 1, f"holds the words '{'x' * 30} ...' and 'y'"),
    ],
)
def test_the_wrong_bracket_is_named(text, line, problem, tmp_path):
    path = tmp_path / "trees.txt"
    with pytest.raises(FormatError) as info:
        read_trees(path, text)
    assert info.value.line == line
    assert f"{path}, line {line}: " in str(info.value)
    assert problem in str(info.value)
    assert str(info.value).endswith(".")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("1\ta\t_\t_\n", 1, "the number of columns is 4 and should be 5: id form lemma pos label"),
        ("The film\t1\n", 1, "the number of columns is 2 and should be 5"),
        ("1\ta\t_\t_\t1\n3\tb\t_\t_\t1\n", 2, "column 1 (id) is 3 where word 2 is expected"),
        ("1\ta\t_\t_\t5\n", 1, "column 5 (label) is '5'"),
        ("1\ta\t_\t_\t_\n", 1, "column 5 (label) is '_'"),
        ("1\ta\t_\t_\t1\n2\tb\t_\t_\t0\n", 2, "column 5 (label) is 0 but 1 on the words before"),
    ],
)
def test_wrong_columns_are_named(text, line, problem, tmp_path):
    path = write(tmp_path / "columns.txt", text)
    with pytest.raises(FormatError) as info:
        list(read_sst(path, detect_sst_layout(path)))
    assert info.value.line == line
    assert problem in str(info.value)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
@pytest.mark.parametrize("layout", ["trees", "columns"])
def test_files_without_a_sentence(content, layout, tmp_path):
    path = write(tmp_path / "file", content)
    with pytest.raises(FormatError, match="the file holds no sentence"):
        list(read_sst(path, layout))
    with pytest.raises(FormatError, match="the file holds no sentence"):
        detect_sst_layout(path)


def test_deep_trees(tmp_path):
    depth = 20_000
    text = "(1 (2 a) " * depth + "(3 b)" + ")" * depth
    (tree,) = read_trees(tmp_path / "deep", text)
    assert len(forms(tree)) == depth + 1
    assert tree.phrases[-1] == (3, depth, depth + 1)
    assert format_sst_tree(tree) == text + "\n"
    with pytest.raises(FormatError, match=f"column 1 is not closed: {depth} of its tree"):
        read_trees(tmp_path / "deep", "(1 " * depth)
    unary = "(1 " * depth + "a" + ")" * depth
    (tree,) = read_trees(tmp_path / "deep", unary)
    assert format_sst_tree(tree) == unary + "\n"


@pytest.mark.parametrize(
    "phrases",
    [
        [(1, 0, 2)],
        [(1, 0, 2), (1, 0, 1)],
        [(1, 0, 2), (1, 1, 2)],
        [(1, 0, 2), (1, 0, 1), (1, 1, 3)],
        [(1, 0, 1)],
        [(1, 0, 1), (1, 1, 2)],
    ],
)
def test_what_is_no_tree_is_not_written(phrases):
    sentence = Sentence("", [Word("a"), Word("b")])
    with pytest.raises(ValueError, match="words"):
        format_sst_tree(LabeledSentence(sentence, [LabeledPhrase(*p) for p in phrases]))


@pytest.mark.parametrize("form", ["", " ", "a b", "(", "a)", "a\nb"])
def test_words_that_no_tree_can_hold_are_not_written(form):
    sentence = LabeledSentence(Sentence("", [Word(form)]), [LabeledPhrase(1, 0, 1)])
    with pytest.raises(ValueError, match="cannot be written to a tree"):
        format_sst_tree(sentence)


def check_error(error, path, content):
    assert error.path == str(path)
    assert error.line is None or 1 <= error.line <= content.count(b"\n") + 1


def check(path, content):
    """Reads a file with any content; "read" or "refused"."""
    write(path, content)
    try:
        layout = detect_sst_layout(path)
        sentences = list(read_sst(path, layout))
    except FormatError as error:
        check_error(error, path, content)
        return "refused"
    text = re.sub("^\ufeff+", "", content.decode("utf-8"), flags=re.MULTILINE)
    if layout == "trees":
        assert [(forms(tree), tree.phrases) for tree in sentences] == phrases_of(text)
    else:
        assert "".join(map(format_sst_columns, sentences)) == canonical(content)
        assert len(sentences) == num_blocks(canonical(content))
    return "read"


@pytest.mark.parametrize("path", [TREES, COLUMNS])
@pytest.mark.parametrize("operations", [BYTE_OPERATIONS, LINE_OPERATIONS + CELL_OPERATIONS])
def test_damaged_files(path, operations, tmp_path):
    outcomes = []

    @settings(max_examples=50)
    @given(changes=st.lists(mutations(operations), min_size=1, max_size=3))
    def run(changes):
        content = path.read_bytes()
        for change in changes:
            content = mutated(content, change)
        if not content.startswith((b"\x1f\x8b", b"\xfd7zXZ\0")):
            outcomes.append(check(tmp_path / "file", content))

    run()
    assert outcomes.count("read") > 2
    assert outcomes.count("refused") > 10


@settings(max_examples=80)
@given(text=st.text("()0123x \t\n\u00a0", max_size=30))
def test_any_brackets(text, tmp_path_factory):
    check(tmp_path_factory.getbasetemp() / "brackets", text.encode("utf-8"))


@pytest.mark.real_data
@pytest.mark.skipif(not TREEBANK.is_dir(), reason="data/sst is not here")
@pytest.mark.parametrize(("name", "number"), [("train", 8544), ("dev", 1101), ("test", 2210)])
def test_the_treebank_comes_out_as_it_went_in(name, number):
    path = TREEBANK / f"{name}.txt"
    trees = list(read_sst_trees(path))
    assert len(trees) == number
    assert "".join(map(format_sst_tree, trees)).encode("utf-8") == path.read_bytes()


def test_a_comment_may_follow_the_id(tmp_path):
    row = "1\tYes\tyes\tUH\t1\n\n"
    path = write(tmp_path / "file", ("# instance 7\n# text = Yes\n" + row).encode())
    (labeled,) = read_sst(path, "columns")
    assert labeled.sentence.id == "7"
    assert format_sst_columns(labeled).encode() == path.read_bytes()
