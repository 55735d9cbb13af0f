"""Settings from the environment and `.env`, typed and checked before anything starts.

Imported before the console's first paint: the standard library and nothing heavy.
"""

from engine.safety.secrets import Secret
from engine.settings.fields import SPECS, Settings, Spec
from engine.settings.kinds import Ladders, Span, written
from engine.settings.load import Loaded, load

__all__ = ["SPECS", "Ladders", "Loaded", "Secret", "Settings", "Span", "Spec", "load", "written"]
