// How the end task trains the parser, for both evidence_*.jsonnet: what `holding` offers, in an experiment of `num_epochs`.
function(holding, num_epochs) {
  // Like everything else.
  free: {},
  // It stays close to what it was: docs/holding-the-parser.md.
  held: holding.held,
  // The end task learns to read its trees first; then it learns slowly, and is not kept where it was.
  paced: holding.warmed_up(after=std.floor(num_epochs / 3), over=1) + holding.apart(lr=0.0005, max_norm=1.0),
}
