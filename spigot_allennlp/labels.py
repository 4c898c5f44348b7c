"""
Where labels are in the vocabulary.

The namespaces have, unlike AllenNLP's for labels, an entry for padding, 0, and one for labels that
training did not see, 1. Such a label is counted as wrong and never predicted.
"""

DEPRELS_NAMESPACE = "deprels"
ROLES_NAMESPACE = "roles"
UNKNOWN_LABEL = 1
