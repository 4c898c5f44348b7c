// Semantic dependencies over the marginals of all trees instead of one tree.
local sdp = import 'lib/sdp.libsonnet';

sdp.pipeline(estimator={ type: 'structured_attention' })
