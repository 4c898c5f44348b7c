// Semantic dependency parsing, with and without syntax. Every leaf config is one call of these functions.
local encoder = import 'encoder.libsonnet';
local holding = import 'holding.libsonnet';
local parsers = import 'parsers.libsonnet';
local readers = import 'readers.libsonnet';
local training = import 'trainer.libsonnet';

holding {
  local experiment(model, sizes, data, batch_size, num_epochs, seed) = training.seeds(seed) {
    dataset_reader: readers.sdp(sizes),
    train_data_path: data + '/train.sdpx',
    validation_data_path: data + '/dev.sdpx',
    datasets_for_vocab_creation: training.datasets_for_vocab_creation,
    model: model,
    data_loader: training.data_loader(batch_size),
    trainer: training.trainer('+LF', num_epochs),
  },

  local pipeline_model(estimator, sizes) = {
    type: 'structured_pipeline',
    intermediate: parsers.syntactic_parser(sizes),
    estimator: estimator,
    downstream: parsers.semantic_graph_parser(sizes, reads_syntax=true),
    intermediate_loss_weight: 1.0,
  },

  // Syntax first, then semantics, with an estimator for the gradient through the tree.
  pipeline(estimator, sizes=parsers.sizes, data='data/toy', batch_size=32, num_epochs=10, seed=1)::
    experiment(pipeline_model(estimator, sizes), sizes, data, batch_size, num_epochs, seed),

  // The same with a treebank of its own for the tree, and graphs without trees: a batch is from one or the other.
  two_corpora(
    estimator,
    sizes=parsers.sizes,
    treebank='data/toy/train_gold.conll',
    data='data/toy',
    batch_size=32,
    num_epochs=10,
    seed=1
  )::
    experiment(pipeline_model(estimator, sizes), sizes, data, batch_size, num_epochs, seed) {
      dataset_reader: {
        type: 'multitask',
        readers: { treebank: readers.projective_conll(sizes), graphs: readers.sdp(sizes) { read_syntax: false } },
      },
      train_data_path: { treebank: treebank, graphs: data + '/train.sdpx' },
      data_loader: training.multitask_data_loader(batch_size),
      // Development data, `evaluate` and `predict` are of one corpus.
      validation_dataset_reader: readers.sdp(sizes),
      validation_data_loader: training.data_loader(batch_size),
    },

  // To be added to a pipeline: its syntactic parser starts as the one in an archive.
  warm_start(archive):: { model+: { intermediate+: training.trained_model(archive) } },

  // To be added to a pipeline: its syntactic parser stays as it is, and runs without dropout.
  frozen:: {
    model+: { intermediate_loss_weight: 0.0, separate_prediction_pass: true },
    trainer+: { no_grad: ['^_intermediate\\.'] },
  },

  // To be added to a pipeline: a transformer of its own in each of the two parsers, in place of embeddings and LSTMs.
  transformer(model_name, sizes=parsers.sizes)::
    local encoder_only = { sentence_encoder: encoder.transformer_encoder(model_name, sizes) };
    {
      dataset_reader+: { token_indexers: encoder.transformer(model_name) },
      model+: { intermediate+: encoder_only, downstream+: encoder_only },
      trainer+: training.fine_tuning,
    },

  // The semantic parser alone: without a tree, or with the gold tree of each sentence.
  parser(reads_gold_syntax, sizes=parsers.sizes, data='data/toy', batch_size=32, num_epochs=10, seed=1)::
    experiment(
      parsers.semantic_graph_parser(sizes, reads_syntax=reads_gold_syntax), sizes, data, batch_size, num_epochs, seed
    ),
}
