// Sentiment over the marginals of semantic graphs. Needs runs/sst_parser (sst_parser.jsonnet).
//
// They are those of all graphs: with labels that occur once for a predicate there are none in closed form.
local sst = import 'lib/sst.libsonnet';

sst.pipeline(estimator={ type: 'structured_attention' }, deterministic_labels=false)
