"""What new users write wrong: `login` tells it, `status` too, and boto3 does fail with it."""

import sys
from typing import NamedTuple

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.clients import BOTO3
from support.home import PROGRAM, Home, assert_refused
from support.warm import Warm

ADMIN = "arn:aws:iam::222222222222:role/Admin"
WORDS = f"--profile bastion-keys --role-arn {ADMIN}"
LINE = f"credential_process = {PROGRAM} {WORDS}"
PAIR = "aws_access_key_id = {id}\naws_secret_access_key = {secret}\n"
NO_ID = "aws_access_key_id of profile bastion-keys is no id of a key"
NO_KEYS = "no keys are stored for profile"
UNKNOWN = "runs this program through env with words or in an environment not known"
USE_KEYS = "use bastion-keys instead: aws-mfa-process login bastion-keys"


class Wrong(NamedTuple):
    """A setting of ``prod``, the keys of ``bastion-keys``, and what is said."""

    setting: str
    said: str
    hint: str
    keys: str = PAIR
    status: int = 2


WRONG = {
    "a blank that is none": Wrong(
        LINE.replace(" --p", "\u00a0--p"), "which does not exist", "write"
    ),
    "an option's underscore": Wrong(
        LINE.replace("role-arn", "role_arn"), "unknown option '--role_arn'", "mean --role-arn?"
    ),
    "one dash": Wrong(LINE.replace(" --p", " -p"), "unknown option '-profile'", "mean --profile?"),
    "a variable": Wrong(LINE.replace(ADMIN, "$ROLE"), "nobody fills in a variable", "looks like"),
    "two roles": Wrong(
        f"{LINE},{ADMIN}x", "one alone may stand there", f"write --role-arn {ADMIN}"
    ),
    "a user for a role": Wrong(
        LINE.replace(":role/", ":user/"), "kind 'user', not 'role'", "role/"
    ),
    "hours": Wrong(f"{LINE} --duration-seconds 1h", "whole number of seconds", "digits alone"),
    "a code": Wrong(f"{LINE} --mfa-code=123456", "which is good once", "take it away"),
    "env -i": Wrong(LINE.replace("= ", "= env -i ", 1), UNKNOWN, USE_KEYS),
    "env without HOME": Wrong(LINE.replace("= ", "= env -u HOME ", 1), UNKNOWN, USE_KEYS),
    "env with another config": Wrong(
        LINE.replace("= ", "= env AWS_CONFIG_FILE=/none ", 1), UNKNOWN, USE_KEYS
    ),
    "the profile itself": Wrong(
        LINE.replace("bastion-keys", "prod"),
        f"{NO_KEYS} prod",
        "let --profile in its own",
        status=3,
    ),
    "a setting's dash": Wrong(
        LINE.replace("l_p", "l-p", 1),
        f"{NO_KEYS} prod",
        "did you mean credential_process?",
        status=3,
    ),
    "a setting's capital": Wrong(
        LINE.replace("l_p", "lP", 1),
        f"{NO_KEYS} prod",
        "did you mean credential_process?",
        status=3,
    ),
    "exported keys": Wrong(
        LINE,
        f"{NO_KEYS} bastion-keys",
        "did you mean aws_secret_access_key?",
        PAIR.replace("aws_", "export aws_"),
        3,
    ),
    "a quoted id": Wrong(LINE, NO_ID, "without quotation marks", PAIR.replace("{id}", '"{id}"')),
    "id and secret swapped": Wrong(
        LINE, NO_ID, "not the secret", PAIR.format(id="{secret}", secret="{id}")
    ),
    "a secret without signs for an id": Wrong(
        LINE, NO_ID, "not the secret", PAIR.format(id="a1" * 20, secret="{id}")
    ),
    "the rest of a session": Wrong(
        LINE,
        "prod takes no MFA code: the credentials of profile bastion-keys are temporary",
        "or take aws_session_token away",
        f"{PAIR}aws_session_token = old\n",
    ),
}


def write(home: Home, sandbox: Sandbox, setting: str, keys: str = PAIR) -> None:
    """Write the two files."""
    reached = f"region = eu-central-1\nendpoint_url = {sandbox.endpoint_url}\n"
    filled = keys.replace("{id}", sandbox.access_key_id)
    home.config(
        f"[profile bastion-keys]\n{reached}mfa_serial = {sandbox.mfa_serial}\n"
        f"[profile prod]\n{reached}{setting}\n",
        f"[bastion-keys]\n{filled.replace('{secret}', sandbox.secret_access_key)}",
    )


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told(home: Home, sandbox: Sandbox, warm_boto3: Warm, name: str) -> None:
    """Nobody is asked in vain, no secret is shown, and boto3 gets no role either."""
    setting, said, hint, keys, status = WRONG[name]
    write(home, sandbox, setting, keys)
    if name == "a code":  # of the line, which an earlier session makes good
        told = home.run("login", "prod", "--mfa-code", sandbox.code()).err
        assert home.run("logout", "--all").status == 0
        assert said in told
        assert hint in told
    else:
        assert_refused(home.run("login", "prod", "--mfa-code", sandbox.code()), status, said, hint)
        assert not sandbox.calls
    shown = home.run("status")
    assert shown.status == 0
    texts = (" ".join(shown.out.split()), shown.err, home.run("login", "prod").err)
    assert "prod" in texts[0]
    assert not any(sandbox.secret_access_key in text for text in texts)
    client = warm_boto3.run([sys.executable, "-c", BOTO3, "prod"], home.environ)
    assert (client.status, client.out) == (1, "")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("{host}", "cannot be called: Invalid endpoint"),
        ("localhost", "cannot be called: Invalid endpoint"),
        ("ftp://{host}", "neither https:// nor http://"),
    ],
)
def test_an_address_that_is_none_has_its_hint(
    home: Home, sandbox: Sandbox, address: str, said: str
) -> None:
    """An ``endpoint_url`` without https:// is told with how it looks."""
    write(home, sandbox, LINE)
    host = sandbox.endpoint_url.removeprefix("http://")
    config = home.aws / "config"
    config.write_text(config.read_text().replace(sandbox.endpoint_url, address.format(host=host)))
    done = home.run("login", "prod", "--mfa-code", "123456")
    assert_refused(done, 2, said, "https://HOST")


@pytest.mark.parametrize("section", ["", "[services there]\n"])
def test_a_section_of_services_that_says_nothing_is_told(
    home: Home, sandbox: Sandbox, section: str
) -> None:
    """botocore takes none that is missing or empty, and what to correct is named."""
    write(home, sandbox, LINE)
    config = home.aws / "config"
    text = config.read_text().replace("mfa_serial", "services = there\nmfa_serial", 1)
    config.write_text(text.replace("endpoint_url", "# endpoint_url") + section)
    done = home.run("login", "prod", "--mfa-code", "123456")
    assert_refused(done, 2, 'the "there" services configuration does not exist', "services")
    assert not sandbox.calls


ROLE = f"role_arn = {ADMIN}\nsource_profile = bastion-keys\n"


@pytest.mark.parametrize("more", ["", "external_id = x\n", "duration_seconds = 7200\n"])
def test_what_is_not_yet_served_is_listed_apart(home: Home, sandbox: Sandbox, more: str) -> None:
    """A role with a device and no line of ours: `login` works, and both say that SDKs ask anew."""
    write(home, sandbox, f"{ROLE}mfa_serial = {sandbox.mfa_serial}\n{more}")
    table, _, below = home.run("status").out.partition("\nNot served by this program\n")
    assert "prod" not in table
    told = "without a line of ours: the AWS CLI and boto3 ask by themselves, other SDKs fail"
    remedy = "aws-mfa-process setup prod"
    for text in (" ".join(below.split()), home.run("login", "prod").err):
        assert told in text
        assert remedy in text


@pytest.mark.parametrize(
    "line", [("login", "prod"), ("--profile", "prod"), ("logout", "prod")], ids=" ".join
)
def test_a_file_in_the_place_of_the_folder_is_told(home: Home, line: tuple[str, ...]) -> None:
    """Where ``.aws`` is a file no profile is found: that is said, and how to move it away."""
    home.aws.rmdir()
    home.aws.write_text("[profile prod]\n")
    done = home.run(*line)
    assert_refused(done, 2, "profile prod does not exist", "~/.aws is a file")
    assert "mv ~/.aws ~/.aws.old" in done.err
    assert "~/.aws is a file" in home.run("status").out


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("prod", "prdo"), "profile prdo does not exist"),
        (("bastion-keys", "prod", "x", "y"), "profile x does not exist; profile y does not exist"),
        (("prod", "broken"), "profile broken: credential_process in ~/.aws/config line"),
    ],
)
def test_a_wrong_name_among_right_ones_costs_no_code(
    home: Home, sandbox: Sandbox, names: tuple[str, ...], said: str
) -> None:
    """`login` looks up all names, and sends nothing where one is wrong."""
    write(home, sandbox, f"{LINE}\n[profile broken]\n{LINE} 2>/dev/null")
    assert_refused(home.run("login", *names, "--mfa-code", sandbox.code()), 2, said)
    assert not sandbox.calls
