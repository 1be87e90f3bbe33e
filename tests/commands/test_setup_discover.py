"""``setup discover``: profiles for the roles that policies name and AWS gives."""

from dataclasses import replace
from pathlib import Path

import pytest

from aws_mfa_process.config.profiles import read_profiles
from aws_mfa_process.sandbox.server.accounts import ADMIN, ALICE, DEVELOPER, ROLES, Role
from aws_mfa_process.sandbox.server.policy_documents import (
    Managed,
    Owner,
    UserPolicies,
    allow_assume_role,
)
from support.home import PROGRAM, Home, Result, assert_refused
from support.practice import PracticeAWS, actions
from support.terminal import answer_prompt

START = "# made by aws-mfa-process setup discover: change nothing here\n"
IAM = "arn:aws:iam::"


class Desk:
    """A home directory with nothing but a key, and its practice AWS."""

    def __init__(self, home: Home, sandbox: PracticeAWS, path: Path) -> None:
        self.home, self.sandbox = home, sandbox
        self.config, self.list = home.aws / "config", path / "accounts.csv"
        keys = self.config.read_text().partition("\n[profile bastion]")[0]
        url = keys.partition("endpoint_url = ")[2].partition("\n")[0]
        self.config.write_text(keys.replace(f"endpoint_url = {url}\n", ""))
        home.environ["AWS_ENDPOINT_URL"] = url

    def run(self, *words: str) -> Result:
        """Run the command."""
        return self.home.run("setup", "discover", *words)

    def ok(self, *words: str) -> str:
        """Run it with a code where one is needed; it has to succeed."""
        code = () if "GetSessionToken" in actions(self.sandbox) else ("--mfa-code",)
        given = (*code, self.sandbox.code()) if code else ()
        done = self.run(*words, *given)
        assert (done.status, done.err) == (0, ""), done
        return done.out

    def profiles(self) -> list[str]:
        """Return the names of the profiles that were made."""
        return list(read_profiles(str(self.config), "/dev/null").profiles)[1:]

    def tried(self) -> list[str]:
        """Return the roles that were tried, in order of their names."""
        calls = [it for it in self.sandbox.calls if it.action == "AssumeRole"]
        return sorted(call.parameters["RoleArn"].removeprefix(IAM) for call in calls)

    def allow(self, *resources: str) -> None:
        """Let one inline policy be all that there is."""
        self.sandbox.policies = UserPolicies(Owner({"roles": allow_assume_role(*resources)}))


@pytest.fixture
def desk(practice: Home, sandbox: PracticeAWS, tmp_path: Path) -> Desk:
    """Where a newcomer sits whose key is stored."""
    return Desk(practice, sandbox, tmp_path)


def test_roles_that_policies_name(desk: Desk) -> None:
    """Inline and attached, the user's and the group's; AWS decides, and says no to one."""
    before = desk.config.read_text()
    out = desk.ok("--yes")
    assert out.startswith("alice may assume 3 of the 4 roles that were tried\n  PROFILE")
    assert "  444444444444:role/team/ReadOnly  AccessDenied: you may not assume it\n" in out
    assert "assume-roles of group engineers  arn:aws:iam::*:role/*\n" in out
    line = f"credential_process = {PROGRAM} --profile bastion-keys --role-arn {IAM}"
    assert (
        desk.config.read_text()
        == before
        + "\n"
        + START
        + "".join(
            f"[profile {arn[:12]}-{arn[18:]}]\nregion = eu-central-1\n{line}{arn}\n"
            for arn in (
                "222222222222:role/Young",
                "222222222222:role/Admin",
                "333333333333:role/Developer",
            )
        )
        + "# made until here\n"
    )
    shown = desk.home.run("whoami", "333333333333-Developer")
    assert "333333333333  role/Developer as alice" in shown.out, shown
    assert desk.ok("--check") == "Nothing to change.\n"
    assert desk.ok().endswith("Nothing to change.\n")
    assert actions(desk.sandbox).count("GetSessionToken") == 1
    assert desk.home.run("setup", "--undo", "--yes").status == 0
    assert desk.config.read_text() == before


def test_a_person_is_asked_for_code_and_consent(desk: Desk) -> None:
    """Reading policies takes MFA; nothing is written before a yes."""
    before = desk.config.read_text()
    terminal = desk.home.terminal("setup", "discover")
    answer_prompt(terminal, desk.sandbox.code())
    terminal.expect_exact("3 of the 4 roles that were tried")
    terminal.expect_exact("Do it?")
    assert desk.config.read_text() == before
    terminal.send("n")
    assert terminal.wait() == 3
    assert desk.config.read_text() == before
    terminal = desk.home.terminal("setup", "discover")
    terminal.expect_exact("Do it?")
    terminal.send("y")
    terminal.expect_exact("Done. Next: aws-mfa-process login --all-roles --if-needed")
    assert terminal.wait() == 0
    assert len(desk.profiles()) == 3


def test_patterns_are_tried_against_a_list(desk: Desk) -> None:
    """Only what a pattern matches; names come from the list, roles from where they are known."""
    desk.allow(f"{IAM}*:role/Dev*", f"{IAM}*:role/Admin", f"{IAM}555555555555:role/team/*")
    assert "may assume no role that was tried\n" in desk.ok("--diff")
    desk.list.write_text(
        "account,name,roles,region\n222222222222,prod,,\n333333333333,dev,Developer Ops,eu-west-1\n"
    )
    words = ("--accounts", str(desk.list), "--roles", "Dev team/Deep", "--names", "{role}.{name}")
    out = desk.ok(*words, "--yes")
    assert "alice may assume 2 of the 6 roles that were tried\n" in out
    assert desk.tried() == [
        "222222222222:role/Admin",
        "222222222222:role/Dev",
        "333333333333:role/Admin",
        "333333333333:role/Developer",
        "555555555555:role/Dev",
        "555555555555:role/team/Deep",
    ]
    assert desk.profiles() == ["Developer.dev", "Admin.prod"]
    files = read_profiles(str(desk.config), "/dev/null")
    assert files.profiles["Developer.dev"]["region"] == "eu-west-1"
    assert files.profiles["Admin.prod"]["account_name"] == "prod"
    assert desk.ok("--names", "{role}.{name}").endswith("Nothing to change.\n")  # without the list


def test_what_may_no_longer_be_assumed_leaves_the_block(desk: Desk) -> None:
    """And what has a profile of its own needs none there."""
    desk.ok("--yes")
    mine = f"[profile mine]\nrole_arn = {ADMIN.arn}\nsource_profile = bastion-keys\n"
    desk.config.write_text(desk.config.read_text() + mine)
    desk.allow(ADMIN.arn, f"{IAM}222222222222:role/Gone")
    assert desk.run("--check").status == 1
    out = desk.ok("--yes")
    assert "; 1 more have a profile already\n" in out
    assert "  mine     222222222222  Admin  has a profile\n" in out
    assert desk.profiles() == ["mine"]
    assert START not in desk.config.read_text()


def test_an_old_mfa_session_takes_no_role_away(desk: Desk) -> None:
    """A role may want a younger one; what no policy names leaves all the same."""
    desk.ok("--yes")
    desk.sandbox.clock_offset_seconds = 700
    desk.home.age(700)
    desk.allow(f"{IAM}222222222222:role/*")
    out = desk.ok("--yes")
    assert "alice may assume 1 of the 2 roles that were tried\n" in out
    assert "  222222222222-Young  222222222222  Young  kept, AWS says no\n" in out
    assert "a younger MFA session: aws-mfa-process login, then this again\n" in out
    assert desk.profiles() == ["222222222222-Young", "222222222222-Admin"]


def test_what_may_not_be_read_is_told(desk: Desk) -> None:
    """The rest is read; a list is then tried as a whole, since any role may be allowed."""
    desk.sandbox.denied_actions = {"GetPolicyVersion", "ListUserPolicies"}
    desk.list.write_text("account,name,roles\n333333333333,dev,Developer\n")
    out = desk.ok("--yes", "--accounts", str(desk.list))
    assert "Not looked at, so there may be more\n" in out
    assert "  the inline policies of the user may not be read (iam:ListUserPolicies)\n" in out
    assert "  assume-roles of group engineers may not be read (iam:GetPolicyVersion)\n" in out
    assert desk.profiles() == ["dev-Developer"]
    desk.sandbox.denied_actions = set()
    desk.sandbox.policies = UserPolicies(Owner({"odd": {"Version": "1", "Statement": []}}))
    assert "  odd cannot be read: its Version is 1\n" in desk.ok("--diff")
    desk.sandbox.policies = UserPolicies()
    assert "None of its policies allows sts:AssumeRole" in desk.ok("--diff")


def test_lists_are_read_to_their_end(desk: Desk) -> None:
    """IAM gives pages; the version of a managed policy is the one that holds."""
    old = allow_assume_role(f"{IAM}222222222222:role/Old")
    policies = tuple(
        Managed(f"{IAM}aws:policy/{name}", {"v1": allow_assume_role(role.arn), "v2": old})
        for name, role in (("A", ADMIN), ("B", DEVELOPER))
    )
    desk.sandbox.policies = UserPolicies(groups={"x": Owner(), "y": Owner(attached=policies)})
    desk.sandbox.page_size = 1
    desk.ok("--yes")
    assert desk.profiles() == ["222222222222-Admin", "333333333333-Developer"]


def test_many_roles_in_one_step(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """50 accounts with 3 roles, of which AWS gives two, take one code."""
    desk.allow(f"{IAM}*:role/*")
    rows = ["account,name,roles"]
    for number in range(100, 150):
        account = f"000000000{number}"
        rows.append(f"{account},team{number},Admin Ops ReadOnly")
        for name in ("Admin", "Ops"):
            role = Role(account, name, "AROASANDBOXMANYEXAMPL", ALICE.arn)
            monkeypatch.setitem(ROLES, role.arn, role)
    desk.list.write_text("\n".join(rows))
    out = desk.ok("--yes", "--accounts", str(desk.list))
    assert "alice may assume 100 of the 150 roles that were tried\n" in out
    assert "100 profiles for 50 accounts\n" in out
    assert len(desk.tried()) == len(set(desk.tried())) == 150
    assert desk.profiles()[:3] == ["team100-Admin", "team100-Ops", "team101-Admin"]
    seconds = {it.parameters.get("DurationSeconds") for it in desk.sandbox.calls} - {None}
    assert seconds == {"43200", "900"}


def test_a_passing_failure_changes_nothing(desk: Desk) -> None:
    """What could not be tried is no no: the roles of the block would be lost."""
    desk.ok("--yes")
    before = desk.config.read_text()
    desk.sandbox.fail("AssumeRole", "throttling", times=20)
    done = desk.run("--yes")
    assert_refused(done, 1, "4 of 4 roles could not be tried: AWS refused", "in a minute")
    desk.sandbox.reset()
    done = desk.run("--yes")
    assert done.status == 1, done  # a session that AWS has forgotten
    assert desk.config.read_text() == before


def test_what_it_cannot_begin_with_is_told(desk: Desk) -> None:
    """No code, no device, a name, no keys or several, a list that is none."""
    done = desk.run()
    assert done.status == 3, done
    assert_refused(desk.run("prod"), 2, "setup discover takes no name", "--accounts FILE")
    assert_refused(desk.run("--accounts", "/none"), 2, "/none cannot be read", "CSV")
    text = desk.config.read_text()
    more = text.replace("[profile bastion-keys]", "[profile other]")
    keys = (desk.home.aws / "credentials").read_text()
    desk.home.config(text + more, keys + keys.replace("bastion-keys", "other"))
    message = "no profile with the keys is named; there are bastion-keys, other"
    assert_refused(desk.run(), 2, message, "aws-mfa-process setup discover --profile NAME")
    desk.home.config("".join(it for it in text.splitlines(True) if "mfa_serial" not in it), keys)
    assert_refused(desk.run(), 2, "has keys, but neither mfa_serial", "add mfa_serial")
    role = f"[profile r]\nrole_arn = {ADMIN.arn}\nsource_profile = bastion-keys\n"
    desk.config.write_text(desk.config.read_text() + role)
    done = desk.run("--profile", "r")
    assert_refused(done, 2, "of profile r take no MFA code", "an IAM user's keys")
    desk.home.config(text)
    assert_refused(
        desk.run(), 2, "and none has any yet", "find its MFA device: aws-mfa-process setup"
    )


def test_keys_of_a_role_are_no_users(desk: Desk) -> None:
    """Who is no IAM user has no policies that could be read."""
    sessions = desk.sandbox.state.sessions
    desk.ok("--diff")
    sessions._sessions = {
        key: replace(it, identity=replace(it.identity, arn=f"{IAM}1:root"))
        for key, it in sessions._sessions.items()
    }
    assert_refused(
        desk.run(), 2, "are those of arn:aws:iam::1:root, not of an IAM user", "--profile"
    )
