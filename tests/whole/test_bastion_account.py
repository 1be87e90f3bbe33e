"""The page for administrators, as it stands: from an empty account to a user who works."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import hcl2
import pexpect
import pytest

from support.bastion import Bastion, passes
from support.home import Home, Result
from support.keyring import Keyring
from support.parts import need
from support.qr import scanned
from support.warm import Warm

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "bastion-account.md"
WORK = "333333333333"
BY_THE_USER = "aws-mfa-process add "
AT_WORK = "aws s3 ls --profile work"


def commands() -> list[str]:
    """Return the commands of the page, in their order."""
    return re.findall(r"^ *\$ (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


class Desk:
    """The administrator's home, and the folder in which they type."""

    def __init__(self, home: Home, sandbox: Any, folder: Path, aws: Warm) -> None:  # noqa: ANN401
        self.home, self.folder, self.aws = home, folder, aws
        self.bastion, self.work = Bastion(sandbox), Bastion(sandbox, WORK)
        home.environ["AWS_ENDPOINT_URL"] = sandbox.endpoint_url
        home.environ |= {"AWS_PAGER": "", "AWS_DEFAULT_REGION": "eu-central-1"}
        home.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.SecretService.Keyring"
        named = {"bastion-admin": self.bastion, "work-admin": self.work}
        home.config(
            "\n".join(f"[profile {name}]\nregion = eu-central-1" for name in named) + "\n",
            "".join(credentials(name, it.administrator) for name, it in named.items()),
        )

    def run(self, command: str) -> Result:
        """Run a command as it stands: in bash, those of the AWS CLI in a process of it."""
        if command.startswith("aws "):
            return self.run_aws(command)
        done = subprocess.run(
            ["bash", "-ec", command],
            cwd=self.folder,
            env=self.home.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, (command, done)
        return Result(done.returncode, done.stdout, done.stderr)

    def run_aws(self, command: str) -> Result:
        """Run a command of the AWS CLI, whose output may go to a file."""
        line, _, name = command.partition(" > ")
        program = need("aws", str(Path(sys.executable).parent))
        words = [program, *shlex.split(line)[1:]]
        done = self.aws.run(words, self.home.environ, str(self.folder))
        assert done.status == 0, (command, done)
        if name:
            (self.folder / name).write_text(done.out, encoding="utf-8")
        return done

    def start(self, command: str) -> "pexpect.spawn[str]":
        """Run a command in a terminal."""
        return pexpect.spawn(
            "bash",
            ["-c", command],
            cwd=str(self.folder),
            env=self.home.environ,
            encoding="utf-8",
            timeout=60,
            dimensions=(60, 160),
        )


def credentials(profile: str, keys: Any) -> str:  # noqa: ANN401 - as STS spells them
    """Return a section of the credentials file."""
    return (
        f"[{profile}]\naws_access_key_id = {keys['AccessKeyId']}\n"
        f"aws_secret_access_key = {keys['SecretAccessKey']}\n"
        f"aws_session_token = {keys['SessionToken']}\n"
    )


@pytest.fixture
def desk(
    home: Home,
    keyring: Keyring,
    sandbox: Any,  # noqa: ANN401
    tmp_path: Path,
    warm_aws_cli: Warm,
) -> Desk:
    """Two empty accounts, and who may change IAM in them."""
    del keyring  # it only has to run
    folder = tmp_path / "bastion"
    folder.mkdir()
    return Desk(home, sandbox, folder, warm_aws_cli)


def test_the_page_leads_to_a_user_who_works(desk: Desk, tmp_path: Path) -> None:
    """Every command is run; before the code nothing works, after it the work does."""
    lines = commands()
    start, end = (
        next(n for n, it in enumerate(lines) if it.startswith(word))
        for word in (BY_THE_USER, AT_WORK)
    )
    assert end == start + 1
    for command in lines[:start]:
        desk.run(command)
    key = json.loads((desk.folder / "bob.json").read_text(encoding="utf-8"))
    sandbox = desk.bastion.sandbox
    s3 = desk.work.client("s3", desk.work.administrator)
    s3.create_bucket(
        Bucket="of-the-work", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    assert not passes(desk.bastion.client("s3", key).list_buckets)

    terminal = desk.start(lines[start])
    terminal.expect_exact("Access key id: ")
    terminal.sendline(key["AccessKeyId"])
    terminal.expect_exact("Secret access key")
    terminal.sendline(key["SecretAccessKey"])
    terminal.expect(r"The code that your authenticator app shows.*: $")
    app = scanned(str(terminal.before), tmp_path)
    at = sandbox.now()  # another half minute may begin between the two
    terminal.sendline(app.code(at))
    terminal.expect(r"The next code.*: $")
    terminal.sendline(app.code(at, 1))
    terminal.expect(pexpect.EOF)
    assert terminal.wait() == 0, terminal.before

    sandbox.clock_offset_seconds += 90
    terminal = desk.start(lines[end])
    terminal.expect("code")
    terminal.sendline(app.code(sandbox.now()))
    terminal.expect_exact("of-the-work")
    terminal.expect(pexpect.EOF)
    assert terminal.wait() == 0
    assert "of-the-work" in desk.run(lines[end]).out  # nobody is asked again

    for command in lines[end + 1 :]:
        desk.run(command)
    (listing,) = (it for it in lines if "list-mfa-devices" in it)
    assert "mfa/bob" in desk.run(listing).out
    assert not passes(
        desk.bastion.client("iam", key).create_virtual_mfa_device, VirtualMFADeviceName="thief"
    )


def test_the_text_for_terraform_is_whole(desk: Desk) -> None:
    """What is printed and what stands beside it on the page name the same resources."""
    for command in commands():
        if "terraform" in command:
            desk.run(command)
    page = PAGE.read_text(encoding="utf-8")
    (beside,) = re.findall(r"```terraform\n(.*?)```", page, re.DOTALL)
    text = (desk.folder / "bastion.tf").read_text(encoding="utf-8") + beside
    resources = [kind for it in hcl2.loads(text)["resource"] for kind in it]
    assert len(resources) == 4
    for kind, name in re.findall(r"(aws_iam_\w+)\.(\w+)\.\w+", beside):
        assert f'resource "{kind}" "{name}"' in text
    work = (desk.folder / "work.tf").read_text(encoding="utf-8")
    assert hcl2.loads(work)["resource"]
    terraform = shutil.which("terraform")
    for part in (beside, work) if terraform else ():  # is in no package index
        done = subprocess.run(
            shlex.split(f"{terraform} fmt -"),
            env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull},
            input=part,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stdout == part
