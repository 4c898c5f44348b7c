import spigot_allennlp

parser = spigot_allennlp.load("en_dm")
for sentence in parser("The old clock stopped. Anna wants to fix it."):
    print(sentence, sentence.heads, sentence.deprels, sentence.tops)
    for modifier, head, label in sentence.arcs:
        print(sentence.words[head - 1].form, label, sentence.words[modifier - 1].form)

texts = ["She hired a cook.", "The cook left. She waits."]
print([len(sentences) for sentences in parser.pipe(texts)])
