"""What the ways of parsing have in common where the user says nothing."""

#: A shipped model, by its name.
MODEL = "en_dm"

#: A longer sentence is not parsed: the memory that it takes grows with the square of its length.
MAX_WORDS = 1000
