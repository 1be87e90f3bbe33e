"""A practice AWS on loopback: real HTTP, signatures and MFA codes, accounts that do not exist."""
