"""How the keyring of this system is unlocked, and how a system without one gets one."""

import os
import sys

from aws_mfa_process.keys.install import install_command


def unlock() -> str:
    """Say how the keyring of this system is unlocked."""
    if sys.platform == "darwin":
        return "run security unlock-keychain (over ssh it is always locked) and try again"
    if sys.platform == "linux" and not _has_display():
        return f"unlock it, in bash: {_daemon('--replace --unlock')}; or log in to the desktop"
    return "unlock it in the desktop's password manager and try again"


def get_one() -> str:
    """Say how this system gets a keyring, and that it can be done without."""
    if sys.platform != "linux":
        way = "see what keyring --list-backends shows"
    elif _has_display():
        way = "start the desktop's keyring: gnome-keyring, KWallet or KeePassXC's Secret Service"
    else:
        places = {"WSL_DISTRO_NAME": "under WSL", "SSH_CONNECTION": "over ssh"}
        where = next((text for name, text in places.items() if os.environ.get(name)), "on a server")
        way = (
            f"{where}: run dbus-run-session -- bash, in it {_daemon('--unlock')}; or install"
            f" pass and add keyring-pass to this program ({install_command('keyring-pass')})"
        )
    return f"{way}; without one the key may stay in ~/.aws/credentials"


def name_another(way: str) -> str:
    """Say how the system's own keyring, or the one that was meant, is found."""
    return (
        f"{way}, and the system's own is found; the package of another one is added to this program"
        f" by {install_command('PACKAGE')}"
    )


def _daemon(options: str) -> str:
    """Say how the daemon gets its password: it reads up to the end of file, silently."""
    return (
        "read -rs PASSWORD (type the keyring's password), then"
        f' printf %s "$PASSWORD" | gnome-keyring-daemon {options} --components=secrets'
    )


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
