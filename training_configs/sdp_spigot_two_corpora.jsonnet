// As sdp_spigot_held, with trees from a treebank and graphs from another corpus, in alternation (Peng et al. 2018, section 4.2):
// nothing else would hold the parser on sentences without trees. Needs runs/conll_parser (conll_parser.jsonnet).
local sdp = import 'lib/sdp.libsonnet';

sdp.two_corpora(estimator={ type: 'spigot', max_norm: 5 / 32 })
+ sdp.warm_start('runs/conll_parser/model.tar.gz')
+ sdp.held
