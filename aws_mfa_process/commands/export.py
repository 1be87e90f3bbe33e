"""``export``: the credentials of a profile as text, for a shell or a file.

Its one rule: secrets are not shown on a terminal by accident, and nothing is asked for that is
not printed then.
"""

import json
import shlex
import sys
from argparse import ArgumentParser, Namespace

from aws_mfa_process import APP
from aws_mfa_process.commands.profiles.chosen import Chosen, add_profile, choose, take_region
from aws_mfa_process.commands.programs.environ import KEY_VARIABLES, with_keys, with_region
from aws_mfa_process.commands.programs.quoting import DIALECTS
from aws_mfa_process.commands.screens.talk import say
from aws_mfa_process.credentials import SessionCredentials, utc_time
from aws_mfa_process.errors import ConfigError

HELP = "print the credentials of a profile, for a shell or a file"

GIVEN = (
    *KEY_VARIABLES,
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ACCOUNT_ID",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
)
"""The variables that are printed, the last three where they are known."""
_IN_THE_WAY = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_ACCOUNT_ID")
"""What beats keys in the environment somewhere, or belongs to others: a profile in JavaScript and
.NET; the old name of the session token in botocore; the account."""
_FORMATS = (*DIALECTS, "json", "ini")
_USES = {
    "env": 'eval "$({})"',
    "fish": "{} | source",
    "powershell": "{} | Out-String | Invoke-Expression",
    "cmd": "FOR /F \"delims=\" %i IN ('{}') DO @%i",
}
"""How each shell takes what is printed."""


def configure(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    add_profile(parser, region="region of the variables (default: that of the profile)")
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        default="env",
        help="env (default): bash, zsh and other shells of that kind; fish, powershell, cmd:"
        " those; dotenv: an env file; json: as a credential process answers; ini: a section of"
        " the AWS credentials file",
    )
    parser.add_argument(
        "--unset", action="store_true", help="print the lines that take the variables back"
    )
    parser.add_argument("--show", action="store_true", help="show secrets on a terminal too")


def run(arguments: Namespace) -> int:
    """Print the credentials.

    Raises:
        ConfigError: Standard output is a terminal, or the format has nothing to take back.
    """
    if arguments.unset:
        say(_unset(arguments.format))
        return 0
    if sys.stdout.isatty() and not arguments.show:
        command = f"{APP} export {shlex.quote(arguments.profile or 'PROFILE')}"
        command += "" if arguments.format == "env" else f" --format {arguments.format}"
        use = _USES.get(arguments.format, "{} | PROGRAM").format(command)
        raise ConfigError(
            "secrets are not shown on a terminal",
            hint=f"give them to a program: {use}; or add --show if nobody looks on",
        )
    region = take_region(arguments)
    chosen = choose(arguments, "export")
    session = chosen.load()
    if arguments.format == "json":
        say(json.dumps(json.loads(session.answer()), indent=2))
        return 0
    values = _values(chosen, session, region)
    _check(values, chosen.profile)
    if arguments.format == "ini":
        say(_section(chosen.profile, values, session))
        return 0
    dialect = DIALECTS[arguments.format]
    lines = [dialect.unset(_IN_THE_WAY)] if dialect.unset else []
    say("\n".join([*lines, *(dialect.set(name, value) for name, value in values.items())]))
    return 0


def _unset(form: str) -> str:
    unset = DIALECTS[form].unset if form in DIALECTS else None
    if unset is None:
        known = ", ".join(name for name, dialect in DIALECTS.items() if dialect.unset)
        raise ConfigError(f"--format {form} has nothing to unset", hint=f"it is for {known}")
    return unset(GIVEN)


def _values(chosen: Chosen, session: SessionCredentials, region: str) -> dict[str, str]:
    """Return the variables; the region is that of the option, the profile or the shell."""
    regions = {name: text for name, text in chosen.context.environ.items() if name in GIVEN[-2:]}
    own = chosen.view.settings(chosen.profile).get("region", "")
    found = with_keys(with_region(regions, region or own), session)
    return {name: found[name] for name in GIVEN if name in found}


def _check(values: dict[str, str], profile: str) -> None:
    """Refuse what not every format can hold."""
    for name, value in values.items():
        if not value.isprintable():
            raise ConfigError(
                f"{name} would have a character that cannot be printed",
                hint=f"write region in profile {profile} on one line",
            )


def _section(profile: str, values: dict[str, str], session: SessionCredentials) -> str:
    """Return a section of its own: keys under the profile's name would go before our line."""
    lines = [f"{name.lower()} = {values[name]}" for name in KEY_VARIABLES]
    lines += [f"region = {values['AWS_REGION']}"] if "AWS_REGION" in values else []
    head = f"# for ~/.aws/credentials, until {utc_time(session.expiration)}"
    return "\n".join([head, f"[{profile}-session]", *lines])
