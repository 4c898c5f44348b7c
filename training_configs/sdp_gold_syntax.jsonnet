// Semantic dependencies over the trees in the data, in training and at test: what a perfect syntactic parser would give.
local sdp = import 'lib/sdp.libsonnet';

sdp.parser(reads_gold_syntax=true)
