// The classic pipeline: a syntactic parser that was trained alone and stays as it is, before a semantic parser.
//
// Train the first one with conll_parser.jsonnet and -s runs/conll_parser, or name the archive of another one with -o:
// {"model.intermediate.initializer.regexes.0.1.archive_file": "..."}.
local sdp = import 'lib/sdp.libsonnet';

sdp.pipeline(estimator={ type: 'modular' }) + sdp.warm_start('runs/conll_parser/model.tar.gz') + sdp.frozen
