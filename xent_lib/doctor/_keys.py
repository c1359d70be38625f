"""What a function takes from dicts, tuples or objects: it is called with some that note
what is asked."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ._probes import PROBES
from ._roles import FIXED, parameters_of, required_by, role_of
from ._stand_in import BLANK, CODES, LETTERS, Keyed, StandIn
from ._steps import Array
from ._ways import Framework

# How something is put in front of each sequence.
FRONT = {
    "NumPy": "np.pad({}, ((0, 0), (1, 0)))",
    "PyTorch": "torch.nn.functional.pad({}, (1, 0))",
    "JAX": "jnp.pad({}, ((0, 0), (1, 0)))",
}
MOST = 9  # keys that are found one by one


def by_keys(loss: Callable[..., Any], framework: Framework) -> str:
    """The arguments of a call with dicts, or by keywords of no signature; "" if it
    takes neither."""
    o, targets = PROBES["batch"]
    found = ""
    for lead in ((), (None,)):  # rows, and one sequence of them
        found = max(found, asked(loss, framework, o[lead], targets[lead]), key=len)
    return found


def asked(
    loss: Callable[..., Any], framework: Framework, o: Array, targets: Array
) -> str:
    """The arguments with what is asked for where it has these."""
    given = {
        "logits": framework.make(o.astype(framework.dtype)),
        "targets": framework.make(targets),
        "ones": framework.make(0 * targets + 1),
        "size": o.shape[-1],
    }
    found = max(of_dicts(loss, given), by_keywords(loss, given), key=len)
    both = all(re.search(rf"(^|[:=,(] ?){one}\b", found) for one in LETTERS.values())
    return found if both else ""


def in_a_batch(loss: Callable[..., Any], framework: Framework) -> Iterator[str]:
    """The same of who finds ids in a batch, one more than logits, each in a row of its
    own, as OpenNMT has them; sequences first, or places."""
    o, targets = (x[None] for x in PROBES["batch"])
    ids = np.pad(targets, ((0, 0), (1, 0)))[..., None]
    t = f"{FRONT.get(framework.name, BLANK).format('t')}[..., None]"
    yield given_in(asked(loss, framework, o, ids), t=t)
    found = asked(loss, framework, o.swapaxes(0, 1), ids.swapaxes(0, 1))
    yield given_in(found, o=turned("o", framework), t=turned(t, framework))


def turned(code: str, framework: Framework) -> str:
    """The code of an array whose places come first."""
    torch = framework.name == "PyTorch"
    return f"{code}.transpose(0, 1).contiguous()" if torch else f"{code}.swapaxes(0, 1)"


def given_in(call: str, **given: str) -> str:
    """The same with these in place of o and t."""
    return re.sub(r"\b(?:o|t)\b(?![=.])", lambda x: given.get(x[0], x[0]), call)


def named_in(call: str) -> list[str]:
    """The names by which it is given what is neither logits nor targets."""
    call = call.replace(FIXED["model"].code, "")
    found = [name for name, _ in re.findall(r"\b(\w+)\"?(: |=)\1\b", call)]
    found += re.findall(r"[,:] (mask)[)},]", call)
    return [name for name in dict.fromkeys(found) if name not in LETTERS.values()]


def lambda_of(call: str, then: str = "") -> str:
    """A function of logits, targets and what else it is given by its own name; a count
    need not be given."""
    others = [name for name in ("mask", "lengths") if f"={name}" in call]
    named = dict.fromkeys([*named_in(call), *others])
    counts = [x for x in named if f"={x}" in call and role_of(x, {}) == "count"]
    more = [*(x for x in named if x not in counts), *map("{}=None".format, counts)]
    return f"lambda {', '.join(['o', 't', *more])}: {call}{then}"


def of_dicts(loss: Callable[..., Any], given: dict[str, Any]) -> str:
    """One in place of each argument, with the keys that are asked for, or as a model;
    what asks for none is what its name says."""
    alone = by_name_alone(loss)
    roles = {name: role_of(name, {}) for name in required_by(loss)}
    held = {name: in_place_of(role, given) for name, role in roles.items()}
    done = False
    while not done:  # each time it learns of one more
        try:
            handed(loss, held, alone)
            done = True
        except Exception as error:
            if not learnt(str(error), held, roles, given):
                break
    got = [x for one in held.values() if isinstance(one, StandIn) for x in one.got]
    asked = {x: one for x, one in held.items() if isinstance(one, Keyed) and one.asked}
    said: list[str] = []
    by_name = False  # and so what stands behind
    for name, one in held.items():
        value = CODES.get(roles[name], "None" if done else BLANK)
        if name in asked:
            one.fed(got)
        if name in asked or isinstance(one, StandIn):
            value = str(one)
        by_name |= roles[name] in FIXED or value in (BLANK, "None") or name in alone
        said.append(f"{name}={value}" if by_name else value)
    return ", ".join(said) if asked or got else ""


def in_place_of(role: str, given: dict[str, Any]) -> Any:
    """What an argument of this role is given at first."""
    if role == "model":
        return StandIn(given)
    if role in FIXED:
        return FIXED[role].of(given["ones"], given["ones"])
    return given["size"] if role == "size" else Keyed(given, role)


def handed(loss: Callable[..., Any], held: dict[str, Any], alone: set[str]) -> Any:
    named = {name: x for name, x in held.items() if name in alone}
    return loss(*(x for name, x in held.items() if name not in alone), **named)


def by_name_alone(loss: Callable[..., Any]) -> set[str]:
    return {one.name for one in parameters_of(loss) if one.kind is one.KEYWORD_ONLY}


def learnt(
    error: str, held: dict[str, Any], roles: dict[str, str], given: dict[str, Any]
) -> bool:
    """Whether the error says how many one has, or which are arrays: those that were
    asked for what arrays have, else all that were asked for nothing."""
    dicts = {name: one for name, one in held.items() if isinstance(one, Keyed)}
    several = re.search(r"expected (\d)", error)
    for one in dicts.values():
        if several and one.unpacked and not one.n:
            one.n = int(several[1])
            return True
    called = {x for x, one in held.items() if isinstance(one, StandIn) and one.methods}
    dicts = {name: one for name, one in dicts.items() if roles[name] in LETTERS}
    dicts |= {name: held[name].output for name in called if not held[name].plain}
    idle = {name for name, one in dicts.items() if not one.useful}
    idle = {name for name in idle if dicts[name].touched} or idle
    for name in idle:
        if name in called:
            held[name].plain = True
        else:
            held[name] = given[roles[name]]
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
