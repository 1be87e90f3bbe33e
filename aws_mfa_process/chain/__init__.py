"""Which way? What was decided for a profile, and how: pure."""
