// Syntax, then semantics, then sentiment: a gradient through the graph, and through the tree that the graph is read off.
local sst = import 'lib/sst.libsonnet';

sst.three_stages(estimator={ type: 'spigot' })
