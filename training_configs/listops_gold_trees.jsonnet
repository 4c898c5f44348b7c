// Nested lists of digits over their true trees.
local listops = import 'lib/listops.libsonnet';

listops.classifier(tree='gold')
