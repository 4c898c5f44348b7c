// The setting of Peng, Thomson and Smith (2018): their sizes, losses, word dropout, schedule and clipping.
//
// Your data and word vectors (GloVe 6B, 100 dimensions; without any the words start at random) in a config of your own:
//   (import 'training_configs/sdp_spigot_paper.jsonnet') {
//     train_data_path: { treebank: '...', graphs: '...' },
//     validation_data_path: '...',
//     glove:: 'glove.6B.100d.txt',
//   }
local parsers = import 'lib/parsers.libsonnet';
local sdp = import 'lib/sdp.libsonnet';

local sizes = parsers.sizes { words: 100, lemmas:: 50, pos: 50, hidden: 200, scorer: 100, dropout: 0.0 };

local encoder(together_with, glove) = {
  text_field_embedder+: {
    token_embedders+: {
      words+: { pretrained_file: glove },
      lemmas: { type: 'normal_embedding', embedding_dim: sizes.lemmas, vocab_namespace: 'lemmas' },
    },
  },
  encoder+: { input_size: sizes.words + sizes.lemmas + sizes.pos },
  word_dropout: { alpha: 0.25, together_with: together_with },
};

local mlp = { type: 'mlp', hidden_dim: sizes.scorer };

local lemmas = {
  token_indexers+: {
    lemmas: { type: 'single_id', namespace: 'lemmas', feature_name: 'lemma_', lowercase_tokens: true, default_value: '@@UNKNOWN@@' },
  },
};

sdp.two_corpora(estimator={ type: 'spigot', step_size: 1.0, max_norm: 1.0 }, sizes=sizes, batch_size=1, num_epochs=100) {
  glove:: null,
  dataset_reader+: { readers+: { treebank+: lemmas, graphs+: lemmas } },
  validation_dataset_reader+: lemmas,
  validation_data_loader+: { batch_sampler+: { batch_size: 32 } },
  model+: {
    intermediate+: {
      sentence_encoder+: encoder(['lemmas', 'pos'], $.glove),
      arc_scorer: mlp,
      loss: { type: 'hinge', false_positive_cost: 0.5, false_negative_cost: 0.5 },
    },
    downstream+: {
      sentence_encoder+: encoder([], $.glove),
      arc_scorer: mlp,
      label_scorer: mlp,
      reads_syntax: true,
      loss: { type: 'hinge', false_positive_cost: 0.4, false_negative_cost: 0.6 },
    },
    separate_prediction_pass: true,
  },
  trainer+: {
    // A decay of 1e-6 per update.
    optimizer: { type: 'fused_adamw', lr: 0.001, weight_decay: 0.001 },
    learning_rate_scheduler: { type: 'step', step_size: 10, gamma: 0.5 },
    // Each parser by itself.
    callbacks+: [{ type: 'group_clipping', groups: [[['^_intermediate\\.'], 1.0]] }],
    grad_norm: 1.0,
    patience: null,
  },
}
