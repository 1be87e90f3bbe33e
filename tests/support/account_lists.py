"""A list of accounts, and the command that takes it."""

import hashlib

from support.home import Home, Result

LIST = "account,name,roles,region\n222222222222,prod,Admin,eu-central-1\n"
SUM = hashlib.sha256(LIST.encode()).hexdigest()
LINE = "--profile bastion-keys --role-arn arn:aws:iam::222222222222:role/Admin\n"


def run(home: Home, *words: str, text: str = "", **environ: str) -> Result:
    """Run the command with a list."""
    return home.run("setup", "accounts", *words, "--yes", text=text, environ=environ)


def ok(home: Home, *words: str, text: str = "", **environ: str) -> str:
    """Run it, which has to succeed; return what it says."""
    done = run(home, *words, text=text, **environ)
    assert (done.status, done.err) == (0, ""), done
    assert LINE in (home.aws / "config").read_text()
    return done.out
