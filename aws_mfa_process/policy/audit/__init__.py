"""Whom does MFA not bind? An account of IAM as values, and what is found in it."""
