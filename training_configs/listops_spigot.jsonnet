// Nested lists of digits, of which 100 have a tree, with SPIGOT gradients through the tree (Peng, Thomson and Smith 2018).
local listops = import 'lib/listops.libsonnet';

listops.pipeline(estimator={ type: 'spigot' }, trees=100)
