// Dependency parsing.
local parsers = import 'parsers.libsonnet';
local readers = import 'readers.libsonnet';
local training = import 'trainer.libsonnet';

{
  experiment(sizes=parsers.sizes, data='data/toy', batch_size=32, num_epochs=10, seed=1):: training.seeds(seed) {
    dataset_reader: readers.projective_conll(sizes),
    validation_dataset_reader: readers.conll(sizes),
    train_data_path: data + '/train_gold.conll',
    validation_data_path: data + '/dev.conll',
    datasets_for_vocab_creation: training.datasets_for_vocab_creation,
    model: parsers.syntactic_parser(sizes),
    data_loader: training.data_loader(batch_size),
    trainer: training.trainer('+LAS', num_epochs),
  },
}
