"""The columns of CoNLL-X and CoNLL-U, which share them but for their names, and of CoNLL-2009."""

CONLL_COLUMNS = (
    *("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc"),
)
CONLL_HEAD = CONLL_COLUMNS.index("head")
#: DEPS of CoNLL-U, PHEAD of CoNLL-X.
CONLL_DEPS = CONLL_COLUMNS.index("deps")
#: MISC of CoNLL-U, PDEPREL of CoNLL-X.
CONLL_MISC = CONLL_COLUMNS.index("misc")

#: Those before the arguments, of which there is a column for each predicate.
CONLL09_COLUMNS = (
    *("id", "form", "lemma", "plemma", "pos", "ppos", "feat", "pfeat"),
    *("head", "phead", "deprel", "pdeprel", "fillpred", "pred"),
)
CONLL09_HEAD = CONLL09_COLUMNS.index("head")
CONLL09_FILLPRED = CONLL09_COLUMNS.index("fillpred")
CONLL09_PRED = CONLL09_COLUMNS.index("pred")
#: What FILLPRED may be: no predicate, a predicate.
CONLL09_FLAGS = ("_", "Y")
