"""One role of a chain, from the settings of its profile."""

from aws_mfa_process import APP
from aws_mfa_process.chain.model import CHAINED_ROLE_SECONDS, Role
from aws_mfa_process.chain.source import LifeError, Step, Walk
from aws_mfa_process.config import settings
from aws_mfa_process.errors import ConfigError


def roles_of(walk: Walk, serials: tuple[str, ...]) -> tuple[Role, ...]:
    """Return the roles on a way, in the order in which they are assumed.

    The first device that has a name gives it to the session of a role that names none.

    Raises:
        ConfigError: A setting is not what AWS takes, or a role assumed with session credentials
            is to live longer than AWS lets it.
    """
    name = session_name_of(serials)
    roles = tuple(_role_of(step, name) for step in reversed(walk.roles))
    for role in roles if walk.source.is_session else roles[1:]:
        if (role.duration_seconds or 0) > CHAINED_ROLE_SECONDS:
            raise LifeError(
                f"profile {role.profile}: a role assumed with session credentials lasts at most"
                f" {CHAINED_ROLE_SECONDS} seconds, but duration_seconds is {role.duration_seconds}",
                hint=f"set duration_seconds = {CHAINED_ROLE_SECONDS} in profile {role.profile};"
                " it is renewed silently",
            )
    return roles


def _role_of(step: Step, default_name: str) -> Role:
    name, values = step
    tags = settings.session_tags(values, name)
    transitive = settings.words(values, "transitive_session_tags")
    unknown = set(transitive) - {key for key, _ in tags}
    if unknown:
        raise ConfigError(
            f"profile {name}: transitive_session_tags names {min(unknown)}, which is not in"
            " session_tags",
            hint=f"add {min(unknown)}=VALUE to session_tags, or take it out there",
        )
    return Role(
        profile=name,
        role_arn=settings.role_arn(values, name),
        duration_seconds=settings.whole_number(values, "duration_seconds", name),
        external_id=values.get("external_id", ""),
        role_session_name=settings.role_session_name(values, default_name, name),
        source_identity=values.get("source_identity", ""),
        session_tags=tags,
        transitive_session_tags=transitive,
        policy_arns=settings.policy_arns(values, name),
        policy=settings.policy(values, name),
    )


def session_name_of(serials: tuple[str, ...]) -> str:
    """Return the user's name from the ARN of a device, so that CloudTrail shows a person."""
    serial = next((it for it in serials if ":mfa/" in it), "")
    name = serial.rsplit("/", 1)[-1]
    return name[:64] if len(name) > 1 else APP
