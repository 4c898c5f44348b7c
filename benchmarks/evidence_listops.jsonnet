// The experiments of evidence.py on nested lists: a tree, then the value. One network for all systems that read a tree; the
// one without a tree has an LSTM in its place. `large` takes networks of the size of the parsers of training_configs/.
local regimes = import 'evidence_regimes.libsonnet';
local listops = import '../training_configs/lib/listops.libsonnet';
local parsers = import '../training_configs/lib/parsers.libsonnet';

function(system, folder, seed, num_epochs, sentences, trees, trees_in_epoch, parser='', estimator={ type: 'modular' }, regime='free', large=false)
  local sizes = if large then parsers.sizes { dropout: 0.0 } else listops.sizes;
  local tested = { test_data_path: 'data/listops/gold/test.conllu', evaluate_on_test: true };
  local classifier(tree) = listops.classifier(tree, sentences, sizes, num_epochs=num_epochs, seed=seed) + tested;
  local of_tree(tree) = classifier(tree) { test_data_path: 'data/listops/%s/test.conllu' % tree };
  local pipeline(estimator, trees) =
    listops.pipeline(estimator, sentences, trees, sizes, num_epochs=num_epochs, seed=seed)
    + (if parser == '' then {} else listops.warm_start(parser)) + tested;
  {
    // However few trees there are.
    parser: listops.parser(trees, sizes, num_epochs=num_epochs, seed=seed) { data_loader+: { batches_per_epoch: std.ceil(trees_in_epoch / 32) } },
    no_structure: classifier(null),
    flat: of_tree('flat'),
    chain: of_tree('chain'),
    random: of_tree('random'),
    gold: of_tree('gold'),
    // A decision of the parser that was trained before, or what it expects.
    frozen: pipeline({ type: 'modular' }, 0) + listops.frozen,
    frozen_expected: pipeline({ type: 'structured_attention' }, 0) + listops.frozen,
    // Batches of trees and of values in alternation, from the same parser on: of trees a fourth as many, however few there are.
    // Without any the parser starts from nothing, and of its labels it gets the names.
    joint:
      pipeline(estimator, trees)
      + (
        if trees == 0 then { datasets_for_vocab_creation: ['train', 'validation'] }
        else { data_loader+: { scheduler+: { fractions: { trees: sentences / trees / 4 } } } }
      )
      + regimes(listops, num_epochs)[regime],
  }[system]
