"""What a document is filled in with, and the ARNs that follow from it.

Rule: what is not known becomes the narrowest pattern that is true for everybody.
"""

from typing import Final, NamedTuple

USERNAME: Final = "${aws:username}"


class Names(NamedTuple):
    """Whose accounts, roles and users a document is about.

    Attributes:
        account: The account of the users, twelve digits; empty: not known.
        roles: ARNs of the roles; empty: not known. A part may be ``*``.
        user: Name of the one user whom it is about; empty: everybody for themselves.
        path: Path of the users, with a slash at both ends; empty: not known.
        external_id: What whoever assumes the role must give; empty: nothing.
        mfa_age_seconds: How old the MFA code may be; 0: any age.
        partition: ``aws``, ``aws-cn`` and the like.
        enrols_in_console: A device is enrolled with the password, never with access keys.
    """

    account: str = ""
    roles: tuple[str, ...] = ()
    user: str = ""
    path: str = ""
    external_id: str = ""
    mfa_age_seconds: int = 0
    partition: str = "aws"
    enrols_in_console: bool = False

    def arn(self, resource: str) -> str:
        """Return an ARN of IAM in the users' account.

        >>> Names().arn("mfa/*")
        'arn:aws:iam::*:mfa/*'
        """
        return f"arn:{self.partition}:iam::{self.account or '*'}:{resource}"

    @property
    def own_user(self) -> list[str]:
        """ARNs of the user who calls, whatever their path.

        ``user/*${aws:username}`` would be ``malice`` too where ``alice`` calls.
        """
        name = self.user or USERNAME
        paths = [self.path] if self.path else ["/", "/*/"]
        return [self.arn(f"user{path}{name}") for path in paths]

    @property
    def all_roles(self) -> list[str]:
        """ARNs of the roles."""
        return list(self.roles) or [f"arn:{self.partition}:iam::*:role/*"]
