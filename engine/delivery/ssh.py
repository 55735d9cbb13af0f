"""A line to a server that proved to be the one that was accepted, and what its refusals mean."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain.errors import DeliveryError, TargetAway, TargetFull, TargetRefused
from engine.safety.secrets import Secret

if TYPE_CHECKING:
    import asyncssh

CONNECT_S = 20.0
_KEEPALIVE_S = 15.0


@dataclass(frozen=True, slots=True)
class Login:
    """Where to go and who goes there. `host_key` is the server's public key as accepted (`ssh-ed25519 AAAA…`): there is
    no connection without one. A key file counts before a password."""

    host: str
    port: int
    user: str
    host_key: str
    key_file: Path | None = None
    password: Secret | None = None
    key_password: Secret | None = None

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class HostKey:
    """A server's public key and its fingerprint, for a person to compare."""

    key: str
    fingerprint: str


async def host_key_of(host: str, port: int) -> HostKey:
    """The key that a server shows. Nothing is sent to it, and nothing is believed. Raises TargetAway."""
    import asyncio

    import asyncssh

    with explained(f"{host}:{port}"):
        key = await asyncio.wait_for(asyncssh.get_server_host_key(host, port, config=None), CONNECT_S)
    if key is None:
        raise TargetRefused(f"{host}:{port} shows no host key.", fix="Use a server that has one.")
    return HostKey(" ".join(key.export_public_key("openssh").decode().split()[:2]), key.get_fingerprint("sha256"))


def fingerprint_of(host_key: str) -> str:
    """The fingerprint of a key as it is kept. Raises TargetRefused where it is none."""
    import asyncssh

    try:
        return asyncssh.import_public_key(host_key).get_fingerprint("sha256")
    except (asyncssh.KeyImportError, ValueError) as error:
        raise TargetRefused(
            "The host key that was accepted cannot be read.", fix="Remove the target and add it anew."
        ) from error


@asynccontextmanager
async def files_at(login: Login) -> AsyncIterator[asyncssh.SFTPClient]:
    """The server's files, over a line of our own that ends with the block. Raises DeliveryError."""
    import asyncssh

    fingerprint_of(login.host_key)  # an empty or broken key would be no key to compare with
    with explained(str(login)):
        connection = await asyncssh.connect(
            login.host,
            login.port,
            username=login.user,
            known_hosts=asyncssh.import_known_hosts(f"* {login.host_key}\n"),
            client_keys=[_own_key(login)] if login.key_file is not None else None,
            password=login.password.reveal() if login.password and login.key_file is None else None,
            config=None,
            agent_path=None,
            connect_timeout=CONNECT_S,
            login_timeout=CONNECT_S,
            keepalive_interval=_KEEPALIVE_S,
            keepalive_count_max=3,
        )
        try:
            async with connection.start_sftp_client() as client:
                yield client
        finally:
            connection.abort()
            await connection.wait_closed()


def _own_key(login: Login) -> asyncssh.SSHKey:
    import asyncssh

    assert login.key_file is not None
    try:
        if login.key_file.stat().st_mode & 0o077:
            raise TargetRefused(
                f"The key file {login.key_file} can be read by others.", fix=f"chmod 600 {login.key_file}"
            )
        secret = login.key_password.reveal() if login.key_password else None
        return asyncssh.read_private_key(str(login.key_file), secret)
    except OSError as error:
        raise TargetRefused(
            f"The key file {login.key_file} cannot be read: {error.strerror}.", fix="Give the target another one."
        ) from error
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError) as error:
        raise TargetRefused(
            f"The key file {login.key_file} is no private key, or its password is wrong.",
            fix="Set its key_password in .env, or make another key.",
        ) from error


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turns what asyncssh raises into what it means for a delivery."""
    import asyncssh

    try:
        yield
    except DeliveryError:
        raise
    except asyncssh.HostKeyNotVerifiable as error:
        raise TargetRefused(
            f"{where} shows another host key than the one that was accepted: nothing was sent.",
            fix="Ask who runs it. Where the change is right, remove the target and add it anew.",
        ) from error
    except asyncssh.PermissionDenied as error:
        raise TargetRefused(f"{where} refuses the login.", fix="Check the user, and the key or password.") from error
    except (asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded) as error:
        raise full(where) from error
    except (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect, asyncssh.SFTPOpUnsupported) as error:
        raise TargetRefused(
            f"{where} does not let us write there: {error.reason}.", fix="Ask for the right to, or for another folder."
        ) from error
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPNotADirectory) as error:
        raise TargetRefused(
            f"{where} has no such folder: {error.reason}.", fix="Give the target another one."
        ) from error
    except (asyncssh.KeyExchangeFailed, asyncssh.ProtocolNotSupported) as error:
        raise TargetRefused(f"{where} and we have no way to talk in common: {error.reason}.") from error
    except (asyncssh.Error, OSError, TimeoutError, EOFError) as error:
        said = getattr(error, "reason", "") or str(error) or type(error).__name__
        raise TargetAway(f"The line to {where} failed: {said}.", fix="It is tried again.") from error


def full(where: str) -> TargetFull:
    """No space there."""
    return TargetFull(f"No space is left at {where}.", fix="Have somebody make some there.")
