// listops_structured_attention.jsonnet with noise in the scores that the marginals are of, and plain trees in prediction. Needs
// runs/listops_parser (listops_parser.jsonnet).
local listops = import 'lib/listops.libsonnet';

listops.pipeline(estimator={ type: 'perturb_and_marginals' }, trees=100)
+ listops.warm_start('runs/listops_parser/model.tar.gz')
