// Sentiment from an encoder of the sentence alone.
local sst = import 'lib/sst.libsonnet';

sst.classifier(reads_gold_graph=false)
