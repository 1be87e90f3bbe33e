"""Who is served? Credentials over HTTP on loopback, for as long as somebody runs."""
