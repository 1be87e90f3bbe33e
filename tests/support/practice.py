"""What the tests ask of the practice AWS."""

from aws_mfa_process.sandbox.server.sandbox import Sandbox

KEYS = ("--profile", "bastion-keys")
"""The command line for the MFA session."""


def actions(sandbox: Sandbox) -> list[str]:
    """Return the names of the calls that AWS has seen."""
    return [call.action for call in sandbox.calls]


def role(sandbox: Sandbox, name: str = "Admin") -> tuple[str, ...]:
    """Return the command line for a role."""
    return (*KEYS, "--role-arn", sandbox.role_arns[name])
