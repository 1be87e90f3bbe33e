"""Whose key? Long-term credentials in the system keyring."""
