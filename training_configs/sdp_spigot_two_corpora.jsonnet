// As sdp_spigot, with trees from a treebank and graphs from another corpus, in alternation (Peng et al. 2018, section 4.2).
local sdp = import 'lib/sdp.libsonnet';

sdp.two_corpora(estimator={ type: 'spigot' })
