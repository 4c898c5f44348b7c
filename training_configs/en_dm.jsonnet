// One small model for English text with tags or without: trees of UD English EWT and, over them, DM graphs of WeScience. Neither
// corpus is part of the repository. Its archive has 11 MB after `allennlp halve-archive`.
//
// The corpora split words alike, at hyphens too. They differ in quotes, which are plain ones to all that is read of a form, and in
// the tags of punctuation: those of WeScience are `.` for commas, brackets and slashes, and there are no HYPH, NFP, ADD, AFX and GW.
local parsers = import 'lib/parsers.libsonnet';
local sdp = import 'lib/sdp.libsonnet';

local sizes = parsers.sizes { words: 75, prefix: 8, suffix: 25, shape: 15, characters: 30, hidden: 175 };

// In four of five sentences the form is all there is: text without tags gains more by it than text with tags loses.
local often_without_tags = { sentence_encoder+: { word_dropout+: { missing: { pos: 0.8 } } } };

sdp.two_corpora(
  // No other estimator was better with two corpora: docs/results.md.
  estimator={ type: 'modular' },
  sizes=sizes,
  treebank='data/ud_ewt/en_ewt-ud-train.conllu',
  data='data/wescience_dm',
  num_epochs=12
) {
  // What is seldom is unknown: that makes the model small, and trains what is read of an unknown prefix, suffix, shape or character.
  vocabulary: { min_count: { words: 2, prefix: 2, suffix: 2, shape: 2, characters: 2 } },
  model+: { intermediate+: often_without_tags, downstream+: often_without_tags },
}
