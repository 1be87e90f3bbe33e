"""Servers on loopback: they stand whatever their clients do, and know whose those are."""
