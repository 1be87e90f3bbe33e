"""What commands tell scripts, as JSON and CSV."""
