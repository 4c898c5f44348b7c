// Semantic dependencies over syntax, with straight-through gradients.
local sdp = import 'lib/sdp.libsonnet';

sdp.pipeline(estimator={ type: 'straight_through' })
