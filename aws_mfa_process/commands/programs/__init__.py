"""The programs that we run: which variables they get, and how they end."""
