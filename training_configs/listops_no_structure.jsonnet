// Nested lists of digits from an encoder of the tokens alone.
local listops = import 'lib/listops.libsonnet';

listops.classifier(tree=null)
