// How everything is trained.
{
  data_loader(batch_size):: {
    batch_sampler: { type: 'bucket', batch_size: batch_size, sorting_keys: ['tokens'] },
  },

  trainer(validation_metric, num_epochs):: {
    optimizer: { type: 'adam', lr: 0.002, betas: [0.9, 0.95] },
    learning_rate_scheduler: { type: 'exponential', gamma: 0.9 },
    grad_norm: 5.0,
    num_epochs: num_epochs,
    patience: 5,
    validation_metric: validation_metric,
    // The default callbacks print tensors of the first batches.
    enable_default_callbacks: false,
    callbacks: [{ type: 'console_logger', should_log_inputs: false }],
  },

  // A label of the validation data that training does not have stays unknown.
  datasets_for_vocab_creation:: ['train'],

  seeds(seed):: { random_seed: seed, numpy_seed: seed, pytorch_seed: seed },
}
