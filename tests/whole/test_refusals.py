"""What is refused before anybody is asked, and what a no of AWS is said to mean."""

import sys

import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import PROGRAM, Home, assert_refused
from support.keyring import Keyring
from support.loopback import Refusing
from support.practice import KEYS, PracticeAWS, actions, role
from support.warm import Warm

DEVICE = "arn:aws:iam::111111111111:mfa/alice"
ADMIN = "arn:aws:iam::222222222222:role/Admin"
USER = "a name, a user's perhaps, and no ARN"
WRONG_DEVICES = {
    "a user": ("arn:aws:iam::111111111111:user/alice", "of the kind 'user'", DEVICE),
    "a user below a path": ("arn:aws:iam::111111111111:user/a/alice", "of the kind 'user'", DEVICE),
    "a role": ("arn:aws:iam::111111111111:role/x", "of the kind 'role'", "looks like"),
    "a typo in arn": ("anr:aws:iam::111111111111:mfa/alice", "start with arn:aws:iam::", DEVICE),
    "a typo in aws": ("arn:asw:iam::111111111111:mfa/alice", "start with arn:aws:iam::", DEVICE),
    "one colon": ("arn:aws:iam:111111111111:mfa/alice", "start with arn:aws:iam::", DEVICE),
    "11 digits": ("arn:aws:iam::11111111111:mfa/alice", "12 digits", "looks like"),
    "dashes": ("arn:aws:iam::1111-1111-1111:mfa/alice", "12 digits", DEVICE),
    "nothing seen": ("arn:aws:iam::111111111111:mfa/ali\u200bce", "ZERO WIDTH SPACE", DEVICE),
    "nothing seen, first": ("\ufeff" + DEVICE, "ZERO WIDTH NO-BREAK SPACE", DEVICE),
    "a dash of a word processor": (
        "arn:aws:iam::111111111111:mfa/al\u2013ice",
        "EN DASH",
        "mfa/al-ice",
    ),
    "quotes": (f'"{DEVICE}"', "quotation marks are part", DEVICE),
    "typographic quotes": (f"\u201c{DEVICE}\u201d", "LEFT DOUBLE QUOTATION MARK", DEVICE),
    "a comment": (f"{DEVICE} # mine", "text behind a value", DEVICE),
    "another comment": (f"{DEVICE} ; mine", "text behind a value", DEVICE),
    "a name": ("alice", USER, "arn:aws:iam::123456789012:mfa/alice"),
    "a name with a sign": ("a@example.org", USER, "mfa/a@example.org"),
    "a name with a year": ("alice2024", USER, "arn:aws:iam::123456789012:mfa/alice2024"),
    "a name with a number": ("j-smith-00017", USER, "mfa/j-smith-00017"),
    "a setting below": (f"{DEVICE}\n  output = json", "the indented line below", DEVICE),
}


@pytest.mark.parametrize("name", WRONG_DEVICES)
def test_what_cannot_be_a_device_is_refused_before_a_person_is_asked(
    home: Home, sandbox: PracticeAWS, name: str
) -> None:
    """In a profile or an option: the fault is said, and the value as it should read."""
    serial, fault, hint = WRONG_DEVICES[name]
    sandbox.write_config(home.aws, PROGRAM)
    done = home.run(*KEYS, "--mfa-serial", serial, "--mfa-code", "123456")
    assert_refused(done, 2, fault, hint)
    assert "--mfa-serial" in done.err
    config = home.aws / "config"
    config.write_text(
        config.read_text().replace(f"mfa_serial = {DEVICE}", f"mfa_serial = {serial}")
    )
    for line in ((*KEYS, "--mfa-code", "123456"), ("login", "prod")):
        done = home.run(*line)
        assert_refused(done, 2, "profile bastion-keys: mfa_serial", hint)
        assert_refused(done, 2, fault, hint)
    assert not sandbox.calls


@pytest.mark.parametrize(
    "serial",
    [
        "GAHT12345678",
        "2600512345678",
        "GALT-00001234",
        "gakt00058400",
        "arn:aws-cn:iam::111111111111:mfa/alice",
        "arn:aws-us-gov:iam::111111111111:mfa/team/alice+x=,.@-_",
        "arn:aws-eusc:iam::111111111111:mfa/root-account-mfa-device",
    ],
)
def test_devices_of_every_kind_and_partition_are_taken(
    practice: Home, sandbox: PracticeAWS, serial: str
) -> None:
    """A serial number or an ARN of any partition gets as far as AWS."""
    done = practice.run(*KEYS, "--mfa-serial", serial, "--mfa-code", sandbox.code())
    assert_refused(done, 1, serial)
    assert actions(sandbox) == ["GetSessionToken"]


@pytest.mark.parametrize(
    ("arn", "fault", "hint"),
    [
        ("arn:aws:iam::22222222222:role/Admin", "an account has 12 digits", "looks like"),
        ("arn:aws:iam::2222-2222-2222:role/Admin", "an account has 12 digits", ADMIN),
        ("arn:aws:iam::222222222222:role/Ad\u00admin", "SOFT HYPHEN", ADMIN),
        ("arn:aws:iam::222222222222:role/Admin\u200b", "ZERO WIDTH SPACE", ADMIN),
        ("arn:aws:sts::222222222222:assumed-role/Admin/me", "start with arn:aws:iam::", ADMIN),
        (f"'{ADMIN}'", "quotation marks", ADMIN),
        (f"{ADMIN} # the admin", "text behind a value", ADMIN),
        ("Admin", "a name and no ARN", "arn:aws:iam::123456789012:role/Admin"),
    ],
)
def test_what_cannot_be_a_role_is_refused(
    practice: Home, sandbox: PracticeAWS, arn: str, fault: str, hint: str
) -> None:
    """The fault is said, and the role's ARN as it should read."""
    assert_refused(practice.run(*KEYS, "--role-arn", arn), 2, fault, hint)
    with (practice.aws / "config").open("a") as file:
        file.write(f"\n[profile r]\nsource_profile = bastion-keys\nrole_arn = {arn}\n")
    assert_refused(practice.run("--profile", "r"), 2, "profile r: role_arn", hint)
    assert not sandbox.calls


NEIGHBOURS = {
    "a typo": ("mfa_serail = {serial}", "", "keys has mfa_serail: write mfa_serial = {serial}"),
    "dashes": ("mfa-serial = {serial}", "", "keys has mfa-serial: write mfa_serial = {serial}"),
    "aws-mfa's": ("aws_mfa_device = {serial}", "", "keys has aws_mfa_device: write mfa_serial"),
    "aws-vault's": (
        "include_profile = base",
        "[profile base]\nmfa_serial = {serial}\n",
        "include_profile is a setting of aws-vault alone: write mfa_serial = {serial}",
    ),
    "aws-vault's old": (
        "parent_profile = base",
        "[profile base]\nmfa_serial = {serial}\n",
        "parent_profile is a setting of aws-vault alone: write mfa_serial = {serial}",
    ),
    "the default": ("", "[default]\nmfa_serial = {serial}\n", "profile default has {serial}"),
    "a long-term section": (
        "",
        "[profile keys-long-term]\naws_mfa_device = {serial}\n",
        "profile keys-long-term has {serial}",
    ),
    "swallowed": ("output = json\n  mfa_serial = {serial}", "", "indented below output"),
    "swallowed by an empty one": ("s3 =\n  mfa_serial = {serial}", "", "indented below s3"),
    "nothing": ("", "", "add mfa_serial to profile keys"),
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_role_refused_without_mfa_is_told_as_that(
    home: Home, sandbox: Sandbox, name: str
) -> None:
    """No device on the way: that is said first, with the neighbour that was probably meant."""
    setting, section, hint = (text.format(serial=DEVICE) for text in NEIGHBOURS[name])
    url = f"endpoint_url = {sandbox.endpoint_url}\nregion = eu-central-1\n"
    home.config(
        f"[profile keys]\n{url}{setting}\n[profile p]\n{url}source_profile = keys\n"
        f"role_arn = {ADMIN}\n{section}",
        f"[keys]\naws_access_key_id = {sandbox.access_key_id}\n"
        f"aws_secret_access_key = {sandbox.secret_access_key}\n",
    )
    missing = "no profile on the way (p, keys) has mfa_serial"
    done = home.run("--profile", "p")
    assert_refused(done, 1, f"no MFA was used, as {missing}; AWS refused", hint)
    done = home.run("--profile", "p", "--mfa-code", "123456")
    assert_refused(done, 2, f"--mfa-code cannot be used: {missing}", hint)
    assert_refused(home.run("--profile", "keys"), 2, "neither mfa_serial nor role_arn", hint)


@pytest.mark.parametrize("line", [("--profile", "p"), ("login", "p")])
def test_a_code_for_temporary_keys_is_refused(
    home: Home, sandbox: Sandbox, line: tuple[str, ...]
) -> None:
    """A code that cannot be used is not dropped: nobody would know that no MFA was used."""
    home.config(
        f"[profile p]\nmfa_serial = {DEVICE}\nrole_arn = {ADMIN}\nsource_profile = t\n",
        "[t]\naws_access_key_id = ASIAX\naws_secret_access_key = s\naws_session_token = t\n",
    )
    done = home.run(*line, "--mfa-code", "123456")
    assert done.status == 2
    assert not sandbox.calls
    if line[0] == "--profile":
        assert_refused(
            done, 2, "the credentials of profile t are temporary", "an IAM user's keys, not t"
        )


@pytest.mark.parametrize("action", ["AssumeRole", "GetSessionToken"])
def test_a_key_that_is_unknown_in_the_region_asked(
    practice: Home, sandbox: PracticeAWS, action: str
) -> None:
    """The region that was asked is named, with what it means when it is not enabled."""
    old = sandbox.access_key_id
    credentials = practice.aws / "credentials"
    credentials.write_text(credentials.read_text().replace(old, "AKIAIOSFODNN7UNKNOWN"))
    line = ["--mfa-mode", "direct"] if action == "AssumeRole" else []
    for step, region in enumerate(("ap-east-1", "us-west-2", "eu-south-2")):
        code = ("--mfa-code", sandbox.code(step))
        done = practice.run(*role(sandbox), *line, "--region", region, *code)
        assert_refused(done, 1, f"(asked in {region})", f"{region} is of another partition or not")


@pytest.mark.parametrize(
    ("region", "message", "hint"),
    [
        ("eu-centrall-1", "botocore knows no region of that name", "correct region in profile k"),
        ("us-esat-1", "botocore knows no region of that name", "correct region in profile k"),
        ("us-gov-east-9", "botocore knows no region of that name", "correct region in profile k"),
        ("eu-south-2", "AWS STS in eu-south-2 cannot be reached", "is eu-south-2 a region"),
    ],
)
def test_a_region_that_does_not_exist_is_named(
    home: Home, region: str, message: str, hint: str
) -> None:
    """Where nothing answers, the region is named, and whether there is one of that name."""
    home.config(
        f"[profile k]\nregion = {region}\nmfa_serial = GAHT12345678\n",
        "[k]\naws_access_key_id = AKIAX\naws_secret_access_key = s\n",
    )
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9"}
    done = home.run("--profile", "k", "--mfa-code", "123456", environ=nowhere)
    assert_refused(done, 1, message, hint)
    assert region in done.err


@pytest.mark.parametrize("variable", ["AWS_DEFAULT_REGION", "AWS_REGION"])
@pytest.mark.parametrize("region", ["us-gov-east-1", "cn-northwest-1", "eu-west-3"])
def test_the_environment_s_region_tells_the_partition_where_nothing_else_does(
    home: Home,
    keyring: Keyring,
    sandbox: PracticeAWS,
    warm_boto3: Warm,
    *,
    variable: str,
    region: str,
) -> None:
    """A hardware serial names no partition: the region that boto3 asks is asked, by ``add`` too."""
    pair = f"{sandbox.access_key_id}\n{sandbox.secret_access_key}"
    key_id, secret = pair.split()
    keys = f"[k]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n"
    home.config("[profile k]\nmfa_serial = GAHT12345678\n", keys)
    environ = {variable: region, "AWS_ENDPOINT_URL": sandbox.endpoint_url}
    home.run("--profile", "k", "--mfa-code", "123456", environ=environ)
    serial = ("--mfa-serial", "GAHT12345678")
    assert home.run("add", "new", "--stdin", *serial, environ=environ, text=pair).status == 0
    assert keyring.text("new")
    own = len(sandbox.calls)
    # boto3 reads AWS_DEFAULT_REGION alone, other SDKs AWS_REGION
    boto = "import boto3; boto3.Session(profile_name='k').client('sts').get_caller_identity()"
    told = {**home.environ, "AWS_DEFAULT_REGION": region, **environ}
    assert warm_boto3.run([sys.executable, "-c", boto], told).status == 0
    assert own < len(sandbox.calls)
    assert sandbox.calls[0].action == "GetSessionToken"
    assert {call.region for call in sandbox.calls} == {region}


def test_a_region_of_the_environment_is_nothing_beside_an_arn(
    practice: Home, sandbox: PracticeAWS
) -> None:
    """What a profile or an ARN says of the partition beats the environment's region."""
    for line in (KEYS, role(sandbox)):
        done = practice.run(
            *line, "--mfa-code", sandbox.code(), environ={"AWS_REGION": "us-gov-west-1"}
        )
        assert done.status == 0
    assert {call.region for call in sandbox.calls} == {"eu-central-1"}


@pytest.mark.parametrize(
    "line", [KEYS, ("--profile", "r"), ("login", "prod")], ids=["no role", "a role", "login"]
)
def test_a_policy_that_denies_the_mfa_session_leaves_the_direct_way(
    practice: Home, sandbox: PracticeAWS, line: tuple[str, ...]
) -> None:
    """Where GetSessionToken is denied the hint names the mode in which it is not called."""
    with (practice.aws / "config").open("a") as file:
        file.write(f"\n[profile r]\nsource_profile = bastion-keys\nrole_arn = {ADMIN}\n")
    with Refusing("AccessDenied") as other:
        environ = {"AWS_ENDPOINT_URL_STS": other.url}
        done = practice.run(*line, "--mfa-code", "123456", environ=environ)
    assert_refused(done, 1, "AWS refused the MFA session: AccessDenied", "set mfa_mode = direct in")
    assert other.heard == ["123456"]
    config = practice.aws / "config"
    config.write_text(
        config.read_text().replace("[profile r]\n", "[profile r]\nmfa_mode = direct\n")
    )
    assert practice.run("--profile", "r", "--mfa-code", sandbox.code()).status == 0
    assert actions(sandbox) == ["AssumeRole"]
