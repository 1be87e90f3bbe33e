"""Who types? Where MFA codes come from."""
