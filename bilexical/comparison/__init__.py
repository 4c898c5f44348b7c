"""
What several systems predict for the same sentences, against each other: scores with a paired
bootstrap, what changed and whether it became right, tables and a page. Needs numpy.
"""
