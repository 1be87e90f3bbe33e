"""The policies of a user as IAM has them: inline and attached ones, her own and those of groups.

Its one rule: what may not be read is told, and stops nothing.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from aws_mfa_process.aws.iam import IAM
from aws_mfa_process.errors import STSError


class Document(NamedTuple):
    """One policy.

    Attributes:
        policy: As a person knows it, such as ``assume-roles of group engineers``.
        document: Parsed from JSON, as AWS gives it.
    """

    policy: str
    document: object


class Policies(IAM):
    """What IAM says of the policies of its user.

    Attributes:
        unread: What may not be read, a sentence for each.
    """

    def documents(self) -> list[Document]:
        """Return the policies that can be read.

        Raises:
            STSError: IAM cannot be reached, or has a problem of its own.
        """
        self.unread: list[str] = []
        self._attached: dict[str, str] = {}
        found = list(self._of_owner("user", self._user, ""))
        groups = self._read("list_groups_for_user", "the groups of the user", **self._user)
        for group in groups.get("Groups", []):
            name = str(group["GroupName"])
            found += self._of_owner("group", {"GroupName": name}, f" of group {name}")
        for arn, name in self._attached.items():
            found += self._managed(arn, name)
        return found

    def _of_owner(self, kind: str, owner: dict[str, str], end: str) -> Iterator[Document]:
        """Yield the inline policies of a user or a group, and note those that are attached."""
        whose = end or " of the user"
        names = self._read(f"list_{kind}_policies", f"the inline policies{whose}", **owner)
        for name in map(str, names.get("PolicyNames", [])):
            answer = self._read(f"get_{kind}_policy", f"{name}{end}", **owner, PolicyName=name)
            yield from self._parsed(f"{name}{end}", answer.get("PolicyDocument"))
        action = f"list_attached_{kind}_policies"
        attached = self._read(action, f"the attached policies{whose}", **owner)
        for policy in attached.get("AttachedPolicies", []):
            self._attached[str(policy["PolicyArn"])] = f"{policy['PolicyName']}{end}"

    def _managed(self, arn: str, name: str) -> Iterator[Document]:
        """Yield the version of a managed policy that holds."""
        policy = self._read("get_policy", name, PolicyArn=arn).get("Policy", {})
        version = str(policy.get("DefaultVersionId", ""))
        if version:
            parameters = {"PolicyArn": arn, "VersionId": version}
            answer = self._read("get_policy_version", name, **parameters)
            yield from self._parsed(name, answer.get("PolicyVersion", {}).get("Document"))

    def _parsed(self, policy: str, document: object) -> Iterator[Document]:
        """Yield a policy, if it came and is one."""
        if isinstance(document, dict):
            yield Document(policy, document)
        elif document is not None:
            self.unread.append(f"{policy} cannot be parsed")

    def _read(self, action: str, what: str, **parameters: str) -> dict[str, Any]:
        """Return an answer; empty: the user may not have it."""
        try:
            return self._call(action, **parameters)
        except STSError as error:
            if not is_denied(error):
                raise
            name = "".join(word.capitalize() for word in action.split("_"))
            self.unread.append(f"{what} may not be read (iam:{name})")
            return {}


def is_denied(error: STSError) -> bool:
    """Tell whether AWS refused for want of a permission, and not for a passing reason."""
    return ": AccessDenied" in error.message
