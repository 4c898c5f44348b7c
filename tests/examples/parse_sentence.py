import spigot_allennlp

(sentence,) = spigot_allennlp.load("en_dm")("She was too tired to answer his long letter.")
print(sentence.heads, sentence.deprels, sentence.arcs, sentence.tops)
