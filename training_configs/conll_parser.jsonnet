// The syntactic parser alone.
local conll = import 'lib/conll.libsonnet';

conll.experiment()
