"""What `setup` proposes, for configs that nobody would think of."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aws_mfa_process.chain.found import find
from aws_mfa_process.chain.judge import judge_all
from aws_mfa_process.chain.proposal import propose
from aws_mfa_process.chain.proposed import Proposal, Wishes
from aws_mfa_process.chain.source import Walk
from aws_mfa_process.chain.view import Facts, View
from aws_mfa_process.config.changes import Change, back, hunks, in_config, in_credentials
from aws_mfa_process.config.command_line import Request
from aws_mfa_process.config.profiles import Profiles, read_profiles
from aws_mfa_process.config.text import written

PROGRAM = "/opt/aws-mfa-process"
NAMES = ("default", "alice", "prod", "dev", "alice-long-term", "hub-keys")
DEVICE = "arn:aws:iam::111111111111:mfa/alice"
ROLE = "arn:aws:iam::222222222222:role/Admin"
CONFIG: Mapping[str, st.SearchStrategy[str]] = {
    "role_arn": st.just(ROLE),
    "source_profile": st.sampled_from(NAMES),
    "include_profile": st.sampled_from(NAMES),
    "mfa_serial": st.sampled_from([DEVICE, "GAHT12345678", f"{DEVICE}, GAHT12345678"]),
    "external_id": st.sampled_from(["x-1", "-60", "a=-6", "two words"]),
    "mfa_process": st.sampled_from(["/bin/code", "ykman oath code"]),
    "region": st.just("eu-west-1"),
    "sso_session": st.just("corp"),
    "login_session": st.just("arn:aws:iam::111111111111:user/alice"),
    "aws_access_key_id": st.just("AKIAIOSFODNN7CONFIG"),
    "aws_secret_access_key": st.just("secretofconfig"),
    "credential_process": st.one_of(
        st.sampled_from(["leapp x", "'"]),
        st.sampled_from(NAMES).map(lambda name: f"aws-vault exec --json {name}"),
    ),
}
KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secretone"}
CREDENTIALS: tuple[dict[str, str], ...] = (
    {},
    KEYS,
    {**KEYS, "aws_session_token": "token"},
    {**KEYS, "aws_mfa_device": DEVICE},
    {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE"},
    {"role_arn": ROLE, "source_profile": "alice"},
)
FILES = st.tuples(
    st.dictionaries(st.sampled_from(NAMES), st.fixed_dictionaries({}, optional=dict(CONFIG))),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(CREDENTIALS)),
)


def text_of(sections: Mapping[str, Mapping[str, str]], kind: str) -> str:
    """Return the text of a file."""
    return "\n".join(
        "\n".join(
            [
                f"[{name if name == 'default' else kind + name}]",
                *(f"{key} = {value}" for key, value in values.items()),
                "",
            ]
        )
        for name, values in sections.items()
    )


class Files:
    """The two files in a folder."""

    def __init__(self, folder: Path, config: str, credentials: str) -> None:
        self.folder = folder
        self.write(config, credentials)

    def write(self, config: str, credentials: str) -> None:
        """Write them."""
        self.texts = (config, credentials)
        for name, text in zip(("config", "credentials"), self.texts, strict=True):
            (self.folder / name).write_text(text)

    def read(self) -> Profiles:
        """Read them."""
        return read_profiles(*(str(self.folder / name) for name in ("config", "credentials")))

    def propose(self, wishes: Wishes) -> Proposal:
        """Propose, and write what is proposed."""
        files = self.read()
        proposal = propose(files, find(files), wishes)
        config, credentials = self.texts
        self.write(
            in_config(config, proposal.changes), in_credentials(credentials, proposal.changes)
        )
        return proposal


@pytest.mark.parametrize("is_moving", [True, False])
@given(files=FILES)
@settings(
    max_examples=300, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_served_works_and_stays(
    tmp_path: Path, files: tuple[dict[str, dict[str, str]], ...], *, is_moving: bool
) -> None:
    """Each profile with a new line is served and leads to keys; a second run finds nothing."""
    config, credentials = files
    it = Files(tmp_path, text_of(config, "profile "), text_of(credentials, ""))
    before = it.texts
    wishes = Wishes(PROGRAM, is_moving, {}, {}, {})
    proposal = it.propose(wishes)
    after = it.read()
    stored = dict.fromkeys((*proposal.moves.values(), *proposal.wanting.values()), "AKIA")
    one, two = (tuple(written(text)) for text in it.texts)
    view = View(after, one, two, Facts(lambda _: "program", {}, PROGRAM))
    outcomes = {found.profile: found for found in judge_all(view)}
    for name in proposal.served:
        assert outcomes[name].outcome == "served", outcomes[name]
        Walk(after, Request(name, {}), stored, {})
    for new, old in zip(it.texts, before, strict=True):
        assert back(new, hunks(new, old)) == old
    again = it.texts
    it.propose(wishes._replace(stored=stored))
    assert it.texts == again


@given(st.text("ab\r\n\u2028\x0c "), st.text("ab\r\n\u2028\x0c "))
def test_there_is_always_a_way_back(new: str, old: str) -> None:
    """To the byte, whatever ends a line."""
    assert back(new, hunks(new, old)) == old


def test_a_setting_before_a_deeper_header_is_as_deep() -> None:
    """Else the header would continue it."""
    config = "[profile a]\n [profile b]\nx = 1\n[profile c]\n"
    changes = [Change(name, frozenset(), {"k": "v"}) for name in ("c", "a", "b")]
    assert in_config(config, changes) == (
        "[profile a]\n k = v\n [profile b]\nk = v\nx = 1\n[profile c]\nk = v\n"
    )
