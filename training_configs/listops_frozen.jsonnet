// Nested lists of digits over the trees of a parser that stays as it is (the classic pipeline). Needs runs/listops_parser
// (listops_parser.jsonnet).
local listops = import 'lib/listops.libsonnet';

listops.pipeline(estimator={ type: 'modular' }, trees=0)
+ listops.warm_start('runs/listops_parser/model.tar.gz')
+ listops.frozen
