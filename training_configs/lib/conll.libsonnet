// Dependency parsing.
local encoder = import 'encoder.libsonnet';
local parsers = import 'parsers.libsonnet';
local training = import 'trainer.libsonnet';

{
  experiment(sizes=parsers.sizes, data='data/toy', batch_size=32, num_epochs=10, seed=1):: training.seeds(seed) {
    local reader = {
      type: 'conll_dependencies',
      token_indexers: encoder.token_indexers,
      max_tokens: 300,
    },
    // Eisner's algorithm finds projective trees only.
    dataset_reader: reader { nonprojective: 'projectivize' },
    validation_dataset_reader: reader,
    train_data_path: data + '/train_gold.conll',
    validation_data_path: data + '/dev.conll',
    datasets_for_vocab_creation: training.datasets_for_vocab_creation,
    model: parsers.syntactic_parser(sizes),
    data_loader: training.data_loader(batch_size),
    trainer: training.trainer('+LAS', num_epochs),
  },
}
