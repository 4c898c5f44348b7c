// The dataset readers.
local encoder = import 'encoder.libsonnet';

{
  local shared = {
    token_indexers: encoder.token_indexers,
    max_tokens: 300,
  },

  sdp:: shared { type: 'sdp' },

  conll:: shared { type: 'conll_dependencies' },

  sst:: shared { type: 'sst', granularity: '2-class' },

  // For training with Eisner's algorithm, which finds projective trees only.
  projective_conll:: $.conll { nonprojective: 'projectivize' },
}
