// From a trained parser that SPIGOT may change within limits. Needs runs/conll_parser (conll_parser.jsonnet).
local sdp = import 'lib/sdp.libsonnet';

sdp.pipeline(estimator={ type: 'spigot', max_norm: 5 / 32 })
+ sdp.warm_start('runs/conll_parser/model.tar.gz')
+ sdp.held
