// What holds the intermediate parser of a pipeline while the end task trains it: each is added to an experiment. The first two,
// and so `held`, need a parser that was trained before (`warm_start`).
{
  local parser = ['^_intermediate\\.'],

  // It predicts arcs alone that it found likely at the start.
  candidates(max_heads=10, min_posterior=1e-4):: {
    model+: { candidates: { max_heads: max_heads, min_posterior: min_posterior } },
  },

  // It stays close to what it was at the start.
  anchored(weight):: { model+: { anchor: weight } },

  // The end task learns to read its structures before it changes them.
  warmed_up(after, over, unit='epochs'):: { model+: { warm_up: { after: after, over: over, unit: unit } } },

  // All of this: the parser stays as good as it was.
  held:: self.candidates() + self.anchored(0.1) + self.warmed_up(after=1, over=2) + self.apart(lr=0.0002, max_norm=1.0),

  // The end task learns alone for a third of the epochs; then it teaches the parser, which goes where that leads, slowly.
  paced(num_epochs):: self.warmed_up(after=std.floor(num_epochs / 3), over=1) + self.apart(lr=0.0005, max_norm=1.0),

  // The weight of its own loss, from epoch to epoch.
  own_loss(start, end, epochs):: { model+: { intermediate_loss_weight: { start: start, end: end, epochs: epochs } } },

  // It learns at a rate of its own, and its gradient is clipped apart from that of the rest.
  apart(lr, max_norm):: {
    trainer+: {
      optimizer+: { parameter_groups: [[parser, { lr: lr }]] },
      callbacks+: [{ type: 'group_clipping', groups: [[parser, max_norm]] }],
    },
  },

  // Metrics that take time: entropy, and the cosine of the end task's gradient with that of the parser's own loss.
  observed:: { model+: { costly_diagnostics: true } },
}
