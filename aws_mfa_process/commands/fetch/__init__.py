"""Where a list comes from: a file, standard input, an https address, a git repository."""
