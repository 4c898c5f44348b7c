// How the end task trains the parser, for both evidence_*.jsonnet: what `holding` offers, in an experiment of `num_epochs`.
function(holding, num_epochs) {
  // Like everything else.
  free: {},
  // It stays close to what it was: docs/holding-the-parser.md.
  held: holding.held,
  // It goes where the end task leads, slowly and late.
  paced: holding.paced(num_epochs),
}
