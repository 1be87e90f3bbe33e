"""The IAM user who has no MFA device yet: ``setup`` makes one, with a real decoder as the phone."""

import json
import re
import shlex
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pexpect
import pytest

from aws_mfa_process.sandbox.server.sandbox import Sandbox
from support.home import PROGRAM, Home, Result, assert_refused
from support.keyring import Keyring
from support.practice import actions
from support.qr import App, scanned
from support.terminal import answer_prompt

COLOUR = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]")
ADMIN = "arn:aws:iam::222222222222:role/Admin"
DEVICE = "arn:aws:iam::111111111111:mfa/alice"
PAIR = (
    "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
)
CONFIG = (
    "[default]\nregion = eu-central-1\n\n"
    f"[profile prod]\nrole_arn = {ADMIN}\nsource_profile = default\nregion = eu-central-1\n"
)
FIRST = r"The code that your authenticator app shows \(s: secret as text\): $"
SECOND = r"The next code, when the app shows it.*: $"
AGAIN = "aws-mfa-process setup --make-device"
KEPT = ("setup", "--keep-keys", "--no-login", "--yes", "--make-device")
"""Makes a device and no more than the line of prod."""
OFFER = "Make one now, with an authenticator app? [Y/n] "


class Desk:
    """A home directory with a key in plaintext, whose user has no device."""

    def __init__(self, home: Home, sandbox: Sandbox, folder: Path) -> None:
        self.home, self.sandbox, self.folder = home, sandbox, folder
        self.seeds: list[str] = []

    def start(
        self,
        *arguments: str,
        size: tuple[int, int] = (24, 80),
        program: str = PROGRAM,
        words: Sequence[str] = (),
    ) -> "pexpect.spawn[str]":
        """Run a command in a terminal of that many lines and columns."""
        return pexpect.spawn(
            program,
            list(words or arguments),
            env=self.home.environ,
            encoding="utf-8",
            timeout=60,
            dimensions=size,
        )

    def scan(self, terminal: "pexpect.spawn[str]", question: str = FIRST) -> App:
        """Wait for the QR code, and read it."""
        terminal.expect(question)
        app = scanned(str(terminal.before), self.folder)
        self.seeds.append(app.seed)
        return app

    def type_codes(self, terminal: "pexpect.spawn[str]", app: App) -> None:
        """Answer the question that stands there, and the next one."""
        at = self.sandbox.now()  # another half minute may begin between the two
        terminal.sendline(app.code(at))
        terminal.expect(SECOND)
        terminal.sendline(app.code(at, 1))

    def run(self, *arguments: str) -> Result:
        """Run the program without a terminal."""
        return self.home.run(*arguments, timeout=120)

    def config(self) -> str:
        """Return the text of the config."""
        return (self.home.aws / "config").read_text(encoding="utf-8")

    def devices(self) -> list[tuple[str, bool]]:
        """Return the devices that were made, and whether they are the user's."""
        made = self.sandbox.state.virtual_devices.all()
        return [(it.serial, it.enabled_at is not None) for it in made]


def matched(terminal: "pexpect.spawn[str]") -> str:
    """Return the group of what was expected last."""
    assert isinstance(terminal.match, re.Match)
    return str(terminal.match[1])


@pytest.fixture
def desk(home: Home, keyring: Keyring, sandbox: Sandbox, tmp_path: Path) -> Iterator[Desk]:
    """A key in plaintext, whose user has no device; at the end no file has the secret of one."""
    del keyring  # it only has to run
    home.environ["AWS_ENDPOINT_URL"] = sandbox.endpoint_url
    home.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.SecretService.Keyring"
    home.environ |= {"AWS_PAGER": "", "AWS_DEFAULT_REGION": "eu-central-1"}
    home.environ["AWS_MFA_PROCESS_DEBUG"] = str(home.path / "debug")
    home.config(CONFIG, f"[default]\n{PAIR}")
    sandbox.mfa_serials = []
    desk = Desk(home, sandbox, tmp_path)
    yield desk
    seeds = [*desk.seeds, *(it.seed for it in sandbox.state.virtual_devices.all())]
    for path in (it for it in home.path.rglob("*") if it.is_file()):
        assert not [seed for seed in seeds if seed.encode() in path.read_bytes()], path


def test_from_no_device_to_a_working_role(desk: Desk) -> None:
    """One yes, a scan, two codes, a diff, a third code when AWS knows the device: all works."""
    desk.sandbox.device_delay_seconds = 12
    terminal = desk.start("setup")
    terminal.expect_exact("alice has no MFA device yet.")
    terminal.expect_exact(OFFER)
    terminal.sendline("")
    app = desk.scan(terminal)
    assert (app.kind, app.issuer, app.label) == ("totp", "AWS", "AWS:alice@111111111111")
    desk.type_codes(terminal, app)
    terminal.expect_exact(f"alice has an MFA device now: {DEVICE}")
    terminal.expect_exact(f"mfa_serial = {DEVICE}")
    terminal.expect_exact("Do it?")
    terminal.send("y")
    terminal.expect("AWS takes some seconds to know the new device everywhere; waiting \\d+ s")
    answer_prompt(terminal, app.fresh_code(desk.sandbox.now()))
    shown = COLOUR.sub("", terminal.read())
    assert terminal.wait() == 0, shown
    assert shown.count(" works") == 2
    assert desk.devices() == [(DEVICE, True)]
    assert ":assumed-role/Admin/" in desk.home.caller("prod")


def test_a_device_that_aws_knows_late_is_asked_again(desk: Desk) -> None:
    """What IAM got is used up for us, though STS would take it; one more code if AWS is slow."""
    desk.sandbox.device_delay_seconds = 600
    terminal = desk.start("setup", "--keep-keys", "--yes", "--make-device")
    app = desk.scan(terminal)
    at = desk.sandbox.now()
    desk.type_codes(terminal, app)
    answer_prompt(terminal, app.code(at, 1))
    terminal.expect_exact("That code was used already")
    assert "GetSessionToken" not in actions(desk.sandbox)
    answer_prompt(terminal, app.fresh_code(desk.sandbox.now()))
    terminal.expect_exact("AWS does not know the new device yet, and wants another code.")
    desk.sandbox.device_delay_seconds = 0
    answer_prompt(terminal, app.fresh_code(desk.sandbox.now()))
    shown = COLOUR.sub("", terminal.read())
    assert " works" in shown
    assert "Try it: " in shown
    assert terminal.wait() == 0
    assert actions(desk.sandbox).count("GetSessionToken") == 2


@pytest.mark.parametrize(
    ("size", "issuer"),
    [
        ((24, 80), "AWS"),
        ((24, 49), "AWS"),
        ((30, 80), "Amazon Web Services"),
        ((50, 160), "Amazon Web Services"),
    ],
)
def test_a_phone_reads_the_code_in_any_window(
    desk: Desk, size: tuple[int, int], issuer: str
) -> None:
    """It fits above the question, with the name as long as there is room for."""
    terminal = desk.start(*KEPT, size=size)
    app = desk.scan(terminal)
    assert (app.label, app.issuer) == (f"{issuer}:alice@111111111111", issuer)
    lines = str(terminal.before).rpartition("\x1b[2J\x1b[H")[2].splitlines()
    assert len(lines) < size[0]
    assert max(len(COLOUR.sub("", line)) for line in lines) <= size[1]
    desk.type_codes(terminal, app)
    terminal.expect_exact("Done.")
    assert terminal.wait() == 0
    assert f"mfa_serial = {DEVICE}\n" in desk.config()


def test_a_person_without_a_camera_types_the_secret(desk: Desk) -> None:
    """It is shown on one line in groups of four, and Enter shows the QR code again."""
    terminal = desk.start(*KEPT)
    app = desk.scan(terminal)
    terminal.sendline("s")
    terminal.expect("name +Amazon Web Services: alice@111111111111\r\nsecret\r\n([A-Z2-7 ]+)\r\n")
    shown = matched(terminal)
    assert len(shown) == 79
    assert shown.replace(" ", "") == app.seed
    terminal.expect(r"app shows: $")
    terminal.sendline("")
    assert desk.scan(terminal).seed == app.seed
    desk.type_codes(terminal, app)
    terminal.expect_exact("Done.")


@pytest.mark.parametrize("case", ["low", "narrow", "latin"])
def test_where_no_qr_code_can_be_drawn_the_secret_is_text(desk: Desk, case: str) -> None:
    """A window that is too small may be enlarged; Enter looks again."""
    if case == "latin":
        desk.home.environ["PYTHONIOENCODING"] = "latin-1"
    terminal = desk.start(
        *KEPT, size={"low": (20, 80), "narrow": (50, 40), "latin": (50, 160)}[case]
    )
    terminal.expect(r"secret\s+([A-Z2-7 \r\n]+)\r\n\r\nEnter shows the QR code.*app shows: $")
    desk.seeds.append("".join(matched(terminal).split()))
    if case != "latin":
        terminal.setwinsize(30, 80)
        terminal.sendline("")
        assert desk.scan(terminal).seed == desk.seeds[0]
    terminal.sendeof()
    terminal.read()
    assert terminal.wait() == 3


def test_wrong_codes_are_asked_for_again(desk: Desk) -> None:
    """No six digits, the same code twice, two that do not follow: the same device all along."""
    terminal = desk.start(*KEPT)
    app = desk.scan(terminal)
    now = desk.sandbox.now()
    terminal.sendline("12345")
    terminal.expect(r"A code is six digits; the one that the app shows \(s: secret as text\): $")
    terminal.sendline(app.code(now))
    terminal.expect(SECOND)
    terminal.sendline(app.code(now))
    terminal.expect(r"That is the same one; the next code, in \d+ s .*: $")
    terminal.sendline(app.code(now, 2))
    terminal.expect(r"AWS did not accept these two. A new code \(s: secret as text\): $")
    assert scanned(str(terminal.before), desk.folder).seed == app.seed
    desk.type_codes(terminal, app)
    terminal.expect_exact("Done.")
    seen = actions(desk.sandbox)
    assert (seen.count("CreateVirtualMFADevice"), seen.count("EnableMFADevice")) == (1, 2)
    assert desk.devices() == [(DEVICE, True)]


@pytest.mark.parametrize("denied", ["CreateVirtualMFADevice", "EnableMFADevice"])
def test_who_may_not_is_told_who_may(desk: Desk, denied: str) -> None:
    """The policy says no: nothing is changed, and the sentence names what is to be allowed."""
    before = desk.config()
    desk.sandbox.without_mfa.discard(denied)
    terminal = desk.start(*KEPT)
    if denied == "EnableMFADevice":
        desk.type_codes(terminal, desk.scan(terminal))
    shown = terminal.read()
    assert terminal.wait() == 1
    assert "error: AWS does not let alice make an MFA device: AWS refused: AccessDenied" in shown
    assert f"iam:{denied} on resource: arn:aws:iam::111111111111:" in shown
    assert "with an explicit deny" in shown
    allow = "111111111111 can allow iam:CreateVirtualMFADevice on arn:aws:iam::111111111111:mfa/*"
    assert f"hint: whoever manages IAM in account {allow} and iam:EnableMFADevice on" in shown
    assert shown.rstrip().endswith(f"or make a device for you; then {AGAIN}")
    is_left = f"warning: {DEVICE} stays at AWS as a device of nobody: AWS refused" in shown
    assert is_left == (denied == "EnableMFADevice")
    assert desk.config() == before


def test_a_full_account_is_told(desk: Desk) -> None:
    """AWS takes no more devices."""
    desk.sandbox.fail("CreateVirtualMFADevice", "limit")
    terminal = desk.start(*KEPT)
    shown = terminal.read()
    assert "LimitExceeded: Cannot exceed quota for MFADevicesPerUser: 8" in shown
    assert "can delete unused devices; then" in shown
    assert terminal.wait() == 1


def test_a_device_that_is_left_over_stays(desk: Desk) -> None:
    """It may be about to become somebody's: the new one has another name."""
    desk.sandbox.state.virtual_devices.create(DEVICE, ())
    terminal = desk.start(*KEPT)
    app = desk.scan(terminal)
    desk.type_codes(terminal, app)
    terminal.expect_exact("Done.")
    assert desk.devices() == [(DEVICE, False), (f"{DEVICE}-2", True)]
    assert f"mfa_serial = {DEVICE}-2\n" in desk.config()


@pytest.mark.parametrize("may_delete", [True, False])
def test_a_device_that_is_left_over_is_deleted_when_asked(desk: Desk, may_delete: bool) -> None:
    """Where a policy allows one name alone, the person decides; an administrator may be needed."""
    old = desk.sandbox.state.virtual_devices.create(DEVICE, ())
    desk.sandbox.own_device_name = True
    desk.sandbox.without_mfa |= {"DeleteVirtualMFADevice"} if may_delete else set()
    terminal = desk.start(*KEPT)
    terminal.expect_exact(
        f"{DEVICE} exists, and is not yours. Delete it and make a new one? [y/N] "
    )
    terminal.sendline("y")
    if may_delete:
        app = desk.scan(terminal)
        assert app.seed != old.seed
        desk.type_codes(terminal, app)
        terminal.expect_exact("Done.")
        assert desk.devices() == [(DEVICE, True)]
        return
    shown = terminal.read()
    assert "AWS lets you neither delete it nor make one of another name: AWS refused" in shown
    assert f"aws iam delete-virtual-mfa-device --serial-number {DEVICE}; then {AGAIN}" in shown
    assert terminal.wait() == 1
    assert desk.devices() == [(DEVICE, False)]


def test_a_device_that_is_left_over_may_stay(desk: Desk) -> None:
    """No is no."""
    desk.sandbox.state.virtual_devices.create(DEVICE, ())
    desk.sandbox.own_device_name = True
    terminal = desk.start(*KEPT)
    terminal.expect_exact("Delete it and make a new one? [y/N] ")
    terminal.sendline("n")
    assert "nothing was changed" in terminal.read()
    assert terminal.wait() == 3
    assert desk.devices() == [(DEVICE, False)]


@pytest.mark.parametrize("way", ["Ctrl-C", "Ctrl-D", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("after", ["scan", "code", "wrong codes"])
def test_who_leaves_leaves_nothing(desk: Desk, way: str, after: str) -> None:
    """The unfinished device is deleted, the person is told, the screen and the files are back."""
    desk.sandbox.without_mfa.add("DeleteVirtualMFADevice")
    before = desk.config()
    terminal = desk.start(*KEPT)
    app = desk.scan(terminal)
    if after != "scan":
        terminal.sendline(app.code(desk.sandbox.now()))
        terminal.expect(SECOND)
    if after == "wrong codes":
        terminal.sendline(app.code(desk.sandbox.now(), 2))
        terminal.expect("A new code .*: $")
    if way.startswith("Ctrl"):
        terminal.sendintr() if way == "Ctrl-C" else terminal.sendeof()
    else:
        terminal.kill(getattr(signal, way))
    shown = terminal.read()
    terminal.wait()
    status = {"Ctrl-C": 130, "Ctrl-D": 3, "SIGTERM": 143, "SIGHUP": 129}[way]
    assert terminal.exitstatus == status, shown
    assert f"the unfinished device {DEVICE} was deleted" in shown
    assert "\x1b[2J\x1b[H\x1b[?1049l" in shown
    assert desk.devices() == []
    assert desk.config() == before


def test_who_leaves_and_may_delete_nothing_is_told(desk: Desk) -> None:
    """As with AWS's own policy: what stays is named, and the next run makes another one."""
    terminal = desk.start(*KEPT)
    desk.scan(terminal)
    terminal.sendintr()
    shown = terminal.read()
    assert terminal.wait() == 130
    assert f"{DEVICE} stays at AWS as a device of nobody" in shown
    assert "it does no harm, and the next one gets another name" in shown
    terminal = desk.start(*KEPT)
    desk.type_codes(terminal, desk.scan(terminal))
    terminal.expect_exact(f"alice has an MFA device now: {DEVICE}-2")


def test_only_the_answer_was_lost(desk: Desk) -> None:
    """IAM has enabled the device and its answer did not come: it is the user's all the same."""
    desk.sandbox.fail("EnableMFADevice", "lost_reply")
    terminal = desk.start(*KEPT)
    desk.type_codes(terminal, desk.scan(terminal))
    terminal.expect_exact(f"alice has an MFA device now: {DEVICE}")
    assert desk.devices() == [(DEVICE, True)]


def test_who_was_slower_is_told(desk: Desk) -> None:
    """Another run has given the user a device: without it AWS takes no second one."""
    terminal = desk.start(*KEPT)
    app = desk.scan(terminal)
    desk.sandbox.mfa_serials.append("GAHT12345678")
    desk.type_codes(terminal, app)
    shown = terminal.read()
    assert "error: alice has got an MFA device meanwhile: GAHT12345678" in shown
    assert shown.endswith("hint: aws-mfa-process setup\r\n")
    assert terminal.wait() == 1


@pytest.mark.parametrize("kind", ["drop", "lost_reply", "http500"])
def test_a_lost_beginning_is_told(desk: Desk, kind: str) -> None:
    """The call is sent once; what it may have made does not hinder the next run."""
    desk.sandbox.fail("CreateVirtualMFADevice", kind)
    terminal = desk.start(*KEPT)
    assert "hint: " in terminal.read()
    assert terminal.wait() == 1
    assert actions(desk.sandbox).count("CreateVirtualMFADevice") == 1
    terminal = desk.start(*KEPT)
    desk.type_codes(terminal, desk.scan(terminal))
    terminal.expect_exact("alice has an MFA device now: ")


def test_yes_alone_makes_no_device(desk: Desk) -> None:
    """What a roll-out would not have asked for is named, with the command; on a terminal too."""
    before = desk.config()
    done = desk.run("setup", "--yes", "--no-login")
    assert (done.status, done.err) == (0, "")
    assert f"alice has no MFA device yet.\nIn a terminal this makes one: {AGAIN}\n" in done.out
    assert "no MFA device is known for the user of profile default" in done.out
    terminal = desk.start("setup", "--yes", "--no-login")
    assert "In a terminal this makes one" in terminal.read()
    assert desk.config() == before
    assert desk.devices() == []


def test_no_is_no(desk: Desk) -> None:
    """Who does not want a device is told how to make one later."""
    terminal = desk.start("setup")
    terminal.expect_exact(OFFER)
    terminal.sendline("n")
    assert f"this makes one: {AGAIN}" in terminal.read()
    assert terminal.wait() == 0
    assert desk.devices() == []


def test_nobody_can_scan_without_a_terminal(desk: Desk) -> None:
    """One sentence and the way; nothing is made, nothing is shown."""
    done = desk.run("setup", "--make-device", "--yes")
    assert done.status == 3
    assert "no terminal that could show the QR code" in done.err
    assert done.err.endswith(f"hint: in a terminal: {AGAIN}\n")
    assert "CreateVirtualMFADevice" not in actions(desk.sandbox)


def test_the_secret_is_in_no_output(desk: Desk) -> None:
    """Standard output may be a file; with standard error elsewhere nothing is shown at all."""
    words = shlex.join([PROGRAM, *KEPT])
    out = desk.home.path / "out"
    terminal = desk.start(size=(24, 80), program="sh", words=["-c", f"{words} >{out}"])
    desk.type_codes(terminal, desk.scan(terminal))
    terminal.read()
    assert f"alice has an MFA device now: {DEVICE}\n" in out.read_text()
    desk.sandbox.state.virtual_devices.disable(DEVICE)
    desk.home.config(CONFIG, f"[default]\n{PAIR}")
    terminal = desk.start(program="sh", words=["-c", f"{words} 2>{out}"])
    terminal.read()
    assert "no terminal that could show the QR code" in out.read_text()


@pytest.mark.parametrize("flag", ["--dry-run", "--check"])
def test_looking_makes_no_device(desk: Desk, flag: str) -> None:
    """The device that would be made is named, and stands in the diff."""
    done = desk.run("setup", "--make-device", flag)
    assert (done.status, done.err) == (int(flag == "--check"), "")
    assert f"It would be made: {DEVICE}\n" in done.out
    assert (f"+  mfa_serial = {DEVICE}\n" in done.out) == (flag == "--dry-run")
    assert set(actions(desk.sandbox)) == {"GetCallerIdentity", "ListMFADevices"}


@pytest.mark.parametrize(("option", "value"), [("--mfa-code", "123456"), ("--mfa-serial", DEVICE)])
def test_what_a_new_device_cannot_have_is_refused(desk: Desk, option: str, value: str) -> None:
    """A name or a code is that of a device that exists."""
    done = desk.run("setup", "--make-device", option, value)
    assert_refused(done, 2, f"--make-device and {option} do not go together", option)
    assert actions(desk.sandbox) == []


def test_a_security_key_is_no_device_for_codes(desk: Desk) -> None:
    """AWS would take another device only from who has used the key, which the console can."""
    desk.sandbox.mfa_serials = ["arn:aws:iam::111111111111:u2f/user/alice/key"]
    done = desk.run("setup", "--yes", "--make-device", "--no-login")
    assert "alice has only a security key" in done.out
    assert "CreateVirtualMFADevice" not in actions(desk.sandbox)


def test_who_has_a_device_is_told_that_none_is_made(desk: Desk) -> None:
    """AWS knows it, or a file does, before and after."""
    desk.sandbox.mfa_serials = [DEVICE]
    done = desk.run("setup", "--yes", "--make-device", "--no-login")
    assert f"No device is made: alice has {DEVICE} already.\n" in done.out
    again = desk.run("setup", "--yes", "--make-device", "--no-login")
    assert f"No device is made: profile default-keys has {DEVICE} already.\n" in again.out
    assert "CreateVirtualMFADevice" not in actions(desk.sandbox)


def test_a_policy_that_hides_devices_is_told(desk: Desk) -> None:
    """Nobody knows whether a device would be the first one."""
    desk.sandbox.without_mfa.discard("ListMFADevices")
    done = desk.run("setup", "--yes", "--make-device")
    assert_refused(done, 1, "AWS does not tell whether alice has an MFA device", "--mfa-serial")


def test_one_user_gets_one_device(desk: Desk) -> None:
    """Two profiles with keys of the same user share it."""
    desk.home.config(CONFIG, f"[default]\n{PAIR}[other]\n{PAIR}")
    terminal = desk.start(*KEPT)
    desk.type_codes(terminal, desk.scan(terminal))
    terminal.expect_exact("Done.")
    assert desk.devices() == [(DEVICE, True)]
    assert desk.config().count(f"mfa_serial = {DEVICE}\n") == 2


@pytest.mark.parametrize("role", [f" --role-arn {ADMIN}", ""])
@pytest.mark.parametrize("place", ["keyring", "keyring and config", "credentials"])
def test_a_served_profile_without_a_device_gets_one(desk: Desk, role: str, place: str) -> None:
    """The line is ours and the device is lacking, wherever the key is; one way goes to its end."""
    to_end = bool(role) and place == "keyring"
    line = f"{PROGRAM} --profile bastion-keys{role}"
    config = f"[profile prod]\nregion = eu-central-1\ncredential_process = {line}\n"
    config += "[profile bastion-keys]\nregion = eu-central-1\n" * ("config" in place)
    desk.home.config(config, f"[bastion-keys]\n{PAIR}" * (place == "credentials"))
    if "keyring" in place:
        desk.home.run("add", "bastion-keys", "--stdin", text="\n".join(PAIR.split()[2::3]))
    terminal = desk.start(*(it for it in KEPT if not (to_end and it == "--no-login")))
    desk.type_codes(terminal, app := desk.scan(terminal))
    terminal.expect_exact("1 profile would be served by this program")
    if to_end:
        answer_prompt(terminal, app.fresh_code(desk.sandbox.now()))
    assert (" works" in COLOUR.sub("", terminal.read())) == to_end
    assert terminal.wait() == 0
    assert f"mfa_serial = {DEVICE}\n" in desk.config()
    assert desk.run("setup", "--check", "--keep-keys").status == 0


@pytest.mark.parametrize(("name", "is_made"), [("prod", True), ("other", False)])
def test_a_device_is_made_for_what_is_named(desk: Desk, name: str, is_made: bool) -> None:
    """The keys of other profiles are left alone."""
    desk.home.config(f"{CONFIG}[profile other]\nregion = eu-central-1\n", f"[default]\n{PAIR}")
    terminal = desk.start(*KEPT, name)
    if is_made:
        desk.type_codes(terminal, desk.scan(terminal))
    else:
        terminal.expect_exact(f"In a terminal this makes one: {AGAIN}")
    terminal.read()
    assert terminal.wait() == 0
    assert desk.devices() == [(DEVICE, True)] * is_made


def test_doctor_names_the_command(desk: Desk) -> None:
    """The finding of a missing device leads to one."""
    line = f"{PROGRAM} --profile default --role-arn {ADMIN}"
    desk.home.config(
        f"[default]\nregion = eu-central-1\n[profile prod]\ncredential_process = {line}\n",
        f"[default]\n{PAIR}",
    )
    findings = json.loads(desk.run("doctor", "--json").out)["findings"]
    hints = {it["profile"]: it["hint"] for it in findings if it["id"] == "AMP055"}
    assert hints["prod"] == f"arn:aws:iam::111111111111:user/alice has none yet: {AGAIN}"
    assert hints["default"].endswith(", or let aws-mfa-process setup find the device or make one")


def test_from_a_stored_key_to_a_role(desk: Desk) -> None:
    """What `add` has stored under any name is not asked for again."""
    desk.home.config("")
    desk.home.run("add", "work", "--stdin", text="\n".join(PAIR.split()[2::3]))
    terminal = desk.start("setup", "--no-login")
    terminal.expect_exact("The access key …MPLE is in the keyring.")
    terminal.expect_exact("(Enter: none): ")
    terminal.sendline(ADMIN)
    terminal.expect_exact("Name of its profile [prod]: ")
    terminal.sendline("")
    terminal.expect_exact(OFFER)
    terminal.sendline("y")
    desk.type_codes(terminal, desk.scan(terminal))
    terminal.expect_exact("Next: aws-mfa-process login prod")
    assert f"[profile work]\nmfa_serial = {DEVICE}\n" in desk.config()
    assert f"--profile work --role-arn {ADMIN}\n" in desk.config()


def test_from_nothing_to_a_role_without_a_device(desk: Desk) -> None:
    """Who leaves at the QR code need not give the key again."""
    desk.home.config("")
    (desk.home.aws / "config").unlink()
    (desk.home.aws / "credentials").unlink()
    terminal = desk.start("setup")
    terminal.expect_exact("(Enter: none): ")
    terminal.sendline(ADMIN)
    terminal.expect_exact("Name of its profile [prod]: ")
    terminal.sendline("")
    terminal.expect_exact("Access key id: ")
    terminal.sendline(desk.sandbox.access_key_id)
    terminal.expect_exact("(not shown): ")
    terminal.sendline(desk.sandbox.secret_access_key)
    terminal.expect_exact(OFFER)
    terminal.sendline("")
    desk.scan(terminal)
    terminal.sendintr()
    terminal.read()
    terminal = desk.start("setup", "--make-device")
    terminal.expect_exact("The access key …MPLE is in the keyring.")
    terminal.expect_exact("(Enter: none): ")
    terminal.sendline(ADMIN)
    terminal.expect_exact("Name of its profile [prod]: ")
    terminal.sendline("")
    app = desk.scan(terminal)
    desk.type_codes(terminal, app)
    answer_prompt(terminal, app.fresh_code(desk.sandbox.now()))
    assert "  prod  222222222222:role/Admin  works\r\n" in COLOUR.sub("", terminal.read())
    assert ":assumed-role/Admin/" in desk.home.caller("prod")


def test_add_makes_a_device(desk: Desk) -> None:
    """The key comes from a person, the device from AWS, the profile is written."""
    desk.home.config("")
    terminal = desk.start("add", "bastion-keys", "--write", "--make-device")
    terminal.expect_exact("Access key id: ")
    terminal.sendline(desk.sandbox.access_key_id)
    terminal.expect_exact("(not shown): ")
    terminal.sendline(desk.sandbox.secret_access_key)
    desk.type_codes(terminal, desk.scan(terminal))
    terminal.expect_exact("Next: aws-mfa-process login")
    assert f"mfa_serial = {DEVICE}\n" in desk.config()


def test_the_secret_goes_to_a_command_that_is_named(desk: Desk) -> None:
    """On its standard input, as the address that apps read; its output is for the person."""
    kept = desk.folder / "kept"  # not in the home directory, where no secret may be
    store = f"sh -c 'cat >{kept}; echo stored'"
    terminal = desk.start(*KEPT, "--seed-to", store)
    terminal.expect_exact("stored")
    app = desk.scan(terminal)
    uri = kept.read_text()
    label = "Amazon%20Web%20Services:alice@111111111111"
    assert uri.startswith(
        f"otpauth://totp/{label}?secret={app.seed}&issuer=Amazon%20Web%20Services"
    )
    assert uri.count("\n") == 1
    desk.type_codes(terminal, app)
    terminal.expect_exact("Done.")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("false", "--seed-to false failed with exit status 1"),
        ("/nowhere/pass", "--seed-to /nowhere/pass cannot be run: No such file or directory"),
        (" ", "--seed-to '' cannot be run: it is empty"),
        ("sh -c 'exit", "a quotation mark is not closed"),
    ],
)
def test_a_command_that_does_not_take_it_ends_it(desk: Desk, command: str, says: str) -> None:
    """Nothing is enabled that would be kept nowhere, and nothing is left."""
    desk.sandbox.without_mfa.add("DeleteVirtualMFADevice")
    terminal = desk.start(*KEPT, "--seed-to", command)
    assert says in terminal.read()
    assert terminal.wait() == 2
    assert desk.devices() == []
