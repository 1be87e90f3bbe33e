"""What `setup` proposes: which profiles are served by this program, and where keys move.

Its one rule: it decides and does nothing. A name that scripts use keeps its meaning: it gets a line
of ours, and what the line starts with stands under another name.
"""

import re
from collections.abc import Callable, Mapping

from aws_mfa_process.chain.found import PLAIN, Found, has_rest, inherited_settings
from aws_mfa_process.chain.proposed import Holder, Proposal, Wishes
from aws_mfa_process.config.arns import devices, shows_codes
from aws_mfa_process.config.changes import Change
from aws_mfa_process.config.profiles import KEY_ID, SECRETS, Profiles, Settings
from aws_mfa_process.config.settings import OWN_NAMES, check
from aws_mfa_process.errors import ConfigError

_MOVED = frozenset(OWN_NAMES - {"region"})
"""What may not stand in a profile for SDKs, or means nothing there."""
_ROLE = _MOVED | {"source_profile"}
_KEYS = frozenset((KEY_ID, *SECRETS))
_NETWORK = ("region", "endpoint_url", "services", "ca_bundle", "sts_regional_endpoints")
"""What a call of STS needs, wherever the keys stand."""
_HOLDER = re.compile(r"[-_](keys|long-?term)")
_LONG_TERM = "-long-term"
_WORD = re.compile(r"(?!-)(?!.*=-)[\w/.:@+=,-]+", re.ASCII)
"""What all SDKs take as one word of a line, as it is."""


def propose(files: Profiles, found: Found, wishes: Wishes) -> Proposal:
    """Propose lines for all profiles that can have one."""
    return _Plan(files, found, wishes).proposal()


class _Unfit(Exception):  # noqa: N818 - a reason, no error
    """A profile is left as it is; says why."""


class _Plan:
    """A proposal in the making."""

    def __init__(self, files: Profiles, found: Found, wishes: Wishes) -> None:
        """Start with nothing."""
        self._files, self._found, self._wishes = files, found, wishes
        self._holders: dict[str, Holder] = {}
        self._names = {*files.profiles, *wishes.stored}
        self._lines: dict[str, str] = {}
        self._changes: list[Change] = []
        self._left = dict(found.left)

    def proposal(self) -> Proposal:
        """Return it."""
        found = self._found
        roles = [name for name in found.roles if self._is_wanted(name)]
        aliases = [name for name in found.lines if name not in found.roles]
        aliases = [name for name in aliases if self._is_wanted(name)]
        self._serve(roles, self._check_role)
        keys = [name for name in found.keys if self._is_wanted(name)]
        self._serve([*keys, *aliases], self._holder_of)
        good = [name for name in roles if name not in self._left]
        ends = [self._way(name)[-1] for name in good]
        ends += [name for name in (*keys, *aliases) if name not in self._left]
        used = {*ends, *map(self._behind, ends)}
        self._holders = {name: it for name, it in self._holders.items() if name in used}
        for name in good:
            self._add_role(name, frozenset(good))
        for name in [*self._holders]:
            self._add_holder(name)
        for name in aliases:
            self._add_alias(name)
        self._tell_sessions()
        mended = self._add_devices()
        holders = self._holders.items()
        return Proposal(
            tuple(self._changes),
            {name: it.name for name, it in holders if it.is_moved},
            tuple(name for name in found.sessions if name in self._lines),
            (*self._lines, *mended),
            {name: it.name for name, it in holders if it.is_wanting},
            self._left,
        )

    def _is_wanted(self, name: str) -> bool:
        return not self._wishes.only or name in self._wishes.only

    def _serve(self, names: list[str], check: Callable[[str], object]) -> None:
        """Note why profiles cannot be served."""
        for name in names:
            try:
                check(name)
            except _Unfit as reason:
                self._left[name] = str(reason)

    def _check_role(self, name: str) -> None:
        """Find out whether a role profile can have a line.

        Raises:
            _Unfit: It cannot.
        """
        self._check_name(name)
        way = self._way(name)
        holder = self._holder_of(way[-1])
        serial = self._found.roles[name].get("mfa_serial", "") or holder.serial
        if not any(map(shows_codes, devices(serial))):
            raise _Unfit("its device is a security key, which shows no codes")
        try:
            check(self._found.roles[name], name)
        except ConfigError as error:
            raise _Unfit(f"{error.message}: {error.hint}") from None
        if name in self._found.keys and not self._holder_of(name).is_moved:
            raise _Unfit("its own keys in the files would go before our line")

    def _check_name(self, name: str) -> None:
        if not PLAIN.fullmatch(name):
            raise _Unfit("not every SDK takes its name; all take letters, digits and . _ - @ + / :")
        if has_rest(self._files, name):
            raise _Unfit("a part of an access key stands there, without the rest")
        for key, text in inherited_settings(self._files, name).items():
            if key in _ROLE and "\n" in text:
                raise _Unfit(f"its {key} goes over several lines: write it in one")
        if name in self._found.sessions and not self._wishes.is_moving:
            raise _Unfit("its session in plaintext would go before our line")

    def _way(self, name: str) -> list[str]:
        """Return the profiles from a role down to the one that is to have the keys."""
        way = [name]
        while way[-1] in self._found.roles:
            below = self._found.roles[way[-1]].get("source_profile", "")
            below = self._behind(below)
            if not below:
                raise _Unfit("it has role_arn, but no source_profile")
            if below == way[-1]:
                return way if len(way) > 1 else [name, name]
            if below in way:
                raise _Unfit("its profiles refer to each other in a loop")
            self._check_source(below)
            way.append(below)
        return way

    def _check_source(self, below: str) -> None:
        """Find out whether a way can lead to a profile."""
        if below not in self._files.profiles:
            raise _Unfit(f"its source profile {below} does not exist")
        if has_rest(self._files, below):
            raise _Unfit(f"its source profile {below} has a part of an access key")
        if below in self._found.sessions and below not in self._found.roles:
            raise _Unfit(
                f"its source profile {below} has a session in plaintext, which no code renews;"
                " one with the key of a user could be served"
            )
        if below in self._found.left:
            raise _Unfit(f"its source profile is {below} ({self._found.left[below]})")

    def _behind(self, name: str) -> str:
        """Return the profile that another program uses in place of one: aws-mfa, or its line."""
        is_own = name in self._found.keys or name in self._found.served
        if f"{name}{_LONG_TERM}" in self._found.keys and not is_own:
            return f"{name}{_LONG_TERM}"
        seen = {name}
        while name not in self._found.roles and self._found.lines.get(name, name) != name:
            name = self._found.lines[name]
            if name in seen:
                raise _Unfit("the lines of its profiles name each other in a loop")
            seen.add(name)
        return name

    def _holder_of(self, name: str) -> Holder:
        """Return where the way of those ends that start with the keys of a profile."""
        named = self._behind(name)
        if named in self._left and named != name:
            raise _Unfit(f"it names profile {named}: {self._left[named]}")
        if named != name and named in self._found.roles:
            return Holder(named, "")
        if named not in self._files.profiles:
            named = name
        if named not in self._holders:
            self._holders[named] = self._new_holder(named)
        return self._holders[named]

    def _new_holder(self, name: str) -> Holder:
        self._check_name(name)
        if name in self._found.served:
            return Holder(name, "")
        wishes, has_pair = self._wishes, name in self._found.keys
        if has_pair and name in wishes.refused:
            raise _Unfit(wishes.refused[name])
        serial = self._serial_of(name)
        if not serial:
            raise _Unfit(f"no MFA device is known for the user of profile {name}")
        if has_pair and not wishes.is_moving:
            return Holder(name, serial)
        is_kept = bool(_HOLDER.search(name)) or not (has_pair or name in self._found.lines)
        is_kept = is_kept and name not in self._found.roles
        own = name if is_kept else f"{name}-keys"
        key_id = self._files.keys_of(name).get(KEY_ID, "")
        is_there = wishes.stored.get(own) == key_id and own not in self._files.profiles
        own = own if is_kept or is_there else self._free(own)
        return Holder(own, serial, has_pair, is_wanting=not has_pair and own not in wishes.stored)

    def _serial_of(self, name: str) -> str:
        """Return the device of the user of a profile."""
        own = inherited_settings(self._files, name)
        serials = [_device(own)]
        for role, values in self._found.roles.items():
            try:
                serials += [_device(values)] * (self._way(role)[-1] == name)
            except _Unfit:
                continue
        serials.append(self._wishes.devices.get(name, ""))
        return next((text for text in serials if text and any(map(shows_codes, devices(text)))), "")

    def _free(self, name: str) -> str:
        """Return a name that no profile has."""
        number, free = 1, name
        while free in self._names:
            number += 1
            free = f"{name}-{number}"
        self._names.add(free)
        return free

    def _add_role(self, name: str, good: frozenset[str]) -> None:
        """Let a role profile have a line, and nothing that SDKs would take instead."""
        values = self._found.roles[name]
        way = self._way(name)
        below, holder = way[1], self._holder_of(way[-1])
        is_end = below not in self._found.roles or below == way[-1]
        below = holder.name if is_end else below
        options = {key: values[key] for key in _options(values)}
        if set(devices(options.get("mfa_serial", ""))) == set(devices(holder.serial)):
            del options["mfa_serial"]
        is_plain = all(_WORD.fullmatch(text) for text in options.values())
        if is_plain and (is_end or below in good):
            line = self._line(below, options)
        else:
            own = self._free(f"{name}-role")
            settings = {"role_arn": options.pop("role_arn"), "source_profile": below}
            self._changes.append(
                Change(own, frozenset(), {**settings, **options, **_network(values)})
            )
            line = self._line(own, {})
        self._set_line(name, line, values)

    def _set_line(self, name: str, line: str, values: Settings) -> None:
        own = self._files.profiles.get(name, {})
        removed = {key for key in own if key in _ROLE}
        removed |= set(own) & _KEYS if name in self._found.sessions else set()
        settings = {"credential_process": line}
        if "region" in values and "region" not in own:
            settings = {"region": values["region"], **settings}
        self._lines[name] = line
        self._changes.append(Change(name, frozenset(removed), settings))

    def _line(self, profile: str, options: Mapping[str, str]) -> str:
        words = [self._wishes.program, "--profile", profile]
        for name in sorted(options, key=lambda name: name != "role_arn"):
            words += ["--" + _option(name), options[name]]
        return " ".join(words)

    def _add_holder(self, name: str) -> None:
        """Let the profile with the keys have its device, and its old name a line."""
        holder, own = self._holders[name], self._files.profiles.get(name, {})
        values = inherited_settings(self._files, name)
        if holder.is_moved:
            gone = frozenset(key for key in own if key in _KEYS)
            self._changes.append(Change(name, gone, {}))
        if holder.name == name:
            is_new = holder.serial and "mfa_serial" not in own
            settings = {"mfa_serial": holder.serial} if is_new else {}
            gone = frozenset(own) & {"source_profile"} if holder.serial else frozenset()
            if gone or settings:  # a source below the keys would be taken in their place
                self._changes.append(Change(name, gone, settings))
            self._add_long_term(name, holder, values)
            return
        settings = {key: text for key, text in values.items() if key in _MOVED - {"role_arn"}}
        settings = {} if name in self._found.roles else settings
        settings = {**settings, "mfa_serial": holder.serial, **_network(values)}
        self._changes.append(Change(holder.name, frozenset(), settings))
        if name not in self._lines and name not in self._found.roles:
            self._set_line(name, self._line(holder.name, {}), values)

    def _add_long_term(self, name: str, holder: Holder, values: Settings) -> None:
        """Serve the profile into which aws-mfa writes sessions."""
        short = name.removesuffix(_LONG_TERM)
        is_known = short in self._files.profiles and short not in self._found.sessions
        is_ours = not is_known and short not in (*self._lines, *self._left, *self._found.roles)
        if short == name or not holder.is_moved or not is_ours:
            return
        if self._is_wanted(name) or self._is_wanted(short):
            role = values.get("assume_role", "")
            options = {"role_arn": role} if _WORD.fullmatch(role) else {}
            self._set_line(short, self._line(name, options), {})

    def _add_devices(self) -> list[str]:
        """Let keys that served profiles start with have the device they lack; return whose."""
        mended: list[str] = []
        for name, served in self._wishes.lacking.items():
            serial = self._wishes.devices.get(name, "")
            wanted = [it for it in served if self._is_wanted(it)]
            if serial and wanted:
                mended += wanted
                if name not in self._holders:
                    self._changes.append(Change(name, frozenset(), {"mfa_serial": serial}))
        return mended

    def _add_alias(self, name: str) -> None:
        """Replace the line of another program by that of the profile which it names."""
        if name in self._left or name in self._lines:
            return
        named = self._found.lines[name]
        try:
            line = self._lines.get(named) or self._line(self._holder_of(name).name, {})
        except _Unfit as reason:
            self._left[name] = str(reason)
            return
        self._set_line(name, line, inherited_settings(self._files, name))

    def _tell_sessions(self) -> None:
        for name in self._found.sessions:
            if name not in self._lines and name not in self._found.left:
                self._left.setdefault(name, "a session in plaintext, which ends by itself")


def _device(values: Settings) -> str:
    return values.get("mfa_serial", "") or values.get("aws_mfa_device", "")


def _options(values: Settings) -> list[str]:
    """Return the settings of a role that are options of ours."""
    return [name for name in values if name in _MOVED and values[name]]


def _option(name: str) -> str:
    return (name.removeprefix("mfa_") if "prompt" in name else name).replace("_", "-")


def _network(values: Settings) -> Settings:
    return {name: values[name] for name in _NETWORK if "\n" not in values.get(name, "\n")}
