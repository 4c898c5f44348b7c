// As sdp_spigot, from a syntactic parser that was trained alone; see sdp_frozen for its archive.
local sdp = import 'lib/sdp.libsonnet';

sdp.pipeline(estimator={ type: 'spigot' }) + sdp.warm_start('runs/conll_parser/model.tar.gz')
