// The experiments of evidence.py on a semantic graph, then sentiment: one network for all systems. `folder` has train.txt,
// dev.txt and test.txt (labeled sentences), parser_train.sdpx and parser_dev.sdpx (graphs of others); with `gold_graphs` also
// the gold graphs of the labeled ones. In an epoch of `joint` come as many of the parser's graphs as labeled sentences.
local parsers = import '../training_configs/lib/parsers.libsonnet';
local readers = import '../training_configs/lib/readers.libsonnet';
local sdp = import '../training_configs/lib/sdp.libsonnet';
local sst = import '../training_configs/lib/sst.libsonnet';
local training = import '../training_configs/lib/trainer.libsonnet';
local regimes = import 'evidence_regimes.libsonnet';

// The treebank has no tags, so that endings help the parser.
local sizes = parsers.sizes { hidden: 100, suffix: 25, shape: 15 };

function(system, folder, seed, num_epochs, sentences, trees, trees_in_epoch, parser='', estimator={ type: 'modular' }, regime='free', gold_graphs=false)
  // As many epochs as it says; the learning rate falls to a fifth.
  local schedule = {
    trainer+: { num_epochs: num_epochs, patience: null, learning_rate_scheduler+: { gamma: std.pow(0.2, 1 / num_epochs) } },
  };
  local graphs = { graphs: '.sdp' };
  // Of the sentences to test on the graph as well, where there is one, to measure the parser by.
  local tested = {
    train_data_path: folder + '/train.txt',
    validation_data_path: folder + '/dev.txt',
    test_data_path: folder + '/test.txt',
    evaluate_on_test: true,
    validation_dataset_reader: readers.sst(sizes) + if gold_graphs then graphs else {},
  };
  local classifier(reads_gold_graph) = sst.classifier(reads_gold_graph, sizes, seed=seed) + tested;
  // With labels that occur once for a predicate there are no marginals in closed form: none has them.
  local pipeline(estimator) = classifier(false) {
    model: sst.pipeline_model(estimator, deterministic_labels=false, sizes=sizes) { intermediate+: training.trained_model(parser) },
    vocabulary: { type: 'extend', directory: parser },
  };
  local untagged = { model+: { sentence_encoder+: { word_dropout+: { missing: { pos: 0.5 } } } } };
  {
    // However few graphs there are.
    parser: sst.parser(sizes) + training.seeds(seed) + (if gold_graphs then {} else untagged) + {
      train_data_path: folder + '/parser_train.sdpx',
      validation_data_path: folder + '/parser_dev.sdpx',
      data_loader+: { batches_per_epoch: std.ceil(trees_in_epoch / 32) },
    },
    no_structure: classifier(false),
    gold: classifier(true),
    // A decision of the parser that was trained before, or what it expects.
    frozen: pipeline({ type: 'modular' }) + sdp.frozen,
    frozen_expected: pipeline({ type: 'structured_attention' }) + sdp.frozen,
    // Batches of graphs and of labeled sentences in alternation, from the same parser on.
    joint: pipeline(estimator) + regimes(sst, num_epochs)[regime] + {
      dataset_reader: { type: 'multitask', readers: { sentiment: readers.sst(sizes), graphs: readers.sdp(sizes) { read_syntax: false } } },
      train_data_path: { sentiment: folder + '/train.txt', graphs: folder + '/parser_train.sdpx' },
      data_loader: training.multitask_data_loader(32, { graphs: sentences / trees }),
      validation_data_loader: training.data_loader(32),
    },
  }[system] + schedule
