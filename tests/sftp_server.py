"""An SFTP server on this machine that fails as a test wants: cuts, a full disk, damage."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

PASSWORD = "pass-of-the-label"


@dataclass
class Faults:
    """What goes wrong. `cut_after` bytes written the line is cut, once; 0 never."""

    cut_after: int = 0
    full: bool = False
    damage: bool = False
    written: int = 0
    logins: int = 0
    renamed: list[str] = field(default_factory=list)
    done: int = 0
    """Operations that changed something."""
    at: tuple[int, Callable[[], None]] = (0, lambda: None)
    """Called when that many are done; 0 for never."""
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)

    def count(self) -> None:
        """One more operation is done."""
        self.done += 1
        if self.done == self.at[0]:
            self.at[1]()

    def cut(self) -> None:
        """Ends every line without a word."""
        for connection in self.connections:
            connection.abort()


@dataclass
class Sftp:
    """Where it listens, its key, and the folder that it gives out."""

    port: int
    host_key: str
    fingerprint: str
    root: Path
    faults: Faults


@asynccontextmanager
async def sftp_server(root: Path) -> AsyncIterator[Sftp]:
    """A server with one user, `label`."""
    root.mkdir(parents=True, exist_ok=True)
    faults = Faults()
    key = asyncssh.generate_private_key("ssh-ed25519")

    class Door(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            faults.connections.append(conn)

        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            faults.logins += 1
            return (username, password) == ("label", PASSWORD)

    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: asyncssh.SSHServerChannel[Any]) -> None:
            super().__init__(channel, chroot=str(root).encode())

        def write(self, file_obj: object, offset: int, data: bytes) -> Any:
            faults.written += len(data)
            if faults.cut_after and faults.written > faults.cut_after:
                faults.cut_after = 0
                faults.cut()
            if faults.full:
                raise OSError(errno.ENOSPC, "full")
            if faults.damage:
                faults.damage, data = False, b"\x00" + data[1:]
            faults.count()
            return super().write(file_obj, offset, data)

        def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
            faults.count()
            return super().mkdir(path, attrs)

        def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
            faults.renamed.append(newpath.decode())
            super().posix_rename(oldpath, newpath)
            faults.count()

    server = await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[key], server_factory=Door, sftp_factory=Files, config=None
    )
    try:
        public = " ".join(key.export_public_key("openssh").decode().split()[:2])
        yield Sftp(server.get_port(), public, key.get_fingerprint("sha256"), root, faults)
    finally:
        faults.cut()
        server.close()
        await server.wait_closed()
