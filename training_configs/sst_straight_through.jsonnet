// Sentiment over semantic graphs, with the gradient of the graph as that of its scores. Needs runs/sst_parser
// (sst_parser.jsonnet).
local sst = import 'lib/sst.libsonnet';

sst.pipeline(estimator={ type: 'straight_through' })
