"""The documents as they work: printed, attached in the practice AWS, and called against.

Each call counts as allowed if it gets past the policies, whatever IAM then makes of it.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from support.bastion import ACCOUNT, EVERYTHING, Bastion, Keys, Member, Phone, passes
from support.home import Home

OTHER = "jimbob"
"""Ends as the user's name does."""
SEE = {"GetUser", "ListMFADevices"}
ENROL = {"CreateVirtualMFADevice", "EnableMFADevice", "ResyncMFADevice", "ListVirtualMFADevices"}
ALWAYS = {"GetCallerIdentity", "GetSessionToken"}
READ = SEE | {"GetAccessKeyLastUsed", "ListAccessKeys", "ListGroupsForUser"}
KEYS = {"CreateAccessKey", "DeleteAccessKey", "UpdateAccessKey"}
REMOVE = {"DeactivateMFADevice"}
ROLES = {"AssumeRole", "AssumeRole as oneself"}


PRINTED: dict[tuple[str, ...], str] = {}
"""Documents by command line: in an empty home each run prints the same."""


def document(home: Home, *line: str) -> Any:  # noqa: ANN401 - JSON
    """Return what the program prints."""
    if line not in PRINTED:
        done = home.run("policy", *line)
        assert done.status == 0, done
        PRINTED[line] = done.out
    return json.loads(PRINTED[line])


class World(NamedTuple):
    """An account with a user who has a device, another user, and a role."""

    bastion: Bastion
    member: Member
    phone: Phone
    role: str

    def keys(self, how: str) -> Keys:
        """Return what a kind of caller has."""
        if how == "with MFA":
            return self.bastion.session(self.member, self.phone)
        if how == "session without a code":
            return self.bastion.session(self.member)
        return self.member.keys

    def allowed(self, how: str) -> set[str]:
        """Return the calls that pass for a kind of caller."""
        keys = self.keys(how)
        self.bastion.sandbox.via_service = how == "through a service"
        try:
            return {name for name, call in self.calls(keys).items() if call()}
        finally:
            self.bastion.sandbox.via_service = False

    def calls(self, keys: Keys) -> dict[str, Callable[[], bool]]:
        """Return the calls by name: of oneself, of others, of the rest of AWS."""
        iam, sts = (self.bastion.client(name, keys) for name in ("iam", "sts"))
        s3 = self.bastion.client("s3", keys)
        me, account = self.member.name, self.bastion.account
        key_id = self.member.keys["AccessKeyId"]
        role = {"RoleArn": self.role, "RoleSessionName": me}
        codes = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000000"}

        def device(name: str) -> dict[str, str]:
            return {"SerialNumber": f"arn:aws:iam::{account}:mfa/{name}"}

        def of(name: str) -> dict[str, Callable[[], bool]]:
            user = {"UserName": name}
            new = {**user, **device("nothing")}
            bad = {**user, "SerialNumber": self.phone.serial, **codes}
            return {
                "GetUser": lambda: passes(iam.get_user, **user),
                "ListMFADevices": lambda: passes(iam.list_mfa_devices, **user),
                "ListAccessKeys": lambda: passes(iam.list_access_keys, **user),
                "ListGroupsForUser": lambda: passes(iam.list_groups_for_user, **user),
                "EnableMFADevice": lambda: passes(iam.enable_mfa_device, **bad),
                "ResyncMFADevice": lambda: passes(iam.resync_mfa_device, **new, **codes),
                "DeactivateMFADevice": lambda: passes(iam.deactivate_mfa_device, **new),
                "CreateAccessKey": lambda: passes(iam.create_access_key, **user),
                "DeleteAccessKey": lambda: passes(
                    iam.delete_access_key, **user, AccessKeyId="AKIAUNKNOWNUNKNOWN00"
                ),
                "UpdateAccessKey": lambda: passes(
                    iam.update_access_key, **user, AccessKeyId=key_id, Status="Active"
                ),
                "CreateLoginProfile": lambda: passes(
                    iam.create_login_profile, **user, Password="correct horse"
                ),
                "AttachUserPolicy": lambda: passes(
                    iam.attach_user_policy, **user, PolicyArn="arn:aws:iam::aws:policy/None"
                ),
            }

        return {
            **of(me),
            **{f"{name} of another": call for name, call in of(OTHER).items()},
            "GetAccessKeyLastUsed": lambda: passes(
                iam.get_access_key_last_used, AccessKeyId=key_id
            ),
            "CreateVirtualMFADevice": lambda: passes(
                iam.create_virtual_mfa_device, VirtualMFADeviceName="any-name"
            ),
            "DeleteVirtualMFADevice": lambda: passes(iam.delete_virtual_mfa_device, **device(me)),
            "DeleteVirtualMFADevice of another": lambda: passes(
                iam.delete_virtual_mfa_device, **device(OTHER)
            ),
            "ListVirtualMFADevices": lambda: passes(iam.list_virtual_mfa_devices),
            "ListUsers": lambda: passes(iam.list_users),
            "RemoveUserFromGroup": lambda: passes(
                iam.remove_user_from_group, UserName=me, GroupName="nobodys"
            ),
            "ListAllMyBuckets": lambda: passes(s3.list_buckets),
            "AssumeRole": lambda: passes(sts.assume_role, **role),
            "AssumeRole as oneself": lambda: passes(sts.assume_role, **role, SourceIdentity=me),
            "AssumeRole as another": lambda: passes(sts.assume_role, **role, SourceIdentity=OTHER),
            "GetCallerIdentity": lambda: passes(sts.get_caller_identity),
            "GetSessionToken": lambda: passes(sts.get_session_token),
        }


@pytest.fixture
def world(sandbox: Any, home: Home) -> Callable[..., World]:  # noqa: ANN401 - a practice AWS
    """Make the world in which some documents are attached to the user's group."""

    def make(**documents: object) -> World:
        bastion = Bastion(sandbox)
        bastion.user(OTHER)
        member = bastion.user("bob", "/team/", **documents)
        trust = document(home, "role-trust", "--account", ACCOUNT)
        return World(bastion, member, bastion.enrol(member), bastion.role("Work", trust))

    return make


PLAIN, NO_CODE, WITH_MFA, SERVICE = (
    "plain key",
    "session without a code",
    "with MFA",
    "through a service",
)
DENIED = (SEE | ENROL | ALWAYS) - {"EnableMFADevice"}
"""What a plain key may do under the Deny beside an Allow of everything. IAM itself refuses to
enable a second device with it, or to disable one."""
ALIKE = {"GetUser", "ListMFADevices", "EnableMFADevice", "ResyncMFADevice"}
NEEDS_MFA = ROLES | {"AssumeRole as another", "EnableMFADevice", "DeactivateMFADevice"}
"""What no plain key may do, whatever the user's policies say: the role's trust and IAM refuse."""
NEVER = {"AssumeRole as another", "GetSessionToken"}
"""What no session may do: the role's trust and STS refuse."""


def of_another(names: set[str]) -> set[str]:
    return {f"{name} of another" for name in names}


ALONE = {
    "bastion-group": {
        PLAIN: SEE | ALWAYS,
        WITH_MFA: READ | KEYS | ROLES,
        SERVICE: READ | ALWAYS,
    },
    "self-manage-mfa": {
        PLAIN: DENIED,
        WITH_MFA: SEE | ENROL | REMOVE | {"DeleteVirtualMFADevice"},
        SERVICE: DENIED,
    },
    "deny-without-mfa": {PLAIN: ALWAYS, WITH_MFA: set(), SERVICE: ALWAYS},
    "rotate-own-keys": {
        PLAIN: {"GetUser", "ListAccessKeys", "GetAccessKeyLastUsed"} | ALWAYS,
        WITH_MFA: {"GetUser", "ListAccessKeys", "GetAccessKeyLastUsed"} | KEYS,
        SERVICE: {"GetUser", "ListAccessKeys", "GetAccessKeyLastUsed"} | ALWAYS,
    },
}
NOT_BESIDE_EVERYTHING = {
    "self-manage-mfa": REMOVE
    | {"DeleteVirtualMFADevice"}
    | of_another(ALIKE | REMOVE | {"DeleteVirtualMFADevice"}),
    "rotate-own-keys": KEYS | of_another(KEYS),
}
"""What these deny a plain key beside an Allow of everything; the others deny all but `DENIED`."""


@pytest.mark.parametrize("name", ALONE)
def test_alone(world: Callable[..., World], home: Home, name: str) -> None:
    """Each call that the document is for passes with MFA, no other one ever does."""
    made = world(tested=document(home, name, "--account", ACCOUNT))
    expected = ALONE[name]
    assert made.allowed(PLAIN) == expected[PLAIN]
    assert made.allowed(NO_CODE) == {"GetCallerIdentity"}
    assert made.allowed(WITH_MFA) == expected[WITH_MFA] | {"GetCallerIdentity"}
    assert made.allowed(SERVICE) == expected[SERVICE]


@pytest.mark.parametrize("name", ALONE)
def test_beside_an_allow_of_everything(world: Callable[..., World], home: Home, name: str) -> None:
    """What the document denies stays denied, and with MFA nothing does."""
    made = world(tested=document(home, name), everything=EVERYTHING)
    every = set(made.calls(made.member.keys))
    denied = (
        every - NEEDS_MFA - NOT_BESIDE_EVERYTHING[name] if name in NOT_BESIDE_EVERYTHING else DENIED
    )
    assert made.allowed(PLAIN) == denied
    assert made.allowed(WITH_MFA) == every - NEVER
    assert made.allowed(SERVICE) == every - NEEDS_MFA


def test_all_together(world: Callable[..., World], home: Home) -> None:
    """A call is free where each document frees it: they have one list of what is."""
    named = {name: document(home, name) for name in ALONE}
    made = world(**named)
    assert made.allowed(PLAIN) == DENIED
    assert made.allowed(NO_CODE) == {"GetCallerIdentity"}
    with_mfa = READ | KEYS | ROLES | ENROL | REMOVE | {"DeleteVirtualMFADevice"}
    assert made.allowed(WITH_MFA) == with_mfa | {"GetCallerIdentity"}
    made.bastion.sandbox.scps[ACCOUNT] = [document(home, "organization-scp")]
    arn = made.bastion.policy("everything", EVERYTHING)
    made.bastion.iam.attach_user_policy(UserName=made.member.name, PolicyArn=arn)
    assert made.allowed(PLAIN) == DENIED
    assert made.allowed(WITH_MFA) == set(made.calls(made.member.keys)) - NEVER


def test_the_organization_denies_what_an_account_allows(
    world: Callable[..., World], home: Home
) -> None:
    """Users are bound whatever their policies say; roles and services are as before."""
    made = world(everything=EVERYTHING)
    trust = {"AWS": made.member.arn}
    allow = {"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}
    work = made.bastion.role(
        "Worker", {"Version": "2012-10-17", "Statement": allow}, everything=EVERYTHING
    )
    every = set(made.calls(made.member.keys))
    assert made.allowed(PLAIN) == every - NEEDS_MFA
    made.bastion.sandbox.scps[ACCOUNT] = [document(home, "organization-scp")]
    assert made.allowed(PLAIN) == DENIED
    assert made.allowed(NO_CODE) == {"GetCallerIdentity"}
    assert made.allowed(WITH_MFA) == every - NEVER
    assert made.allowed(SERVICE) == every - NEEDS_MFA
    sts = made.bastion.client("sts", made.keys(WITH_MFA))
    worker: Keys = sts.assume_role(RoleArn=work, RoleSessionName="bob")["Credentials"]
    assert passes(made.bastion.client("s3", worker).list_buckets)
    assert passes(made.bastion.client("iam", worker).list_users)


def test_enrolment_with_a_plain_key(world: Callable[..., World], home: Home) -> None:
    """A device of any name, for oneself; a second one needs the first, whatever is allowed."""
    made = world(tested=document(home, "self-manage-mfa"), everything=EVERYTHING)
    bastion = made.bastion
    new = bastion.user("carol", "/team/", self_manage_mfa=document(home, "self-manage-mfa"))
    mine = bastion.client("iam", new.keys)
    other = bastion.client("iam", made.member.keys)
    codes = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000000"}
    serial = bastion.enrol(made.member, made.keys(WITH_MFA), "of-nobody").serial
    foreign = {"UserName": made.member.name, "SerialNumber": serial, **codes}
    assert not passes(mine.enable_mfa_device, **foreign)
    assert not passes(other.enable_mfa_device, **{**foreign, "UserName": "carol"})
    phone = bastion.enrol(new, new.keys, "carols-phone")
    again = {"UserName": "carol", "SerialNumber": phone.serial, **codes}
    assert not passes(mine.enable_mfa_device, **again)
    assert not passes(mine.deactivate_mfa_device, UserName="carol", SerialNumber=phone.serial)
    with_mfa = bastion.client("iam", bastion.session(new, phone))
    with_mfa.deactivate_mfa_device(UserName="carol", SerialNumber=phone.serial)
    assert mine.list_mfa_devices(UserName="carol")["MFADevices"] == []


@pytest.mark.parametrize("name", ["bastion-group", "self-manage-mfa", "deny-without-mfa"])
def test_enrolment_in_the_console_alone(world: Callable[..., World], home: Home, name: str) -> None:
    """The option closes it to access keys, a thief's too, also where everything is allowed."""
    tested = document(home, name, "--enrol-in-console")
    made = world(tested=tested, everything=EVERYTHING)
    new = made.bastion.user("carol", tested=tested, everything=EVERYTHING)
    iam = made.bastion.client("iam", new.keys)
    assert not passes(iam.create_virtual_mfa_device, VirtualMFADeviceName="carol")
    codes = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000000"}
    given = {"UserName": "carol", "SerialNumber": made.phone.serial, **codes}
    assert not passes(iam.enable_mfa_device, **given)
    mfa = made.bastion.client("iam", made.keys(WITH_MFA))
    assert passes(mfa.create_virtual_mfa_device, VirtualMFADeviceName="second")


def test_one_user_and_one_path(sandbox: Any, home: Home) -> None:  # noqa: ANN401
    """A document for a user or a path is good for nobody else."""
    bastion = Bastion(sandbox)
    by_path = document(home, "rotate-own-keys", "--path", "/team/")
    by_name = document(home, "rotate-own-keys", "--user", "dave")
    for name, path, tested, may in (
        ("bob", "/team/", by_path, True),
        ("carol", "/other/", by_path, False),
        ("dave", "/any/", by_name, True),
        ("erin", "/any/", by_name, False),
    ):
        policy = bastion.policy("by-path" if tested is by_path else "by-name", tested)
        member = bastion.user(name, path)
        bastion.iam.attach_user_policy(UserName=name, PolicyArn=policy)
        keys = bastion.session(member, bastion.enrol(member))
        assert passes(bastion.client("iam", keys).list_access_keys) is may


class TestTrust:
    """Roles that users of another account take on."""

    @pytest.fixture
    def bastion(self, sandbox: Any) -> Bastion:  # noqa: ANN401
        """The account of the users."""
        return Bastion(sandbox)

    def test_each_condition_counts(self, bastion: Bastion, home: Home) -> None:
        """MFA, its age, the external id and the source identity, from the users' account alone."""
        member = bastion.user("bob", "/team/", everything=EVERYTHING)
        phone = bastion.enrol(member)
        work = Bastion(bastion.sandbox, "333333333333")
        options = ("--account", ACCOUNT, "--mfa-age", "3600", "--external-id", "one/two")
        arn = work.role("Work", document(home, "role-trust", *options))
        given = {"RoleArn": arn, "RoleSessionName": "bob", "ExternalId": "one/two"}
        plain, session, mfa = (
            bastion.client("sts", keys)
            for keys in (member.keys, bastion.session(member), bastion.session(member, phone))
        )
        assert not passes(plain.assume_role, **given)
        assert not passes(session.assume_role, **given)
        assert passes(mfa.assume_role, **given)
        code = {"SerialNumber": phone.serial, "TokenCode": phone.code()}
        assert passes(plain.assume_role, **given, **code)
        assert passes(mfa.assume_role, **given, SourceIdentity="bob")
        assert not passes(mfa.assume_role, **given, SourceIdentity="alice")
        assert not passes(mfa.assume_role, **{**given, "ExternalId": "another"})
        del given["ExternalId"]
        assert not passes(mfa.assume_role, **given)
        given["ExternalId"] = "one/two"
        stranger = work.user("bob", everything=EVERYTHING)
        theirs = work.client("sts", work.session(stranger, work.enrol(stranger)))
        assert not passes(theirs.assume_role, **given)
        role = mfa.assume_role(**given)["Credentials"]
        assert not passes(bastion.client("sts", role).assume_role, **given)
        bastion.sandbox.clock_offset_seconds = 3601
        assert not passes(mfa.assume_role, **given)

    def test_one_user_or_a_path(self, bastion: Bastion, home: Home) -> None:
        """Named in the trust policy, nobody else is let in."""
        for options in (["--user", "bob", "--path", "/team/"], ["--path", "/team/"]):
            trust = document(home, "role-trust", "--account", ACCOUNT, *options)
            arn = bastion.role(f"Of{len(options)}", trust)
            for name, path in (("bob", "/team/"), ("carol", "/other/")):
                member = bastion.user(
                    f"{name}{len(options) % 4 or ''}", path, everything=EVERYTHING
                )
                client = bastion.client("sts", bastion.session(member, bastion.enrol(member)))
                found = passes(client.assume_role, RoleArn=arn, RoleSessionName="session")
                assert found is (name == "bob"), (options, name)


class TestAgent:
    """A role for a program without a person."""

    def test_a_person_starts_it_by_name(self, sandbox: Any, home: Home) -> None:  # noqa: ANN401
        """With MFA and a source identity; then it reads, and nothing else."""
        bastion = Bastion(sandbox)
        member = bastion.user("bob", bastion_group=document(home, "bastion-group"))
        phone = bastion.enrol(member)
        guard = document(home, "agent-guardrail")
        trust = document(home, "agent-trust", "--account", ACCOUNT)
        roles: dict[str, dict[str, object]] = {
            "Agent": {"guardrail": guard},
            "Mighty": {"guardrail": guard, "everything": EVERYTHING},
        }
        for name, policies in roles.items():
            arn = bastion.role(name, trust, **policies)
            given = {"RoleArn": arn, "RoleSessionName": "agent"}
            plain = bastion.client("sts", member.keys)
            mfa = bastion.client("sts", bastion.session(member, phone))
            assert not passes(plain.assume_role, **given, SourceIdentity="bob")
            assert not passes(mfa.assume_role, **given)
            agent = mfa.assume_role(**given, SourceIdentity="bob")["Credentials"]
            self.reads_only(bastion, agent, arn)

    def reads_only(self, bastion: Bastion, agent: Keys, arn: str) -> None:
        """Check what the agent may do."""
        iam, s3, ec2, sts, secrets = (
            bastion.client(name, agent) for name in ("iam", "s3", "ec2", "sts", "secretsmanager")
        )
        assert passes(iam.list_users)
        assert passes(s3.list_buckets)
        assert passes(ec2.describe_regions)
        assert passes(sts.get_caller_identity)
        assert not passes(iam.create_user, UserName="mallory")
        assert not passes(iam.create_access_key, UserName="bob")
        assert not passes(s3.create_bucket, Bucket="b")
        assert not passes(s3.get_object, Bucket="b", Key="k")
        assert not passes(ec2.run_instances, ImageId="ami-1", MinCount=1, MaxCount=1)
        attribute = {"InstanceId": "i-1", "Attribute": "userData"}
        assert not passes(ec2.describe_instance_attribute, **attribute)
        assert not passes(secrets.get_secret_value, SecretId="s")
        assert not passes(sts.assume_role, RoleArn=arn, RoleSessionName="again")

    def test_nothing_without_a_name(self, sandbox: Any, home: Home) -> None:  # noqa: ANN401
        """Where the trust policy forgot to ask for one, the guardrail still does."""
        bastion = Bastion(sandbox)
        member = bastion.user("bob", bastion_group=document(home, "bastion-group"))
        trust = document(home, "role-trust", "--account", ACCOUNT)
        guard = document(home, "agent-guardrail")
        arn = bastion.role("Agent", trust, guardrail=guard, everything=EVERYTHING)
        iam = bastion.iam
        iam.put_role_permissions_boundary(
            RoleName="Agent", PermissionsBoundary=bastion.policy("guardrail", guard)
        )
        mfa = bastion.client("sts", bastion.session(member, bastion.enrol(member)))
        given = {"RoleArn": arn, "RoleSessionName": "agent"}
        nameless = mfa.assume_role(**given)["Credentials"]
        assert not passes(bastion.client("ec2", nameless).describe_regions)
        named = mfa.assume_role(**given, SourceIdentity="bob")["Credentials"]
        iam.detach_role_policy(RoleName="Agent", PolicyArn=bastion.policy("guardrail", guard))
        assert passes(bastion.client("ec2", named).describe_regions)
        assert not passes(bastion.client("s3", named).create_bucket, Bucket="b")
