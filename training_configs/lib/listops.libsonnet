// Nested lists of digits, with and without a dependency tree. Every leaf config is one call of these functions. The data are
// written by `python -m toy_corpus --listops`.
local holding = import 'holding.libsonnet';
local parsers = import 'parsers.libsonnet';
local sdp = import 'sdp.libsonnet';
local training = import 'trainer.libsonnet';

holding {
  sizes:: { words: 50, hidden: 60, layers: 1, scorer: 60, dropout: 0.0 },

  local data = 'data/listops',
  local of(tree, split) = '%s/%s/%s.conllu' % [data, tree, split],

  // A handful of tokens, all of them frequent: words alone, and none is dropped.
  local reader(max_instances=null) = {
    type: 'conll_dependencies',
    token_indexers: { words: { type: 'single_id', namespace: 'words' } },
    max_tokens: 300,
    [if max_instances != null then 'max_instances']: max_instances,
  },
  local values(reads_tree, max_instances=null) = reader(max_instances) { label: 'label', read_syntax: reads_tree },

  local embedded(sizes) = {
    text_field_embedder: {
      token_embedders: { words: { type: 'normal_embedding', embedding_dim: sizes.words, vocab_namespace: 'words' } },
    },
    dropout: sizes.dropout,
  },
  local encoded(sizes) = embedded(sizes) {
    encoder: {
      type: 'fused_lstm',
      input_size: sizes.words,
      hidden_size: sizes.hidden,
      num_layers: sizes.layers,
      dropout: sizes.dropout,
    },
  },

  local sentence_classifier(sizes, reads_tree) = {
    type: 'sentence_classifier',
    // The tree puts words together; without one, an LSTM does.
    sentence_encoder: if reads_tree then embedded(sizes) else encoded(sizes),
    reads_graph: false,
    [if reads_tree then 'reads_tree']: { hidden_dim: sizes.hidden, rounds: 5, dropout: sizes.dropout },
    hidden_dim: sizes.hidden,
    dropout: sizes.dropout,
  },

  local syntactic_parser(sizes) = parsers.syntactic_parser(sizes) { sentence_encoder: encoded(sizes) },

  local experiment(model, metric, tree, batch_size, num_epochs, seed) = training.seeds(seed) {
    train_data_path: of(tree, 'train'),
    validation_data_path: of(tree, 'dev'),
    datasets_for_vocab_creation: training.datasets_for_vocab_creation,
    model: model,
    data_loader: training.data_loader(batch_size),
    // A rate that falls more slowly: operators are learned late, one after another.
    trainer: training.trainer(metric, num_epochs) { patience: null, optimizer+: { lr: 0.003 }, learning_rate_scheduler+: { gamma: 0.95 } },
  },

  // The parser alone, on the trees of the first sentences of training.
  parser(trees=100, sizes=$.sizes, batch_size=32, num_epochs=30, seed=1)::
    experiment(syntactic_parser(sizes), '+UAS', 'gold', batch_size, num_epochs, seed) {
      dataset_reader: reader(trees),
      // `max_instances` is for training.
      validation_dataset_reader: reader(),
    },

  // The classifier alone: without a tree (null), or with a tree of one of the folders of the data.
  classifier(tree, sentences=5000, sizes=$.sizes, batch_size=32, num_epochs=30, seed=1)::
    experiment(
      sentence_classifier(sizes, reads_tree=tree != null), '+accuracy', if tree == null then 'gold' else tree, batch_size, num_epochs, seed
    ) {
      dataset_reader: values(reads_tree=tree != null, max_instances=sentences),
      validation_dataset_reader: values(reads_tree=tree != null),
    },

  pipeline_model(estimator, sizes=$.sizes):: {
    type: 'structured_pipeline',
    intermediate: syntactic_parser(sizes),
    estimator: estimator,
    downstream: sentence_classifier(sizes, reads_tree=true),
    intermediate_loss_weight: 1.0,
  },

  // A tree first, then the value, with an estimator for the gradient through the tree. In every epoch come the first
  // `sentences` with their values and, apart from them, the first `trees` with theirs.
  pipeline(estimator, sentences=5000, trees=100, sizes=$.sizes, batch_size=32, num_epochs=30, seed=1)::
    experiment(self.pipeline_model(estimator, sizes), '+accuracy', 'gold', batch_size, num_epochs, seed) {
      // Of development data the trees are read as well, for their scores.
      validation_dataset_reader: values(reads_tree=true),
      dataset_reader: values(reads_tree=false, max_instances=sentences),
    } + (
      if trees == 0 then {} else {
        dataset_reader: { type: 'multitask', readers: { values: values(reads_tree=false, max_instances=sentences), trees: reader(trees) } },
        train_data_path: { values: of('gold', 'train'), trees: of('gold', 'train') },
        data_loader: training.multitask_data_loader(batch_size),
        validation_data_loader: training.data_loader(batch_size),
      }
    ),

  // To be added to a pipeline: its parser starts as the one in an archive. Where no sentence of training has a tree, the labels
  // are those of the archive.
  warm_start(archive):: sdp.warm_start(archive) { vocabulary: { type: 'extend', directory: archive } },

  // To be added to a pipeline: its parser stays as it is.
  frozen:: sdp.frozen,
}
