// Semantic dependencies from the words alone.
local sdp = import 'lib/sdp.libsonnet';

sdp.parser(reads_gold_syntax=false)
