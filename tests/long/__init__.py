"""What takes hours: each has a short form among the tests, and a long one behind a make target."""
