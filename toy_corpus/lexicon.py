"""
The words of the toy grammar and their classes.

The class of a noun or verb is all that the grammar, the attachment preferences and the semantics
know of it, so a word unseen in training behaves as the seen words of its class do. The last words
of every list are held out of the training split.
"""

from typing import Dict, Generic, List, Optional, TypeVar

from toy_corpus.morphology import Noun, Verb, read_noun, read_verb

T = TypeVar("T")

_NOUNS = {
    "person": "girl boy man/men woman/women doctor singer farmer judge guest nurse pilot clerk "
    "child/children uncle driver baker artist lawyer sailor poet hunter scout monk "
    "florist miner actor",
    "thing": "box cup car door wall boat coin lamp clock chair bell fence toy cart jar bike "
    "drum kite",
    "tool": "hammer knife/knives saw rope axe key brush drill spade needle pump lens chisel rasp",
    "document": "letter book report note map story list paper poem essay diary memo novel leaflet",
    "place": "garden park office house kitchen barn school harbour forest shop church hall hut"
    " mill chapel",
    "feature": "hat beard scarf smile ring mask limp cloak ribbon badge wig sash",
    "topic": "law music trade war history money tax/taxes love peace art faith sport",
    "event": "meeting lunch storm party game trial concert strike feast race dinner wedding picnic",
    "surface": "table shelf/shelves roof bed floor desk bench sofa stove ledge tray",
}
_VERBS = {
    "rest": "sleep/slept/slept laugh sing/sang/sung wait dance smile cry swim/swam/swum work shout "
    "play/played/played yawn snore",
    "happen": "fall/fell/fallen vanish burn sink/sank/sunk shake/shook/shaken arrive crumble "
    "rot/rotted/rotted",
    "meet": "meet/met/met visit greet follow chase watch help kiss call push thank tease hail",
    "mend": "break/broke/broken fix open clean cut/cut/cut repair move lift scratch polish carve",
    "like": "like know/knew/known fear own need admire hate trust remember envy adore despise",
    "make": "make/made/made build/built/built cook paint buy/bought/bought pack "
    "find/found/found sew/sewed/sewn "
    "fetch",
    "read": "read/read/read write/wrote/written study print copy sign lose/lost/lost "
    "edit/edited/edited translate",
    "give": "give/gave/given send/sent/sent show/showed/shown offer lend/lent/lent hand "
    "sell/sold/sold mail "
    "award",
    "take": "take/took/taken borrow steal/stole/stolen get/got/got receive inherit collect",
    "put": "put/put/put place hang/hung/hung drop/dropped/dropped leave/left/left stack "
    "lay/laid/laid",
    "say": "say/said/said think/thought/thought claim believe deny hear/heard/heard report "
    "guess assert",
    "talk": "talk speak/spoke/spoken complain argue dream joke worry gossip boast",
    "try": "try want hope decide refuse plan/planned/planned agree attempt learn",
    "persuade": "persuade ask force tell/told/told order allow urge compel/compelled/compelled",
    "seem": "seem appear tend happen continue fail",
    "expect": "expect prefer/preferred/preferred intend assume",
    "value": "love praise enjoy mock dislike scorn",
    "move": "please delight impress charm bore annoy disappoint offend",
}
_NAMES = (
    "Anna Bob Carla David Emma Frank Grace Henry Irene Jack Kate Leo Maria Nina Oscar"
    " Paul Rosa Sam Tina "
    "Hugo Elsa Felix Olga"
)
_ADJECTIVES = (
    "old young big small red new tall poor rich quiet strange happy cheap famous brave grim shy odd"
)
_MANNER_ADVERBS = "quickly often slowly rarely gladly again calmly loudly soon badly sadly deftly"
_PLACE_ADVERBS = "outside upstairs nearby here there indoors abroad"

# The share of every list of open-class words that training does not see.
_HELD_OUT_SHARE = 0.15


class Vocabulary(Generic[T]):
    """
    The words of one class.

    # Parameters

    seen : `List[T]`
        The words that training may use.
    held_out : `List[T]`
        The words that only development and test may use.
    """

    def __init__(self, words: List[T]) -> None:
        num_seen = len(words) - max(1, round(_HELD_OUT_SHARE * len(words)))
        self.seen = words[:num_seen]
        self.held_out = words[num_seen:]


NOUNS: Dict[str, Vocabulary[Noun]] = {
    name: Vocabulary([read_noun(entry) for entry in entries.split()])
    for name, entries in _NOUNS.items()
}
VERBS: Dict[str, Vocabulary[Verb]] = {
    name: Vocabulary([read_verb(entry) for entry in entries.split()])
    for name, entries in _VERBS.items()
}
NAMES = Vocabulary(_NAMES.split())
ADJECTIVES = Vocabulary(_ADJECTIVES.split())
MANNER_ADVERBS = Vocabulary(_MANNER_ADVERBS.split())
PLACE_ADVERBS = Vocabulary(_PLACE_ADVERBS.split())

# What each class of verbs takes as its direct object.
OBJECTS: Dict[str, List[str]] = {
    "meet": ["person"],
    "mend": ["thing", "tool"],
    "like": ["person", "thing", "document", "tool", "person"],
    "make": ["thing", "feature", "surface"],
    "read": ["document"],
    "give": ["document", "thing", "tool"],
    "take": ["document", "thing", "tool", "feature"],
    "put": ["thing", "document", "tool"],
    "persuade": ["person"],
    "value": ["person", "event", "thing"],
    "move": ["person"],
}

PREPOSITIONS: Dict[str, List[str]] = {
    "of": ["of"],
    "about": ["about"],
    "with_tool": ["with"],
    "with_feature": ["with"],
    "place": ["in", "at", "near", "behind"],
    "time": ["before", "after", "during"],
    "to": ["to"],
    "from": ["from"],
    "surface": ["on", "under"],
    "for": ["for"],
}

# The classes of the noun inside each kind of prepositional phrase.
PREPOSITION_OBJECTS: Dict[str, List[str]] = {
    "of": ["person", "place"],
    "about": ["topic", "topic", "person", "event"],
    "with_tool": ["tool"],
    "with_feature": ["feature"],
    "place": ["place"],
    "time": ["event"],
    "to": ["person"],
    "from": ["person", "place"],
    "surface": ["surface"],
    "for": ["person", "event"],
}

# How much each kind of modifier likes each class of nouns and verbs; a class that is not named is
# no site at all.
ATTACHMENT: Dict[str, Dict[str, int]] = {
    "of": {"document": 3, "thing": 3, "place": 3, "person": 3, "surface": 3, "feature": 3},
    "about": {"document": 3, "talk": 3, "event": 2},
    "with_tool": {"mend": 4, "person": 3, "make": 4, "meet": 2, "read": 2, "rest": 1},
    "with_feature": {"person": 3, "thing": 1},
    "place": {
        **{
            "rest": 4,
            "meet": 4,
            "talk": 4,
            "read": 4,
            "mend": 4,
            "make": 2,
            "give": 2,
            "take": 2,
            "happen": 4,
        },
        **{
            "like": 1,
            "person": 3,
            "thing": 3,
            "document": 3,
            "tool": 3,
            "surface": 2,
            "event": 3,
            "place": 1,
        },
    },
    "time": {
        **{
            "rest": 4,
            "meet": 4,
            "mend": 4,
            "make": 4,
            "read": 4,
            "give": 4,
            "take": 4,
            "put": 4,
            "happen": 4,
        },
        **{"talk": 4, "say": 2, "persuade": 3, "like": 1, "event": 1},
    },
    "to": {"give": 4, "document": 3},
    "from": {"take": 4, "document": 3, "person": 3, "thing": 2},
    "surface": {"put": 4, "thing": 3, "document": 3, "tool": 3, "rest": 3, "person": 1},
    "for": {"make": 4, "take": 2, "document": 3, "thing": 3, "event": 3, "rest": 1},
}

# The prepositions that a class of verbs or nouns selects: they have no meaning of their own, and
# their object fills this role of the verb or noun.
SELECTED: Dict[str, Dict[str, str]] = {
    "talk": {"about": "ARG2"},
    "give": {"to": "ARG3"},
    "take": {"from": "ARG3"},
    "put": {"on": "loc", "under": "loc"},
    "document": {"about": "ARG1", "to": "ARG2"},
    "event": {"about": "ARG1"},
}

# The conjunctions whose arguments are a clause and the clause below it.
CONCESSIVES = ["although", "though"]
CAUSALS = ["because", "when", "since"]

_CLASS_OF_NOUN = {
    word.lemma: name for name, words in NOUNS.items() for word in words.seen + words.held_out
}
_CLASS_OF_VERB = {
    word.lemma: name for name, words in VERBS.items() for word in words.seen + words.held_out
}


def word_class(lemma: str, pos: str) -> Optional[str]:
    """
    The class of a noun or a verb, "person" for names and pronouns, and `None` for all other words.
    """
    if pos in ("NNP", "PRP"):
        return "person"
    if pos.startswith("NN"):
        return _CLASS_OF_NOUN.get(lemma)
    if pos.startswith("VB"):
        return _CLASS_OF_VERB.get(lemma)
    return None
