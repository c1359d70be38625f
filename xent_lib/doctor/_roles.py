"""What each parameter of a loss function is given: its name says, or its place."""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._softmax import log_softmax, softmax
from ._steps import Array
from ._words import autograd_of

INPUTS: dict[str, Callable[[Array], Array]] = {
    "logits": lambda o: o,
    "probabilities": softmax,
    "log-probabilities": log_softmax,
}
Roles = tuple[tuple[str, str], ...]  # of each parameter its name and its role
# What the names of parameters say of them.
ROLES = (
    ("model", r"^(model|net|network|forward(_fn)?|(model_)?apply(_fn)?)$"),
    (
        "zero",  # what adds something, and where a run stands
        r"^(label_|ls_)?smoothing$|^reg(ulari[sz]ation)?(_strength)?$|^weight_decay$"
        r"|^(batch|data_?loader)_(idx|index)$|^(global_|train_)?step$|^epoch$",
    ),
    ("unit", r"^temp(erature)?$|^tau$"),
    ("reduction", r"^reduction$"),
    ("ignored", r"(^|_)(ignored?|pad|padding)(_token)?_(index|idx|id|label|class)$"),
    (
        "count",  # of what is scored, to divide by
        r"(^|_)n_?(items|tokens|targets|valid)(_|$)"
        r"|(^|_)(n|num|number_of|total)_([a-z]+_)*(items|tokens|targets|valid|weights?)"
        r"(_|$)|(token|target)s?_count|^count$|^norm|normali[sz]|denom|divisor"
        r"|(weight|mask)s?_sum",
    ),
    ("prompts", r"(prompt|prefix|source|src|query|instruction)_?len(gth)?s?$"),
    ("bounds", r"^cu_?(seq)?_?lens?|^cu_seq"),  # as flash attention has them
    # How many tokens each sequence has.
    ("lengths", r"(?<!max_)len(gth)?s?$"),
    ("types", r"(^|_)(token|segment)_types?(_ids?)?$"),
    ("positions", r"(^|_)pos(ition)?_ids?$|^(in|out)puts_positions?$|^targets_pos"),
    ("flat", r"(^|_)positions?$"),  # which places are scored, as of BERT
    ("documents", r"(^|_)(doc(ument)?|segment)s?(_(id|index|idx)s?)?$|^seq_idx$"),
    (
        "mask",
        r"mask(?!ed_(lm_)?(id|label|target))|valid|pad|weight|segment|^where$",
    ),
    ("logits", r"logit"),
    ("size", r"vocab|num_classes|n_classes|num_labels|^V$"),
    (
        "targets",
        r"target|tgt|label|y_true|true|gold|^t$|^ys?$|ids|tokens?$|answer|next|^idx",
    ),
    ("logits", r"scores?$|output|y_pred|pred|input|logp|log_p|lprob|prob|^[opxz]$"),
)
OF_LOGITS, OF_LOG_P, OF_P = r"logit", r"log_?p|lprob|log_?soft", r"prob|^ps?$"
TRUTH = [("logits", "targets"), ("targets", "logits")]
PLAIN = [tuple(("", role) for role in order) for order in TRUTH]
MASKS = ("mask", "guess")  # by its name, or as the third of three
LENGTHS = ("lengths", "shares", "pairs")


@dataclass(frozen=True)
class Extra:
    """What is given that is neither logits nor targets nor a mask."""

    words: str
    code: str  # which a caller may write
    of: Callable[[Array, Array], Any]  # what is scored, and in which document it is


def places(documents: Array) -> Array:
    """Where each token stands in its document, from 0."""
    at = np.broadcast_to(np.arange(documents.shape[-1]), documents.shape)
    begins = np.diff(documents, prepend=0) != 0
    return at - np.maximum.accumulate(np.where(begins, at, 0), axis=-1)


def unlike(shape: tuple[int, ...], zeros: int = 0) -> Array:
    """Weights of which each is half the one before; and so many are 0 at the end."""
    i = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    return np.where(i < i.size - zeros, np.float32(2) ** -i, np.float32(0))


EVERY = "(0 * t + 1).cumsum(-1) - 1"
EXTRAS = {
    "lengths": Extra("lengths", "lengths", lambda scored, _: scored.sum(-1)),
    "shares": Extra(  # as SpeechBrain has them
        "lengths as shares of the longest",
        "lengths",
        lambda scored, _: (scored.sum(-1) / scored.shape[-1]).astype(np.float32),
    ),
    "pairs": Extra(  # as mlx-lm has them
        "offsets and lengths",
        "lengths",
        lambda scored, _: np.stack([0 * scored.sum(-1), scored.sum(-1)], axis=-1),
    ),
    "count": Extra(
        "the number of scored tokens",
        "(t != -100).sum()",
        lambda scored, _: int(scored.sum()),
    ),
    "left": Extra(
        "the number of scored tokens that a shift leaves",
        "(t[..., 1:] != -100).sum()",
        lambda scored, _: int(scored[..., 1:].sum()),
    ),
    # 0 where nothing is scored; and of who says that by the target's number.
    "documents": Extra("one document", "0 * t + 1", lambda scored, of: of * scored),
    "document": Extra("one document", "0 * t + 1", lambda _, of: of),
    "positions": Extra("positions", "…", lambda _, of: places(of)),
    "flat": Extra("all places", EVERY, lambda _, of: np.arange(of.size)),
    "places": Extra(
        "all places of each sequence", EVERY, lambda _, of: places(np.ones(of.shape))
    ),
    "prompts": Extra(
        "prompts of length 0", "…", lambda _, of: np.zeros(of.shape[:-1], int)
    ),
    "bounds": Extra(
        "the bounds of one document each",
        "…",
        lambda _, of: np.append(np.flatnonzero(places(of) == 0), of.size),
    ),
    "inputs": Extra("None", "None", lambda scored, _: None),
    "ones": Extra("ones", "…", lambda _, of: np.ones(of.shape)),
    "weights": Extra("unlike weights", "…", lambda scored, _: unlike(scored.shape)),
    "zeroed": Extra("unlike weights", "…", lambda scored, _: unlike(scored.shape, 1)),
    "types": Extra("token types 0", "0 * t", lambda _, of: 0 * of),
}
# Given as they are, of whatever logits.
FIXED = {
    "zero": Extra("0", "0", lambda *_: 0),
    "smoothed": Extra("0.1", "0.1", lambda *_: 0.1),
    "unit": Extra("1", "1", lambda *_: 1),
    "reduction": Extra('"mean"', '"mean"', lambda *_: "mean"),
    "model": Extra(
        "a model that changes nothing", "lambda x: x", lambda *_: lambda x: x
    ),
}
EXTRAS |= FIXED
KERAS = ("x", "y", "y_pred")  # of compute_loss; x is what its model was given
# What else one may be that nobody knows, or whose name has two senses.
PACKED = ("documents", "document", "positions", "bounds")
COUNTS = ("count", "left")
UNSAID = ("guess", *COUNTS, "size")
OTHERWISE = {
    "guess": UNSAID[1:],
    "count": UNSAID[2:],
    "flat": ("places",),
    "lengths": ("pairs",),
}
SCORED = ("flat", "places")


def kinds_of(roles: Roles, named: Any = None) -> tuple[str, ...]:
    """What may be handed over as logits, by the name of its parameter; one that the
    caller names gets logits, unless it says that it is a p."""
    [name] = [name for name, role in roles if role == "logits"]
    name = name.lower().lstrip("*")
    if re.search(OF_LOGITS, name):
        return ("logits",)
    if re.search(OF_LOG_P, name):
        return ("log-probabilities", "logits", "probabilities")
    if re.search(OF_P, name):
        return ("probabilities", "logits", "log-probabilities")
    return ("logits",) if named else tuple(INPUTS)


def right_if(kind: str, roles: Roles) -> str:
    """What it takes may be meant, or a softmax that is missing; and what the caller
    writes where logits are given, unless a name says that it is a p."""
    if kind == "logits":
        return ""
    missing = kind.replace("probabilities", "softmax").replace("-", "_")
    [name] = [name.lstrip("*") for name, role in roles if role == "logits"]
    plain = name and kinds_of(roles, name) == ("logits",)
    told = f": if it is given those, say logits={name!r}" if plain else ""
    return f". Right if it is given {kind}; of logits a {missing} is missing{told}"


def roles_of(
    loss: Callable[..., Any], declared: dict[str, Any], most: int = 1
) -> Iterator[Roles]:
    """Which parameter takes what, each with its name and whether it is by name alone.

    The names say; where they do not, of both, the order does: logits, targets, mask. No
    more than `most` may be masks, or what nobody knows.
    """
    parameters = required(loss, declared)
    if parameters is None:
        yield from PLAIN
        return
    said = [role_of(name, declared) for name in parameters]
    if {*KERAS} <= {*parameters}:
        said[[*parameters].index("x")] = "inputs"
    for i in (others := beside(said, [*parameters])):
        said[i] = "guess"
    free = [i for i, role in enumerate(said) if role in ("", "logits", "targets")][:2]
    if {"logits", "targets"} <= {*said}:  # wherever they stand
        free = sorted((said.index("logits"), said.index("targets")))
    orders = TRUTH[::-1] if [said[i] for i in free][:1] == ["targets"] else TRUTH
    names = ["*" * alone + name for name, alone in parameters.items()]
    rest = ["guess" if role in ("", "logits") else role for role in said]
    for order in orders:
        given = dict(zip(free, order, strict=False))
        roles = [given.get(i, role) for i, role in enumerate(rest)]
        unlike = len(others) + sum(role in MASKS for role in roles)
        if len(free) == 2 and unlike <= most:
            yield tuple(zip(names, roles, strict=True))


def beside(said: list[str], names: list[str]) -> list[int]:
    """Logits beside others and ids, such as a teacher's: neither targets nor a mask."""
    logits = [i for i, role in enumerate(said) if role == "logits"]
    logits.sort(key=lambda i: not re.search(OF_LOGITS, names[i]))
    return logits[1:] if "targets" in said else []


def otherwise(roles: Roles) -> Iterator[Roles]:
    """The same, and with each that a parameter may be instead."""
    yield roles
    for i, (name, role) in enumerate(roles):
        of_classes = role == "mask" and re.search(r"weight$", name)  # whose None is 1
        for other in ("inputs",) if of_classes else OTHERWISE.get(role, ()):
            yield (*roles[:i], (name, other), *roles[i + 1 :])


def required(
    loss: Callable[..., Any], declared: dict[str, Any]
) -> dict[str, bool] | None:
    """The parameters that must be given, and whether by name alone."""
    named: set[Any] = {declared.get(role) for role, _ in ROLES} - {None, True}
    plain = parameters_of(loss)
    named = named or optional_pair(plain)
    wanted = {
        one.name: one.kind is one.KEYWORD_ONLY
        or bool(named and one.kind is one.POSITIONAL_OR_KEYWORD)
        for i, one in enumerate(plain)
        if one.default is one.empty
        or one.name in named
        or (i < 2 and not named)
        or (declared.get("mask") is True and role_of(one.name, declared) == "mask")
    }
    return wanted if len(wanted) > 1 else None


def required_by(loss: Callable[..., Any]) -> list[str]:
    """Those that have no default."""
    return [one.name for one in parameters_of(loss) if one.default is one.empty]


def optional(loss: Callable[..., Any], role: str) -> list[str]:
    """Those of this role that need not be given."""
    return [
        one.name
        for one in parameters_of(loss)
        if one.default is None and one.kind is not one.POSITIONAL_ONLY
        if role_of(one.name, {}) == role
    ]


def optional_pair(plain: list[inspect.Parameter]) -> set[str]:
    """What Keras calls targets and predictions, where neither needs to be given."""
    optional = {one.name for one in plain if one.default is not one.empty}
    bound = [one.name for one in plain[:1]] != ["self"]
    return {*KERAS[1:]} if bound and {*KERAS[1:]} <= optional else set()


def parameters_of(loss: Callable[..., Any]) -> list[inspect.Parameter]:
    """Those that have names, of a call, else of its forward; of what shows none, none.
    An autograd.Function passes on what stands behind its context, by place alone."""
    applied = autograd_of(loss)
    forward = getattr(applied or loss, "forward", loss)
    named = [] if applied or inspect.isclass(loss) else with_names(loss)
    named = named or with_names(forward)
    if not applied:
        return named
    first = "setup_context" not in vars(applied)
    return [one.replace(kind=one.POSITIONAL_ONLY) for one in named[first:]]


def with_names(body: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        parameters = [*inspect.signature(body).parameters.values()]
    except (TypeError, ValueError):
        return []
    starred = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [one for one in parameters if one.kind not in starred]


def role_of(name: str, declared: dict[str, Any]) -> str:
    for role, _ in ROLES:
        if declared.get(role) == name:
            return role
    found = (role for role, words in ROLES if re.search(words, name))
    return next(found, "")
