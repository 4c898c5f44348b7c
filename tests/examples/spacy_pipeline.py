import spacy
from spacy import displacy

from bilexical.spacy_docs import sentences_of

nlp = spacy.blank("en")
nlp.add_pipe("spigot_parser", config={"model": "en_dm"})
doc = nlp("The old clock stopped. Anna wants to fix it.")
for sentence in doc.sents:
    print(sentence.root, [(token.text, token.dep_, token.head.text) for token in sentence])

for arc in doc._.semantic_graph["arcs"]:
    print(doc[arc["head"]], arc["label"], doc[arc["modifier"]])
print("tops:", [doc[index] for index in doc._.semantic_graph["tops"]])

tree = displacy.render(doc, style="dep", jupyter=False)
trees_and_graphs = sentences_of(doc)._repr_html_()
