"""What did they write? The AWS config files and our command line."""
