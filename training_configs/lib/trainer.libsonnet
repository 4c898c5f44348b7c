// How everything is trained.
{
  data_loader(batch_size):: {
    batch_sampler: { type: 'bucket', batch_size: batch_size, sorting_keys: ['tokens'] },
  },

  // A batch is from one of several corpora; of each corpus all sentences, or so many times all as `fractions` gives.
  multitask_data_loader(batch_size, fractions={}):: {
    type: 'multitask',
    scheduler: {
      type: 'proportional',
      batch_size: batch_size,
      [if fractions != {} then 'fractions']: fractions,
    },
    // The scheduler does, and all of a corpus.
    shuffle: false,
  },

  trainer(validation_metric, num_epochs):: {
    optimizer: { type: 'fused_adam', lr: 0.002, betas: [0.9, 0.95] },
    learning_rate_scheduler: { type: 'exponential', gamma: 0.9 },
    grad_norm: 5.0,
    num_epochs: num_epochs,
    patience: 5,
    validation_metric: validation_metric,
    // `--recover` also after a kill while a checkpoint is written.
    checkpointer: { type: 'complete' },
    // The default callbacks print tensors of the first batches.
    enable_default_callbacks: false,
    callbacks: [
      { type: 'console_logger', should_log_inputs: false },
      // Of equally good epochs the latest is kept.
      { type: 'latest_best' },
      // `--recover` gives what a run without interruption would have given.
      { type: 'exact_recovery' },
      { type: 'tensorboard', should_log_learning_rate: true },
      { type: 'next_steps' },
    ],
  },

  // For a model: its parameters start as those of the model in an archive, whose vocabulary may be another one. The
  // archive is not needed after training. With -o it is `initializer.regexes.0.1.archive_file`, after the path of the model.
  trained_model(archive):: {
    initializer: { regexes: [['.*', { type: 'trained_model', archive_file: archive }]] },
  },

  // For a trainer: transformers learn more slowly than what stands upon them.
  fine_tuning:: {
    optimizer: {
      type: 'fused_adamw',
      lr: 0.001,
      weight_decay: 0.01,
      parameter_groups: [[['transformer_model'], { lr: 2e-5 }]],
    },
    learning_rate_scheduler: { type: 'slanted_triangular' },
    // The schedule is made for all epochs.
    patience: null,
  },

  // A label of the validation data that training does not have stays unknown.
  datasets_for_vocab_creation:: ['train'],

  seeds(seed):: { random_seed: seed, numpy_seed: seed, pytorch_seed: seed },
}
