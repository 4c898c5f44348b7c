// Sentiment over semantic graphs, with SPIGOT gradients through them (Peng, Thomson and Smith 2018). Needs runs/sst_parser
// (sst_parser.jsonnet).
local sst = import 'lib/sst.libsonnet';

// The norm of the authors' program for graphs.
sst.pipeline(estimator={ type: 'spigot', max_norm: 5 / 32 })
