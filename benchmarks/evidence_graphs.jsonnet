// The experiments of evidence.py on syntax, then semantics: one network for all systems. `folder` has train.sdpx (graphs),
// dev.sdpx, test.sdpx, train_gold.conll (trees) and dev.conll; in an epoch of `joint` come as many of them as graphs.
local conll = import '../training_configs/lib/conll.libsonnet';
local parsers = import '../training_configs/lib/parsers.libsonnet';
local sdp = import '../training_configs/lib/sdp.libsonnet';
local regimes = import 'evidence_regimes.libsonnet';
local training = import '../training_configs/lib/trainer.libsonnet';

local sizes = parsers.sizes { hidden: 100 };

function(system, folder, seed, num_epochs, sentences, trees, trees_in_epoch, parser='', estimator={ type: 'modular' }, regime='free', given_predicates=false, jackknifed='')
  // As many epochs as it says; the learning rate falls to a fifth.
  local schedule = {
    trainer+: { num_epochs: num_epochs, patience: null, learning_rate_scheduler+: { gamma: std.pow(0.2, 1 / num_epochs) } },
  };
  // Of the end task's sentences the graph alone, and on test data the tree, to measure the parser by.
  local tested = { test_data_path: folder + '/test.sdpx', evaluate_on_test: true };
  local without_trees = {
    dataset_reader+: { read_syntax: false },
    validation_dataset_reader: super.dataset_reader,
  };
  // A word of the parser that no graph has stays known.
  local with_words_of_parser = { vocabulary: { type: 'extend', directory: parser } };
  local told = { predicates: 'given' };
  local alone = if given_predicates then { model+: told } else {};
  local behind_trees = if given_predicates then { model+: { downstream+: told } } else {};
  local pipeline(estimator) =
    sdp.pipeline(estimator, sizes, folder, seed=seed)
    + without_trees + with_words_of_parser + sdp.warm_start(parser) + tested + behind_trees;
  {
    // However few trees there are.
    parser: conll.experiment(sizes, folder, seed=seed) { data_loader+: { batches_per_epoch: std.ceil(trees_in_epoch / 32) } },
    no_structure: sdp.parser(false, sizes, folder, seed=seed) + tested + alone,
    gold: sdp.parser(true, sizes, folder, seed=seed) + tested + alone,
    // A decision of the parser that was trained before, or what it expects.
    frozen: pipeline({ type: 'modular' }) + sdp.frozen,
    frozen_expected: pipeline({ type: 'structured_attention' }) + sdp.frozen,
    // The same decision, learned from trees of parsers that did not see them: all of them are in files.
    frozen_jackknifed: sdp.parser(true, sizes, jackknifed, seed=seed) + tested + alone + { test_data_path: jackknifed + '/test.sdpx' },
    // Batches of trees and of graphs in alternation, from the same parser on.
    joint:
      sdp.two_corpora(estimator, sizes, folder + '/train_gold.conll', folder, seed=seed)
      + { data_loader: training.multitask_data_loader(32, { treebank: sentences / trees }) }
      + sdp.warm_start(parser) + regimes(sdp, num_epochs)[regime] + tested + behind_trees,
  }[system] + schedule
