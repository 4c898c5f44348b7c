// The dataset readers.
local encoder = import 'encoder.libsonnet';

{
  local shared(sizes) = {
    token_indexers: encoder.token_indexers(sizes),
    max_tokens: 300,
  },

  sdp(sizes):: shared(sizes) { type: 'sdp' },

  conll(sizes):: shared(sizes) { type: 'conll_dependencies' },

  sst(sizes):: shared(sizes) { type: 'sst', granularity: '2-class' },

  // For training with Eisner's algorithm, which finds projective trees only.
  projective_conll(sizes):: $.conll(sizes) { nonprojective: 'projectivize' },
}
