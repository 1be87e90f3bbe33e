"""The AWS config files of the practice world."""

from pathlib import Path
from typing import Final

from aws_mfa_process.sandbox.server.accounts import ADMIN, DEVELOPER, READ_ONLY, User

REGION: Final = "eu-central-1"
KEYS_PROFILE: Final = "bastion-keys"
ROLE_PROFILES: Final = {"prod": ADMIN, "dev": DEVELOPER, "audit": READ_ONLY}


def write(folder: Path, command: str, endpoint_url: str, user: User) -> None:
    """Write ``config`` and ``credentials``.

    The profile ``bastion-keys`` holds what the credential process needs; ``bastion``,
    ``prod``, ``dev`` and ``audit`` name the credential process and are for the SDKs.

    Args:
        folder: Exists already.
        command: The credential process, as it stands in the config.
        endpoint_url: Of the practice AWS.
        user: Whose key and device they are.
    """
    lines = [f"region = {REGION}", f"endpoint_url = {endpoint_url}"]
    sections = {KEYS_PROFILE: [*lines, f"mfa_serial = {user.mfa_serial}"]}
    process = f"credential_process = {command} --profile {KEYS_PROFILE}"
    sections["bastion"] = [*lines, process]
    for name, role in ROLE_PROFILES.items():
        external_id = f" --external-id {role.external_id}" if role.external_id else ""
        sections[name] = [*lines, f"{process} --role-arn {role.arn}{external_id}"]
    config = "\n".join(
        "\n".join([f"[profile {name}]", *section, ""]) for name, section in sections.items()
    )
    (folder / "config").write_text(config, encoding="utf-8")
    credentials = folder / "credentials"
    credentials.touch(mode=0o600)
    credentials.write_text(
        f"[{KEYS_PROFILE}]\n"
        f"aws_access_key_id = {user.access_key_id}\n"
        f"aws_secret_access_key = {user.secret_access_key}\n",
        encoding="utf-8",
    )
