"""What a function takes from dicts, tuples or objects: it is called with some that note
what is asked."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from ._probes import PROBES
from ._roles import FIXED, parameters_of, required_by, role_of
from ._ways import Framework

LETTERS = {"logits": "o", "targets": "t"}
BLANK = "…"  # what stands in a call for what nobody knows
# What is at which place of a tuple that is named as logits or ids; and of a batch.
PLACES = {"logits": ("logits",), "targets": ("targets", "mask")}
IN_BATCH = ("logits", "targets", "mask")
MOST = 9  # keys that are found one by one


class Keyed(dict[Any, Any]):
    """Gives logits and ids by their names or places, and ones by others, and notes
    which are asked for: keys, attributes, or places of a tuple."""

    def __init__(self, given: dict[str, Any], role: str):
        super().__init__()
        self.given = given
        self.places = dict(enumerate(PLACES.get(role, IN_BATCH)))
        self.asked: dict[Any, str] = {}
        self.touched = self.unpacked = self.named = False
        self.n = 0  # how many it has where it is unpacked

    def __missing__(self, key: Any) -> Any:
        role = self.places.get(key) if isinstance(key, int) else role_of(str(key), {})
        if role is None or not isinstance(key, int | str):
            raise KeyError(key)
        name = "mask" if isinstance(key, int) else key
        other = name if role and name.isidentifier() else BLANK
        self.asked[key] = LETTERS.get(role, other)
        return self.given.get(role, self.given["ones"])

    def __getattr__(self, name: str) -> Any:
        self.touched = True
        if role_of(name, {}) not in LETTERS:
            raise AttributeError(name)
        self.named = True
        return self[name]

    def __iter__(self) -> Iterator[Any]:
        self.unpacked = True
        return (self[i] for i in range(self.n))

    def get(self, key: Any, default: Any = None) -> Any:
        return self[key] if role_of(str(key), {}) in LETTERS else default

    pop = get

    def __str__(self) -> str:
        if self.named:
            return f"SimpleNamespace({self.pairs('{}={}')})"
        if {*map(type, self.asked)} != {int}:
            return f"{{{self.pairs('{!r}: {}')}}}".replace("'", '"')
        places = range(max(self.asked) + 1)
        values = ", ".join(self.asked.get(i, BLANK) for i in places)
        return f"({values},)" if len(places) == 1 else f"({values})"

    def pairs(self, form: str) -> str:
        return ", ".join(form.format(*one) for one in self.asked.items())


def by_keys(loss: Callable[..., Any], framework: Framework) -> str:
    """The arguments of a call with dicts, or by keywords of no signature; "" if it
    takes neither."""
    o, targets = PROBES["batch"]
    found = ""
    for lead in ((), (None,)):  # rows, and one sequence of them
        given = {
            "logits": framework.make(o.astype(framework.dtype)[lead]),
            "targets": framework.make(targets[lead]),
            "ones": framework.make((0 * targets + 1)[lead]),
        }
        found = max(found, of_dicts(loss, given), by_keywords(loss, given), key=len)
    both = all(re.search(rf"(^|[:=,(] ?){one}\b", found) for one in LETTERS.values())
    return found if both else ""


def named_in(call: str) -> list[str]:
    """The names by which it is given what is neither logits nor targets."""
    call = call.replace(FIXED["model"].code, "")
    found = [name for name, _ in re.findall(r"\b(\w+)\"?(: |=)\1\b", call)]
    found += re.findall(r", (mask)\)", call)
    return [name for name in dict.fromkeys(found) if name not in LETTERS.values()]


def of_dicts(loss: Callable[..., Any], given: dict[str, Any]) -> str:
    """One in place of each argument, with the keys that are asked for; what asks for
    none is what its name says."""
    wanted = required_by(loss)
    roles = {name: role_of(name, {}) for name in wanted}
    dicts = {
        name: Keyed(given, role) for name, role in roles.items() if role not in FIXED
    }
    fixed = {name: FIXED[role] for name, role in roles.items() if role in FIXED}
    both, arrays = [given["ones"]] * 2, set[str]()
    as_they_are = {name: one.of(*both) for name, one in fixed.items()}
    while True:  # each time it learns of one more
        held = as_they_are | dicts
        held |= {name: given[roles[name]] for name in arrays}
        try:
            loss(*(held[name] for name in wanted))
        except Exception as error:
            if learnt(str(error), dicts, roles, arrays):
                continue
        break
    said: list[str] = []
    codes = LETTERS | {role: one.code for role, one in FIXED.items()}
    for name in wanted:
        value = codes.get(roles[name], BLANK)
        if name in dicts and dicts[name].asked:
            value = str(dicts[name])
        plain = name not in fixed and value != BLANK
        named = not plain or "=" in re.sub(r"\(.*\)", "", "".join(said))
        said.append(f"{name}={value}" if named else value)
    return ", ".join(said) if any(one.asked for one in dicts.values()) else ""


def learnt(
    error: str, dicts: dict[str, Keyed], roles: dict[str, str], arrays: set[str]
) -> bool:
    """Whether the error says how many one has, or which are arrays: those that were
    asked for what arrays have, else all that were asked for nothing."""
    several = re.search(r"expected (\d)", error)
    for one in dicts.values():
        if several and one.unpacked and not one.n:
            one.n = int(several[1])
            return True
    idle = {
        name
        for name, one in dicts.items()
        if not one.asked and roles[name] in LETTERS and name not in arrays
    }
    touched = {name for name in idle if dicts[name].touched}
    arrays |= touched or idle
    return bool(idle)


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
