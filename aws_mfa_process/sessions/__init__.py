"""Who makes it? Providers of sessions, behind the cache and the single flight."""
