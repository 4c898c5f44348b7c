"""
Files of bilexical dependencies, trees and graphs between the words of a sentence: read, written,
converted, scored and drawn.

Pure Python, without tensors. The console script `spigot` is its command line.
"""
