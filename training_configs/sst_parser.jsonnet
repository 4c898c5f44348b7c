// The semantic parser that the sentiment pipelines start from; train it with -s runs/sst_parser.
local sst = import 'lib/sst.libsonnet';

sst.parser()
