// The parser that the pipeline of listops_frozen.jsonnet starts from; train it with -s runs/listops_parser.
local listops = import 'lib/listops.libsonnet';

listops.parser(trees=100)
