"""Users and roles that were made here with calls of IAM: moto keeps them.

Rule: nothing is changed here but the memory of used MFA codes; who wants to change something
calls IAM.
"""

import threading
from typing import TYPE_CHECKING, Any

from aws_mfa_process.policy.document import Policy, PolicyError, parse, unreadable
from aws_mfa_process.policy.evaluate import Policies
from aws_mfa_process.sandbox.server.accounts import HOUR_SECONDS, Role
from aws_mfa_process.sandbox.server.device import Device
from aws_mfa_process.sandbox.server.identities import Identity
from aws_mfa_process.sandbox.server.moto_backend import MotoBackend
from aws_mfa_process.sandbox.server.virtual_devices import follow

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend


class Members:
    """What IAM of each account knows, as far as decisions need it."""

    def __init__(self, moto: MotoBackend) -> None:
        """Start with no code used."""
        self._moto = moto
        self._lock = threading.Lock()
        self._devices: dict[str, Device] = {}

    def user_of_key(self, access_key_id: str) -> tuple[Identity, str] | None:
        """Find the user of an active access key, and its secret."""
        for account_id in self._moto.accounts():
            for user in list(self._iam(account_id).users.values()):
                for key in user.access_keys:
                    if key.access_key_id == access_key_id and key.status == "Active":
                        identity = Identity(account_id, user.arn, user.id, is_member=True)
                        return identity, key.secret_access_key
        return None

    def role(self, arn: str) -> Role | None:
        """Find a role by its ARN, path included."""
        account_id, name = arn.split(":")[4], arn.rpartition("/")[2]
        if account_id not in self._moto.accounts():
            return None
        for role in list(self._iam(account_id).roles.values()):
            if role.name == name and role.arn == arn:
                seconds = int(role.max_session_duration or HOUR_SECONDS)
                return Role(
                    account_id,
                    name,
                    role.id,
                    written_trust=_parsed(role.assume_role_policy_document, arn),
                    path=role.path,
                    max_session_seconds=seconds,
                )
        return None

    def policies(self, identity: Identity) -> Policies:
        """Return the policies of a user and their groups, or of a role."""
        iam = self._iam(identity.account_id)
        if identity.role:
            role = next(
                (it for it in list(iam.roles.values()) if it.name == identity.role.name), None
            )
            if role is None:
                return Policies()
            boundary = role.permissions_boundary_arn or ""
            found = iam.managed_policies.get(boundary) if boundary else None
            limit = _parsed(_default(found), boundary) if found else unreadable(boundary)
            return Policies(_policies_on(role), limit if boundary else None)
        user = iam.users.get(identity.user_name)
        if user is None:
            return Policies()
        owners = [user, *(it for it in list(iam.groups.values()) if user in it.users)]
        return Policies([policy for owner in owners for policy in _policies_on(owner)])

    def user_arn(self, account_id: str, name: str) -> str:
        """Return the ARN of a user, path included; of one that is not there, without a path."""
        user = self._iam(account_id).users.get(name) if name else None
        return user.arn if user else f"arn:aws:iam::{account_id}:user/{name}"

    def owner_of_key(self, account_id: str, access_key_id: str) -> str:
        """Return the name of the user of an access key; empty if there is none."""
        for user in list(self._iam(account_id).users.values()):
            if any(key.access_key_id == access_key_id for key in user.access_keys):
                return str(user.name)
        return ""

    def has_device(self, identity: Identity) -> bool:
        """Tell whether a user has an MFA device."""
        user = self._iam(identity.account_id).users.get(identity.user_name)
        return bool(user and user.mfa_devices)

    def device(self, identity: Identity, serial: str) -> Device | None:
        """Return a user's device."""
        user = self._iam(identity.account_id).users.get(identity.user_name)
        is_own = user is not None and serial in user.mfa_devices
        return self._device(identity.account_id, serial) if is_own else None

    def codes_fit(self, account_id: str, serial: str, codes: tuple[str, str], now: float) -> bool:
        """Tell whether two codes of a virtual device follow each other; True if there is none."""
        device = self._device(account_id, serial)
        return device is None or follow(device, codes, now)

    def _device(self, account_id: str, serial: str) -> Device | None:
        made = self._iam(account_id).virtual_mfa_devices.get(serial)
        if made is None:
            return None
        with self._lock:
            seed = made.base32_string_seed
            return self._devices.setdefault(seed, Device(seed))

    def _iam(self, account_id: str) -> "IAMBackend":
        from moto.iam.models import iam_backends  # noqa: PLC0415 - slow

        return iam_backends[account_id]["aws"]


def _policies_on(owner: Any) -> list[Policy]:  # noqa: ANN401 - a user, group or role of moto
    managed = [
        _parsed(_default(policy), arn) for arn, policy in list(owner.managed_policies.items())
    ]
    return [*managed, *(_parsed(text, name) for name, text in list(owner.policies.items()))]


def _default(policy: Any) -> str:  # noqa: ANN401 - a managed policy of moto
    return next(str(it.document) for it in policy.versions if it.is_default)


def _parsed(text: str, name: str) -> Policy:
    try:
        return parse(text, name)
    except PolicyError:  # IAM would not have taken it
        return unreadable(name)
