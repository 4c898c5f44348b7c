// The same with the marginals of scores to which noise is added, and plain trees in prediction: docs/when-it-pays.md.
local listops = import 'lib/listops.libsonnet';

listops.pipeline(estimator={ type: 'perturb_and_marginals' }, trees=100)
+ listops.warm_start('runs/listops_parser/model.tar.gz')
