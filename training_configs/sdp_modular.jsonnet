// Semantic dependencies over syntax; the tree is trained by its own loss alone.
local sdp = import 'lib/sdp.libsonnet';

sdp.pipeline(estimator={ type: 'modular' })
