"""Settings that stand behind the flags: ``SEQLM_*``, then ``seqlm.toml`` or ``[tool.seqlm]``.

    device = "cpu"              # for every command that has --device

    [train-lm]
    budget = "10m"              # for train-lm alone

Files are looked for in the working folder and upward; the nearest wins, whole.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from seqlm.errors import UsageError


def settings(group: Any) -> dict[str, dict[str, Any]]:
    """Defaults for each command of ``group``, by option name.

    Raises:
        UsageError: a settings file is not TOML, or names an option that no command has.
    """
    file, values = _file_settings()
    options = {
        name: {parameter.name for parameter in command.params}
        for name, command in group.commands.items()
    }
    known = set().union(*options.values())
    found: dict[str, dict[str, Any]] = {name: {} for name in options}
    for key, value in values.items():
        own = {key: value} if isinstance(value, dict) else {name: {key: value} for name in options}
        for command, table in own.items():
            for option, setting in table.items():
                _place(found, options, known, command, option.replace("-", "_"), setting, file)
    for variable, setting in os.environ.items():
        if variable.startswith("SEQLM_"):
            option = variable.removeprefix("SEQLM_").lower()
            for command in options:
                if option in options[command]:
                    found[command][option] = setting
    return found


def was_given(call: Any, option: str) -> bool:
    """Whether an option of this call has a value from a flag, a variable or a settings file."""
    return bool(call.get_parameter_source(option).name != "DEFAULT")


def _place(
    found: dict[str, dict[str, Any]],
    options: dict[str, set[str]],
    known: set[str],
    command: str,
    option: str,
    setting: Any,
    file: Path | None,
) -> None:
    if command not in options or option not in known:
        raise UsageError(
            f"{file}: there is no setting {command}.{option}", f"seqlm {command} --help"
        )
    if option in options[command]:
        found[command][option] = setting


def _file_settings() -> tuple[Path | None, dict[str, Any]]:
    here = Path.cwd()
    for folder in (here, *here.parents):
        own = folder / "seqlm.toml"
        if own.is_file():
            return own, _read(own)
        project = folder / "pyproject.toml"
        if project.is_file() and b"[tool.seqlm" in project.read_bytes():
            return project, _read(project).get("tool", {}).get("seqlm", {})
    return None, {}


def _read(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}", f"mend or remove {path}") from error
