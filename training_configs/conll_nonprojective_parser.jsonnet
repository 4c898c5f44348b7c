// The syntactic parser alone, over trees whose arcs may cross.
local conll = import 'lib/conll.libsonnet';

conll.experiment() {
  dataset_reader+: { nonprojective: 'keep' },
  model+: { structure+: { type: 'nonprojective_trees' } },
}
