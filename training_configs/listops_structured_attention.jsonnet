// Nested lists of digits over the marginals of trees, of which 100 are given: the end task trains the parser, which starts as the
// one of runs/listops_parser (listops_parser.jsonnet), goes on training on its trees, and is held by nothing else.
local listops = import 'lib/listops.libsonnet';

listops.pipeline(estimator={ type: 'structured_attention' }, trees=100)
+ listops.warm_start('runs/listops_parser/model.tar.gz')
