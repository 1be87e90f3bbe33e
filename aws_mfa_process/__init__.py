"""MFA for every AWS SDK: a ``credential_process`` that asks for one code a day."""

__version__ = "0.1.0"
