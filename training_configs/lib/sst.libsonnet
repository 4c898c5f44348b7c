// Sentiment, with and without a semantic graph. Every leaf config is one call of these functions.
local encoder = import 'encoder.libsonnet';
local holding = import 'holding.libsonnet';
local parsers = import 'parsers.libsonnet';
local readers = import 'readers.libsonnet';
local sdp = import 'sdp.libsonnet';
local training = import 'trainer.libsonnet';

holding {
  local toy = 'data/toy/sentiment',
  local of_parser = { train: toy + '/parser_train.sdpx', dev: toy + '/parser_dev.sdpx' },

  local sentence_classifier(sizes, reads_graph) = {
    type: 'sentence_classifier',
    sentence_encoder: encoder.sentence_encoder(sizes { layers: 1 }),
    reads_graph: reads_graph,
    hidden_dim: sizes.scorer,
    dropout: sizes.dropout,
  },

  local experiment(model, sizes, batch_size, num_epochs, seed) = training.seeds(seed) {
    dataset_reader: readers.sst(sizes),
    train_data_path: toy + '/train.txt',
    validation_data_path: toy + '/dev.txt',
    datasets_for_vocab_creation: training.datasets_for_vocab_creation,
    model: model,
    data_loader: training.data_loader(batch_size),
    // How sentiment hangs on the words is found late, after epochs at chance.
    trainer: training.trainer('+accuracy', num_epochs) { patience: null },
  },

  // Batches of labeled sentences and, for a share of each parser's corpus, batches of that.
  local multitask(corpora, sizes, batch_size, parser_fraction) = {
    dataset_reader: { type: 'multitask', readers: { sentiment: readers.sst(sizes) } + { [name]: corpora[name].reader for name in std.objectFields(corpora) } },
    train_data_path: { sentiment: toy + '/train.txt' } + { [name]: corpora[name].path for name in std.objectFields(corpora) },
    data_loader: training.multitask_data_loader(batch_size, { [name]: parser_fraction for name in std.objectFields(corpora) }),
    // Development data, `evaluate` and `predict` are sentences with a label.
    validation_dataset_reader: readers.sst(sizes),
    validation_data_loader: training.data_loader(batch_size),
  },

  // The parser that the pipelines start from: without syntax, over the graphs of other sentences.
  parser(sizes=parsers.sizes)::
    sdp.parser(reads_gold_syntax=false, sizes=sizes) {
      train_data_path: of_parser.train,
      validation_data_path: of_parser.dev,
    },

  // The classifier alone: without a graph, or with the gold graph of each sentence.
  classifier(reads_gold_graph, sizes=parsers.sizes, batch_size=32, num_epochs=20, seed=1)::
    experiment(sentence_classifier(sizes, reads_graph=reads_gold_graph), sizes, batch_size, num_epochs, seed) {
      [if reads_gold_graph then 'dataset_reader']+: { graphs: '.sdp' },
    },

  pipeline_model(estimator, deterministic_labels=true, sizes=parsers.sizes):: {
    type: 'structured_pipeline',
    intermediate: parsers.semantic_graph_parser(sizes, reads_syntax=false) { deterministic_labels: deterministic_labels },
    estimator: estimator,
    downstream: sentence_classifier(sizes, reads_graph=true),
    intermediate_loss_weight: 1.0,
  },

  // A semantic graph first, then sentiment, with an estimator for the gradient through the graph. The parser starts
  // as the one of the archive, goes on training on a share of its own corpus in every epoch, and is held.
  pipeline(
    estimator,
    deterministic_labels=true,
    parser='runs/sst_parser/model.tar.gz',
    parser_fraction=1.0,
    sizes=parsers.sizes,
    batch_size=32,
    num_epochs=20,
    seed=1
  )::
    experiment(self.pipeline_model(estimator, deterministic_labels, sizes), sizes, batch_size, num_epochs, seed)
    + multitask({ graphs: { reader: readers.sdp(sizes) { read_syntax: false }, path: of_parser.train } }, sizes, batch_size, parser_fraction)
    + { model+: { intermediate+: training.trained_model(parser) } }
    + self.held,

  three_stage_model(estimator, sizes=parsers.sizes):: {
    type: 'structured_pipeline',
    intermediate: parsers.syntactic_parser(sizes),
    estimator: estimator,
    downstream: $.pipeline_model(estimator, sizes=sizes) { intermediate: parsers.semantic_graph_parser(sizes, reads_syntax=true) },
    intermediate_loss_weight: 1.0,
  },

  // Syntax, then semantics, then sentiment: a gradient through the graph, and through the tree that the graph is read off.
  three_stages(estimator, sizes=parsers.sizes, batch_size=32, num_epochs=20, seed=1)::
    experiment(self.three_stage_model(estimator, sizes), sizes, batch_size, num_epochs, seed)
    + multitask({ trees_and_graphs: { reader: readers.sdp(sizes) { nonprojective: 'projectivize' }, path: of_parser.train } }, sizes, batch_size, 1.0),
}
