// Sentiment over semantic graphs, which it does not train. Needs runs/sst_parser (sst_parser.jsonnet).
local sst = import 'lib/sst.libsonnet';

sst.pipeline(estimator={ type: 'modular' })
