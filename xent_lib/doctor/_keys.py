"""What a function takes from dicts: it is called with some that note what is asked."""

import contextlib
import re
from collections.abc import Callable
from typing import Any

from ._probes import PROBES
from ._roles import parameters_of, role_of
from ._ways import Framework

LETTERS = {"logits": "o", "targets": "t"}
MOST = 9  # keys that are found one by one


class Keyed(dict[Any, Any]):
    """Gives logits and ids by their names, and notes by which."""

    def __init__(self, given: dict[str, Any]):
        super().__init__()
        self.given = given
        self.asked: dict[Any, str] = {}

    def __missing__(self, key: Any) -> Any:
        role = role_of(str(key), {})
        if role not in LETTERS:
            raise KeyError(key)
        self.asked[key] = LETTERS[role]
        return self.given[role]

    def get(self, key: Any, default: Any = None) -> Any:
        return self[key] if role_of(str(key), {}) in LETTERS else default

    pop = get

    def __str__(self) -> str:
        pairs = (f'"{key}": {letter}' for key, letter in self.asked.items())
        return f"{{{', '.join(pairs)}}}"


def by_keys(loss: Callable[..., Any], framework: Framework) -> str:
    """The arguments of a call with dicts, or by keywords of no signature; "" if it
    takes neither."""
    o, targets = PROBES["batch"]
    found = ""
    for lead in ((), (None,)):  # rows, and one sequence of them
        given = {
            "logits": framework.make(o.astype(framework.dtype)[lead]),
            "targets": framework.make(targets[lead]),
        }
        found = max(found, of_dicts(loss, given), by_keywords(loss, given), key=len)
    both = all(re.search(rf"(^|[:=,] ?){one}\b", found) for one in LETTERS.values())
    return found if both else ""


def of_dicts(loss: Callable[..., Any], given: dict[str, Any]) -> str:
    """One in place of each argument, with the keys that are asked for."""
    wanted = [one.name for one in parameters_of(loss) if one.default is one.empty]
    dicts = {name: Keyed(given) for name in wanted}
    with contextlib.suppress(Exception):
        loss(*dicts.values())
    said: list[str] = []
    for name, one in dicts.items():
        value = str(one) if one.asked else LETTERS.get(role_of(name, {}), "…")
        named = value == "…" or "=" in "".join(said)
        said.append(f"{name}={value}" if named else value)
    return ", ".join(said) if any(one.asked for one in dicts.values()) else ""


def by_keywords(loss: Callable[..., Any], given: dict[str, Any]) -> str:
    """Those that it misses, one by one."""
    asked: dict[str, str] = {}
    for _ in range(0 if parameters_of(loss) else MOST):
        try:
            loss(**{key: given[role] for key, role in asked.items()})
        except KeyError as error:
            key = str(error.args[0])
            role = role_of(key, {})
            if role in LETTERS and key not in asked:
                asked[key] = role
                continue
        except Exception:  # it has its keys
            pass
        break
    return ", ".join(f"{key}={LETTERS[role]}" for key, role in asked.items())
