"""Random sentences for the property tests."""

from hypothesis import strategies as st

from bilexical.formats.sentence import Arc, ExtraLine, PredictedColumns, Sentence, Word

# Whatever a column may hold: line separators other than \n and \r are ordinary characters.
characters = st.characters(blacklist_characters="\t\n\r", blacklist_categories=("Cs",))
texts = st.text(characters, min_size=1, max_size=4) | st.sampled_from(
    ["#", "+", "-", "\u2028", "_"]
)
values = st.none() | texts.filter(lambda value: value != "_")
labels = texts.filter(lambda value: value not in ("_", "__TOP__"))


@st.composite
def trees(draw, max_words=8):
    """The heads of a random tree, projective or not, with one or several words below ROOT."""
    order = draw(st.permutations(range(1, draw(st.integers(1, max_words)) + 1)))
    heads = [0] * len(order)
    for position, word in enumerate(order):
        heads[word - 1] = draw(st.sampled_from([0, *order[:position]]))
    return heads


@st.composite
def sdp_sentences(draw, layout):
    heads = draw(trees())
    if layout != "sdp_augmented" or draw(st.booleans()):
        heads = [None] * len(heads)
    numbers = range(1, len(heads) + 1)
    words = [
        Word(
            form=draw(texts),
            lemma=draw(values),
            pos=draw(values),
            head=head,
            deprel=draw(values) if layout == "sdp_augmented" else None,
            frame=None if layout == "sdp_2014" else draw(values),
            is_top=draw(st.booleans()),
            is_predicate=draw(st.booleans()),
        )
        for head in heads
    ]
    arcs = [
        Arc(modifier, head, draw(labels))
        for modifier in numbers
        for head in numbers
        if words[head - 1].is_predicate and draw(st.booleans())
    ]
    name = draw(st.integers(0, 99).map(str))
    comments = draw(st.sampled_from([[], ["# text = a"], ["# checked"], ["#checked"]]))
    return Sentence(name, words, arcs, [f"#{name}", *comments])


@st.composite
def conll_sentences(draw):
    heads = draw(trees())
    if draw(st.booleans()):
        heads = [None] * len(heads)
    words = [
        Word(
            form=draw(texts),
            lemma=draw(values),
            pos=draw(values),
            upos=draw(values),
            head=head,
            deprel=draw(values),
            feats=draw(values),
            deps=draw(values),
            misc=draw(values),
        )
        for head in heads
    ]
    extra_lines = []
    for number in range(len(words) + 1):
        for empty in range(1, draw(st.integers(0, 2)) + 1):
            extra_lines.append(ExtraLine(number, f"{number}.{empty}" + "\t_" * 9))
        if number < len(words) and draw(st.booleans()):
            extra_lines.append(ExtraLine(number, f"{number + 1}-{number + 1}" + "\t_" * 9))
    name = draw(st.integers(0, 99).map(str))
    return Sentence(name, words, None, [f"# sent_id = {name}", "# text"], extra_lines)


@st.composite
def conll09_sentences(draw):
    heads = draw(trees())
    numbers = range(1, len(heads) + 1)
    words = []
    for head in heads:
        is_predicate = draw(st.booleans())
        words.append(
            Word(
                form=draw(texts),
                lemma=draw(values),
                pos=draw(values),
                head=head,
                deprel=draw(values),
                frame=draw(values) if is_predicate else None,
                is_predicate=is_predicate,
                feats=draw(values),
                predicted=PredictedColumns(*(draw(values) for _ in range(5))),
            )
        )
    arcs = [
        Arc(modifier, head, draw(labels))
        for modifier in numbers
        for head in numbers
        if words[head - 1].is_predicate and draw(st.booleans())
    ]
    return Sentence("", words, arcs)


@st.composite
def enhanced_sentences(draw):
    """
    Sentences of CoNLL-U with DEPS over words and empty nodes, in the standard's order. Some arcs
    join a node with itself, and some are there twice.
    """
    sentence = draw(conll_sentences())
    empty_nodes = [
        x.text.split("\t")[0] for x in sentence.extra_lines if "." in x.text.split("\t")[0]
    ]
    names = [str(number) for number in range(1, len(sentence.words) + 1)]
    nodes = sorted([*names, *empty_nodes], key=lambda name: [int(x) for x in name.split(".")])
    relations = st.sampled_from(["nsubj", "nsubj:xsubj", "conj:and", ":", "a=b", "root"])

    def deps(node):
        arcs = [("0", "root")] if draw(st.booleans()) else []
        for head in nodes:
            some = draw(st.sets(relations, max_size=draw(st.sampled_from([0, 0, 1, 1, 2]))))
            arcs += [(head, relation) for relation in sorted(some)]
        if arcs and draw(st.booleans()):
            arcs.append(draw(st.sampled_from(arcs)))
        order = sorted(arcs, key=lambda arc: ([int(x) for x in arc[0].split(".")], arc[1]))
        return "|".join(f"{head}:{relation}" for head, relation in order) or None

    for name, word in zip(names, sentence.words):
        word.deps = deps(name)
    for position, (after, text) in enumerate(sentence.extra_lines):
        columns = text.split("\t")
        if "." in columns[0]:
            columns[8] = deps(columns[0]) or "_"
            sentence.extra_lines[position] = ExtraLine(after, "\t".join(columns))
    return sentence


# Few characters, so that what one format takes for its own is met often.
names = st.text("ab 1_=#:|.-+\t\u2028\ufeff\u0967", min_size=1, max_size=3) | st.sampled_from(
    ["SDP 2015", "# sent_id = 1", "text = a", "global.columns = ID FORM", "{}", "1", "_", "-", "+"]
)
odd_values = names.filter(lambda value: "\t" not in value and value != "_")
odd_values = st.none() | odd_values | st.sampled_from(["+", "-", "1", "0"])


@st.composite
def json_sentences(draw):
    """All that a sentence can say, each layer there or not, whatever the others are."""
    heads = draw(trees(max_words=4))
    rows = draw(st.lists(st.tuples(*[odd_values] * 7), min_size=len(heads), max_size=len(heads)))
    has_tree = draw(st.booleans())
    words = [
        Word(
            form or "_",
            lemma=lemma,
            pos=pos,
            upos=upos,
            head=head if has_tree else None,
            deprel=deprel,
            frame=frame,
            is_predicate=draw(st.booleans()),
            feats=feats,
        )
        for head, (form, lemma, pos, upos, deprel, frame, feats) in zip(heads, rows)
    ]
    arcs = None
    if draw(st.booleans()):
        numbers = range(1, len(heads) + 1)
        label = odd_values.map(lambda value: value or "_")
        arcs = [Arc(m, h, draw(label)) for m in numbers for h in numbers if draw(st.booleans())]
        for word in words:
            word.is_top = draw(st.booleans())
    return Sentence(draw(st.just("") | names).strip(), words, arcs)
