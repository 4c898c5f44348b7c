// Nested lists of digits, of which 100 have a tree, with SPIGOT gradients through the tree (Peng, Thomson and Smith 2018). The
// parser starts as the one of runs/listops_parser (listops_parser.jsonnet), goes on training on its trees, and is held.
local listops = import 'lib/listops.libsonnet';

listops.pipeline(estimator={ type: 'spigot' }, trees=100)
+ listops.warm_start('runs/listops_parser/model.tar.gz')
+ listops.held
