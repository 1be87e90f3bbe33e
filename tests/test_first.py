from conftest import PROGRAM, Home, answer_prompt
from aws_mfa_process.sandbox.server import Sandbox
import json

def test_one_code_for_two_roles(practice: Home, sandbox: Sandbox) -> None:
    """One code serves every role; the second role asks nobody."""
    role = sandbox.role_arns["Admin"]
    terminal = practice.terminal("--profile", "bastion-keys", "--role-arn", role)
    answer_prompt(terminal, sandbox.code())
    terminal.expect('"AccountId":"222222222222"')
    terminal.wait()
    done = practice.run("--profile", "bastion-keys", "--role-arn", sandbox.role_arns["Developer"])
    assert done.status == 0 and done.err == ""
    assert json.loads(done.out)["AccountId"] == "333333333333"
