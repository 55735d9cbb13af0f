"""Puts the environment over `.env` over the defaults, and says everything that is wrong in one go."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.domain.errors import SettingsError
from engine.domain.plurals import many
from engine.home import Home
from engine.safety.secrets import Redactor, Secret, secret_name
from engine.safety.text import plain
from engine.settings import envfile
from engine.settings.fields import SPECS, Settings, Spec

_SHOWN = 60
_DEFAULT_TEST = (SPECS["AB_TESTING_PARAMETER"].default, SPECS["AB_TESTING_VARIANTS"].default)

# What people leave in when they copy an example: no key looks like these as a whole.
_DUMMY = (
    r"(?:sk|pk|key|api|token|gsk|hf|xai)?[-_]*(?:"
    r"(?:your|my|insert|enter|add|put|paste|replace)[-_ ].*"
    r"|.*[-_ ]here"
    r"|change[-_ ]?(?:me|this|it)"
    r"|(?:dummy|example|placeholder|sample|fake|test|todo|tbd|fixme|none|null|nil|unset|undefined|secret)"
    r"(?:[-_ ]?(?:api)?[-_ ]?(?:key|token|value|secret))?"
    r"|x+|\*+|\.+|…|0+|-+|_+"
    r"|(?:x+|\*+)[-_ ](?:x+|\*+).*"
    r")|<.*>|\[.*\]|\{.*\}|\$\{?\w+\}?|.*\.\.\."
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, one line for each thing that the operator should know, and all secret values for the redactor."""

    settings: Settings
    notes: tuple[str, ...]
    secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class _Given:
    text: str
    place: str


def load(home: Home, environ: Mapping[str, str] = os.environ, *, tighten: bool = True) -> Loaded:
    """Reads the settings of `home`. Raises SettingsError with one line per problem; then nothing was accepted.

    A variable in the environment wins over `.env`, an empty one too: it switches the one in `.env` off.
    Without `tighten` nothing is changed: a `.env` that others can read is only noted.
    """
    file = envfile.read(home.env_file, tighten=tighten)
    notes, problems = list(file.notes), list(file.problems)
    values: dict[str, Any] = {}
    for spec in SPECS.values():
        given = _given(spec, file, environ)
        if given is None:
            continue
        if spec.kind.secret and dummy(given.text):
            notes.append(f"{spec.variable} ({given.place}) holds an example value and counts as not set.")
            continue
        try:
            values[spec.attribute] = _value(spec, given.text)
        except ValueError:
            problems.append(_problem(spec, given))
    notes += _misspelt(file)
    settings = Settings(**values)
    problems += _contradictions(settings)
    if problems:
        raise SettingsError(problems, notes)
    return Loaded(settings, tuple(notes), tuple(_secrets(settings, file, environ)))


def dummy(text: str) -> bool:
    """Whether a key is an example left standing, such as `your_key_here`, `changeme`, `xxx`, `sk-...` or `<key>`."""
    return re.fullmatch(_DUMMY, text.strip(), re.IGNORECASE) is not None  # compiled, and kept by re, at first use


def _given(spec: Spec, file: envfile.EnvFile, environ: Mapping[str, str]) -> _Given | None:
    if spec.variable in environ:
        found = _Given(environ[spec.variable].strip(), "environment")
    elif spec.variable in file.entries:
        entry = file.entries[spec.variable]
        found = _Given(entry.value.strip(), f".env line {entry.line}")
    else:
        return None
    return found if found.text else None


def _value(spec: Spec, text: str) -> object:
    if any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000 for char in text):
        raise ValueError
    return spec.kind.read(text)


def _problem(spec: Spec, given: _Given) -> str:
    if spec.kind.secret:
        shown = f"{many(len(given.text), 'character')} (not shown)"
    else:
        shown = repr(plain(Redactor().text(given.text), limit=_SHOWN))
    return f"{spec.variable} ({given.place}): given {shown}, expected {spec.kind.expected}."


def _contradictions(settings: Settings) -> Iterator[str]:
    """What is wrong between settings that are right one by one."""
    if (settings.ab_testing_parameter, settings.ab_testing_variants) != _DEFAULT_TEST:
        yield from _experiment(settings.ab_testing_parameter, settings.ab_testing_variants)
    if settings.ddex_live:
        for variable, dpid in (
            ("DDEX_SENDER_DPID", settings.ddex_sender_dpid),
            ("DDEX_RECIPIENT_DPID", settings.ddex_recipient_dpid),
        ):
            if dpid is None:
                yield f"{variable}: empty, but DDEX_LIVE is true; expected a DDEX party identifier."
    if (settings.signing_cert_path is None) != (settings.signing_key_path is None):
        missing = "SIGNING_KEY_PATH" if settings.signing_cert_path else "SIGNING_CERT_PATH"
        yield f"{missing}: empty, but a certificate of your own needs both; expected the path of a file."
    poor, good = settings.evolution_poor_perf_approval_rate, settings.evolution_good_perf_approval_rate
    if poor > good:
        yield (
            f"EVOLUTION_POOR_PERF_APPROVAL_RATE: given {poor:g}, expected at most "
            f"EVOLUTION_GOOD_PERF_APPROVAL_RATE ({good:g})."
        )


def _experiment(parameter: str, variants: tuple[str, ...]) -> Iterator[str]:
    from engine.domain.song import KNOBS

    known = KNOBS.get(parameter)
    if known is None:
        yield f"AB_TESTING_PARAMETER: given {parameter!r}, expected one of {', '.join(KNOBS)}."
    elif unknown := [variant for variant in variants if variant not in known]:
        yield f"AB_TESTING_VARIANTS: given {', '.join(unknown)!r}, expected values of {parameter}: {', '.join(known)}."


def _misspelt(file: envfile.EnvFile) -> Iterator[str]:
    """One line for each unknown name in `.env` that is nearly one of ours. Other programs' names pass in silence."""
    unknown = [name for name in file.entries if name not in SPECS]
    if not unknown:
        return
    from difflib import get_close_matches

    for name in unknown:
        near = get_close_matches(name.upper(), SPECS, n=1, cutoff=0.87)
        if near:
            line = file.entries[name].line
            yield f".env line {line}: {plain(name, limit=_SHOWN)} is not a setting; did you mean {near[0]}?"


def _secrets(settings: Settings, file: envfile.EnvFile, environ: Mapping[str, str]) -> Iterator[Secret]:
    """Every value that must never be printed: our keys, and what other programs' variables hold by their name."""
    yield from settings.keys().values()
    others = {**{name: entry.value for name, entry in file.entries.items()}, **environ}
    for name, value in others.items():
        if name not in SPECS and secret_name(name) and len(value) >= 8 and not dummy(value):
            yield Secret(value)
