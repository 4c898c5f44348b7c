// Semantic dependencies over syntax, with SPIGOT gradients through the tree (Peng, Thomson and Smith 2018).
local sdp = import 'lib/sdp.libsonnet';

sdp.pipeline(estimator={ type: 'spigot' })
