// Semantic dependency parsing, with and without syntax. Every leaf config is one call of these functions.
local encoder = import 'encoder.libsonnet';
local parsers = import 'parsers.libsonnet';
local training = import 'trainer.libsonnet';

{
  local experiment(model, data, batch_size, num_epochs, seed) = training.seeds(seed) {
    dataset_reader: {
      type: 'sdp',
      token_indexers: encoder.token_indexers,
      max_tokens: 300,
    },
    train_data_path: data + '/train.sdpx',
    validation_data_path: data + '/dev.sdpx',
    datasets_for_vocab_creation: training.datasets_for_vocab_creation,
    model: model,
    data_loader: training.data_loader(batch_size),
    trainer: training.trainer('+LF', num_epochs),
  },

  // Syntax first, then semantics, with an estimator for the gradient through the tree.
  pipeline(estimator, sizes=parsers.sizes, data='data/toy', batch_size=32, num_epochs=10, seed=1)::
    experiment(
      {
        type: 'structured_pipeline',
        intermediate: parsers.syntactic_parser(sizes),
        estimator: estimator,
        downstream: parsers.semantic_graph_parser(sizes, reads_syntax=true),
        intermediate_loss_weight: 1.0,
      },
      data,
      batch_size,
      num_epochs,
      seed
    ),

  // The semantic parser alone: without a tree, or with the gold tree of each sentence.
  parser(reads_gold_syntax, sizes=parsers.sizes, data='data/toy', batch_size=32, num_epochs=10, seed=1)::
    experiment(
      parsers.semantic_graph_parser(sizes, reads_syntax=reads_gold_syntax),
      data,
      batch_size,
      num_epochs,
      seed
    ),
}
