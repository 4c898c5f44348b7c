// The two parsers.
local encoder = import 'encoder.libsonnet';

{
  local defaults = { words: 100, pos: 25, hidden: 200, layers: 2, scorer: 100, dropout: 0.2 },
  local names = std.objectFields(defaults) + encoder.optional_sizes,
  local unknown(sizes) = [name for name in std.objectFields(sizes) if !std.member(names, name)],
  // Without a key that nothing would read, such as a misspelled one.
  sizes:: defaults {
    assert unknown(self) == [] :
           'sizes has %s, which nothing reads. There are %s; one for a configuration of yours alone is written with two colons.'
           % [std.join(', ', unknown(self)), std.join(', ', names)],
  },

  local scorer(sizes) = { type: 'biaffine', hidden_dim: sizes.scorer, dropout: sizes.dropout },

  syntactic_parser(sizes):: {
    type: 'syntactic_parser',
    sentence_encoder: encoder.sentence_encoder(sizes, drops_tags=true),
    arc_scorer: scorer(sizes),
    structure: { type: 'projective_trees', single_root: true },
    loss: { type: 'log_likelihood' },
    deprel_hidden_dim: sizes.scorer,
  },

  semantic_graph_parser(sizes, reads_syntax):: {
    type: 'semantic_graph_parser',
    sentence_encoder: encoder.sentence_encoder(sizes),
    arc_scorer: scorer(sizes),
    label_scorer: scorer(sizes),
    loss: { type: 'log_likelihood' },
    // More than the head's vector, which is what the paper's parser reads and `true` stands for.
    reads_syntax:
      if reads_syntax then { pairs: true, deprels: 'hard', convolutions: 1, hidden_dim: sizes.hidden } else false,
    predicate_hidden_dim: sizes.scorer,
  },
}
