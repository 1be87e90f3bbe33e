"""What the environment makes of profiles, in each SDK.

Its one rule: no value of a variable is shown but the name of a profile or a file.
"""

from collections.abc import Iterator

from aws_mfa_process.chain.view import Verdict, View
from aws_mfa_process.config.names import close_match

_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
_WEB = ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE")


def misleading(view: View) -> Iterator[Verdict]:
    """Find variables that name what is not there, or lead past the profiles.

    Source:
        botocore ``credentials.py``, ``create_credential_resolver``: only a profile that is named
        in code, as ``--profile`` does, goes before a web identity of the environment.
    """
    environ = view.facts.environ
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        profile = environ.get(name, "")
        if profile and profile not in view.files.profiles:
            close = close_match(profile, view.files.profiles)
            hint = f"export {name}={close}" if close else f"unset {name}"
            yield Verdict("AMP025", "", f"{name} is {profile!r}, which is no profile", hint)
    if all(environ.get(name) for name in _WEB):
        yield Verdict(
            "AMP026",
            "",
            f"{' and '.join(_WEB)} are set in this shell and go before the line of AWS_PROFILE in"
            " boto3 and the AWS CLI",
            f"unset {' '.join(_WEB)}",
        )
    paths = (view.files.config_path, view.files.credentials_path)
    for name, path in zip(_FILES, paths, strict=True):
        if environ.get(name) and not view.facts.kind_of(path):
            sentence = f"{name} names {view.short(path)}, which does not exist"
            yield Verdict("AMP027", "", sentence, f"unset {name}")
