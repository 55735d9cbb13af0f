"""Whether a folder lies on a network's file system, where locks and notices of changes cannot be relied on."""

from __future__ import annotations

from pathlib import Path

_NETWORK = ("nfs", "cifs", "smb", "9p", "drvfs", "fuse.sshfs", "vboxsf", "ceph", "gluster")


def network_kind(folder: Path) -> str:
    """The file system's type where it is one of a network, by Linux's list of mounts; else nothing."""
    try:
        mounts = [line.split(" ")[1:3] for line in Path("/proc/self/mounts").read_text().splitlines()]
    except (OSError, ValueError):
        return ""
    place = folder.resolve()
    on = [(point, kind) for point, kind in mounts if place.is_relative_to(point.replace("\\040", " "))]
    kind = max(on, key=lambda mount: len(mount[0]), default=("", ""))[1]
    return kind if kind.startswith(_NETWORK) else ""
