// Sentiment over gold semantic graphs, which stand in a file beside each file of sentences.
local sst = import 'lib/sst.libsonnet';

sst.classifier(reads_gold_graph=true)
