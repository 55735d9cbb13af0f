"""Makes a target out of its row and the secrets that `.env` holds for it at this moment."""

from __future__ import annotations

from pathlib import Path

from engine.delivery.target import Target
from engine.domain.delivery import ADDRESSES, SECRETS, TargetKind, check_address, variable
from engine.domain.errors import TargetRefused, UsageError
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor, Secret
from engine.settings.targets import target_secrets
from engine.store import deliveries


def secrets_of(line: Line, name: str, kind: TargetKind) -> dict[str, Secret]:
    """The secrets of a target by what they are. Read anew each time: a key that was replaced counts at once.

    Raises TargetRefused where one is missing that must be there.
    """
    known = target_secrets(line.home)
    found = {what: known[variable(name, what)] for what, _ in SECRETS[kind] if variable(name, what) in known}
    missing = [variable(name, what) for what, needed in SECRETS[kind] if needed and what not in found]
    if missing:
        raise TargetRefused(
            f"The target {name} lacks {' and '.join(missing)}.", fix="Put it into .env, then try again."
        )
    return found


def redactor_of(line: Line, name: str, kind: TargetKind) -> Redactor:
    """Knows the target's own secrets, which may be newer than the engine."""
    known = target_secrets(line.home)
    return Redactor([known[own] for what, _ in SECRETS[kind] if (own := variable(name, what)) in known])


def opened(line: Line, target: deliveries.Target) -> Target:
    """The target, ready to be spoken to; nothing is asked yet. Raises TargetRefused."""
    secrets, options = secrets_of(line, target.name, target.kind), target.options
    _check_addresses(target)
    if target.kind is TargetKind.FOLDER:
        from engine.delivery.folder import FolderTarget, require_apart

        require_apart(root := Path(options["path"]), (line.home.data, line.home.releases))
        return FolderTarget(root, line.now)
    if target.kind is TargetKind.SFTP:
        return _sftp(line, target, secrets)
    if target.kind is TargetKind.S3:
        from engine.delivery.s3 import S3Target

        places = {name: options[name] for name in ("endpoint", "region", "bucket", "prefix", "addressing")}
        return S3Target(**places, access_key=secrets["access_key"], secret_key=secrets["secret_key"], now=line.now)
    from engine.delivery.oauth import Account
    from engine.delivery.youtube import YouTubeTarget

    account = Account(options["token_url"], *(secrets[what] for what, _ in SECRETS[TargetKind.YOUTUBE]))
    return YouTubeTarget(options["base"], account, options["takedown"], line.now)


def _check_addresses(target: deliveries.Target) -> None:
    """Again: a target may be older than the rule."""
    for name in ADDRESSES:
        if address := target.options.get(name):
            try:
                check_address(name, address)
            except UsageError as error:
                raise TargetRefused(error.message, fix="Remove the target and add it anew.") from error


def _sftp(line: Line, target: deliveries.Target, secrets: dict[str, Secret]) -> Target:
    from engine.delivery.sftp import SftpTarget
    from engine.delivery.ssh import Login

    options = target.options
    if not options.get("host_key"):
        raise TargetRefused(f"No host key was accepted for {target.name}.", fix="Remove the target and add it anew.")
    key_file = Path(options["key_file"]).expanduser() if options["key_file"] else None
    if key_file is None and "password" not in secrets:
        raise TargetRefused(
            f"The target {target.name} has neither a key file nor {variable(target.name, 'password')}.",
            fix="Put the password into .env, then try again.",
        )
    login = Login(
        options["host"],
        int(options["port"]),
        options["user"],
        options["host_key"],
        key_file,
        secrets.get("password"),
        secrets.get("key_password"),
    )
    return SftpTarget(login, options["folder"], options["layout"], options["ern"], options["priority"], line.now)
