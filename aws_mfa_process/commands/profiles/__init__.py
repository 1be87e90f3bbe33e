"""Which profiles there are to choose from, and how each of them stands."""
