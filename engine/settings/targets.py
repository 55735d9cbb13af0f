"""The secrets of delivery targets: variables of `.env` or the environment whose names begin with `TARGET_`.

They are no settings: which there are follows from the targets that the operator added.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from engine.domain.delivery import SECRET_PREFIX
from engine.home import Home
from engine.safety.secrets import Secret
from engine.settings import envfile
from engine.settings.load import dummy


def target_secrets(home: Home, environ: Mapping[str, str] = os.environ) -> dict[str, Secret]:
    """Every such variable that is set and no example, the environment before the file; read anew at each call."""
    file = envfile.read(home.env_file)
    given = {**{name: entry.value for name, entry in file.entries.items()}, **environ}
    return {
        name: Secret(value.strip())
        for name, value in given.items()
        if name.startswith(SECRET_PREFIX) and value.strip() and not dummy(value)
    }
