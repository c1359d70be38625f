"""What each parameter of a loss function is given: its name says so, or its place.

The names are those that people use; a parameter whose name says nothing is taken by its
place: logits, targets, mask.
"""

import functools
import inspect
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from xent_lib import log_softmax, softmax

from .outputs import LIBRARIES
from .reference import Array

if TYPE_CHECKING:
    from .subject import Subject

# What may be handed over where a function wants logits.
FORMS: dict[str, Callable[[Array], Array]] = {
    "logits": lambda o: o,
    "probabilities": softmax,
    "log-probabilities": log_softmax,
}
EVEN = "class weights of 1"
Roles = tuple[tuple[str, str], ...]  # of each parameter its name and its role
# The role that a name gives a parameter, the first that matches.
ROLES = (
    ("model", r"^(model|net|network|forward(_fn)?|(model_)?apply(_fn)?)$"),
    (
        "zero",  # what adds something to the loss, and where a run stands
        r"^(label_|ls_)?smoothing$|^reg(ulari[sz]ation)?(_strength)?$|^weight_decay$"
        r"|^(batch|data_?loader)_(idx|index)$|^(global_|train_)?step$|^epoch$",
    ),
    ("unit", r"^temp(erature)?$|^tau$"),
    ("reduction", r"^reduction$"),
    ("ignored", r"(^|_)(ignored?|pad|padding)(_token)?_(index|idx|id|label|class)$"),
    (
        "count",  # of the scored tokens, to divide by
        r"(^|_)n_?(items|tokens|targets|valid)(_|$)"
        r"|(^|_)(n|num|number_of|total)_([a-z]+_)*(items|tokens|targets|valid|weights?)"
        r"(_|$)|(token|target)s?_count|^count$|^norm|normali[sz]|denom|divisor"
        r"|(weight|mask)s?_sum",
    ),
    ("prompts", r"(prompt|prefix|source|src|query|instruction)_?len(gth)?s?$"),
    ("bounds", r"^cu_?(seq)?_?lens?|^cu_seq"),  # as flash attention has them
    ("lengths", r"(?<!max_)len(gth)?s?$"),  # tokens of each sequence
    ("types", r"(^|_)(token|segment)_types?(_ids?)?$"),
    ("positions", r"(^|_)pos(ition)?_ids?$|^(in|out)puts_positions?$|^targets_pos"),
    ("all places", r"(^|_)positions?$"),  # which places are scored, as of BERT
    (EVEN, r"(class|cls)_?weights?$|weights?_(of|per|by)_class"),
    ("documents", r"(^|_)(doc(ument)?|segment)s?(_(id|index|idx)s?)?$|^seq_idx$"),
    ("mask", r"mask(?!ed_(lm_)?(id|label|target))|valid|pad|weight|segment|^where$"),
    ("logits", r"logit"),
    ("size", r"vocab|num_classes|n_classes|num_labels|^V$"),
    (
        "targets",
        r"target|tgt|label|y_true|true|gold|^t$|^ys?$|ids|tokens?$|answer|next|^idx",
    ),
    ("logits", r"scores?$|output|y_pred|pred|input|logp|log_p|lprob|prob|^[opxz]$"),
)
# What is handed over as logits by the name of their parameter, if that says so.
FORMS_BY_NAME = (
    ("logits", r"logit"),
    ("log-probabilities", r"log_?p|lprob|log_?soft"),
    ("probabilities", r"prob|^ps?$"),
)
BOTH_ORDERS = [("logits", "targets"), ("targets", "logits")]
UNNAMED = [tuple(("", role) for role in order) for order in BOTH_ORDERS]
MASKS = ("mask", "guess")  # by its name, or as the third of three
LENGTHS = ("lengths", "shares", "pairs")
COUNTS = ("count", "left")


def halving(shape: tuple[int, ...]) -> Array:
    """Weights of which each is half the one before."""
    return np.float32(2) ** -np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def within(scored: Array) -> Array:
    """Where a sequence is: up to the last target that is scored."""
    return np.flip(np.logical_or.accumulate(np.flip(scored, -1), axis=-1), -1)


def begins(scored: Array) -> Array:
    """Where a document does: at the first place, and at each that is not scored."""
    return ~scored | (np.indices(scored.shape)[-1] == 0)


def positions(scored: Array) -> Array:
    """Where each token stands in its document, from 0."""
    at = np.indices(scored.shape)[-1]
    return at - np.maximum.accumulate(at * begins(scored), axis=-1)


# How a function is told where the documents in a sequence begin, or where a prompt
# ends: the target there, or in the prompt, is not scored.
TEXTS: dict[str, Callable[[Array, int], Any]] = {
    # Numbers from 1; 0 is padding.
    "documents": lambda scored, V: begins(scored).cumsum(-1) * within(scored),
    # Of all tokens in a row, and where the last one ends.
    "bounds": lambda scored, V: np.append(np.flatnonzero(begins(scored)), scored.size),
    "positions": lambda scored, V: positions(scored),
    "prompts": lambda scored, V: (scored.cumsum(-1) == 0).sum(-1),
}
# What is given that is neither logits nor targets nor a mask, of what is scored, and
# the size of the vocabulary.
EXTRAS: dict[str, Callable[[Array, int], Any]] = TEXTS | {
    "lengths": lambda scored, V: within(scored).sum(-1),
    # Of the longest, as SpeechBrain has them.
    "shares": lambda scored, V: np.float32(within(scored).mean(-1)),
    # Offsets and lengths, as mlx-lm has them.
    "pairs": lambda scored, V: within(scored).sum(-1)[..., np.newaxis] * [0, 1],
    "count": lambda scored, V: int(scored.sum()),
    "left": lambda scored, V: int(scored[..., 1:].sum()),  # by a shift
    "all places": lambda scored, V: np.arange(scored.size),
    "places": lambda scored, V: np.indices(scored.shape)[-1],
    "types": lambda scored, V: np.zeros(scored.shape, int),
    "inputs": lambda scored, V: None,
    "weights": lambda scored, V: halving(scored.shape),
    "classes": lambda scored, V: halving((V,)),
    EVEN: lambda scored, V: np.ones(V, np.float32),
    "additive": lambda scored, V: np.where(scored, 0, -np.float32(np.inf)),
    "size": lambda scored, V: V,
}
# Given as they are, whatever the logits.
CONSTANTS: dict[str, Any] = {
    "zero": 0,
    "smoothed": 0.1,
    "unit": 1,
    "two": 2,
    "reduction": "mean",
    "summed": "sum",
    "model": lambda x: x,
}
# What else a parameter may be that nobody knows, or whose name has two senses.
UNSAID = ("guess", *COUNTS, "size", "zero")
OR_ELSE = {
    "guess": UNSAID[1:],
    "count": UNSAID[2:],
    "all places": ("places",),
    "lengths": ("pairs",),
}
KERAS = ("x", "y", "y_pred")  # of compute_loss; x is what its model was given


def beside(subject: "Subject", x: Array, targets: Any) -> dict[str, Any]:
    """What each role is given, in NumPy, beside these logits as they are."""
    way, dtype = subject.way, subject.way.framework.dtype
    axis = way.shape.axis if x.ndim > 1 else -1
    V = x.shape[axis]
    scored = np.asarray(targets) != subject.ignored
    # Beside several documents no mask leaves out what they do.
    one = np.ones_like(scored)
    in_text, by_mask = (scored, one) if way.apart else (one, scored)
    there = np.roll(by_mask, -1, axis=-1) if way.ahead else by_mask
    mask = (there != way.left_out).astype(bool if way.booleans else dtype)
    ids = np.array(targets) if np.ndim(targets) else int(targets)
    if way.left_out_by_argument or way.has(["additive"]):
        ids = np.where(scored, targets, V // 2)  # 0 may be left out by itself
    if way.one_hot:
        y = np.arange(V) == np.asarray(ids)[..., np.newaxis]
        ids = np.moveaxis(y, -1, axis).astype(dtype)
    extras = {
        role: EXTRAS[role](in_text if role in TEXTS else scored, V)
        for _, role in way.roles
        if role in EXTRAS
    }
    masks = {way.mask_role: mask} if way.mask_role else {}
    known = {"ignored": subject.padding, "size": V, **CONSTANTS}
    return {"logits": x.astype(dtype), "targets": ids} | masks | extras | known


def role_of(name: str, declared: dict[str, Any] | None = None) -> str:
    """What a parameter is by its name, or by what the caller says; "" if unknown."""
    said = (role for role, one in (declared or {}).items() if one == name)
    return next(said, role_in(ROLES, name))


def role_in(table: Iterable[tuple[str, str]], name: str, other: str = "") -> str:
    """The first role in a table whose words a name has; or this."""
    return next((role for role, words in table if re.search(words, name)), other)


def forms_of(roles: Roles) -> tuple[str, ...]:
    """What may be handed over as logits, the likeliest first."""
    [name] = [name for name, role in roles if role == "logits"]
    likely = role_in(FORMS_BY_NAME, name.lower().lstrip("*"))
    every = sorted(FORMS, key=lambda form: form != likely)
    return ("logits",) if likely == "logits" else tuple(every)


def signatures(loss: Callable[..., Any], declared: dict[str, Any]) -> Iterator[Roles]:
    """Which parameter may take what, the likeliest first; "*name" goes by keyword.

    Where names don't say which are logits and targets, both orders. One more parameter
    at most may be a mask, or something that nobody knows.
    """
    wanted = required(loss, declared)
    names = ["*" * by_name + name for name, by_name in wanted.items()]
    said = [role_of(name, declared) for name in wanted]
    if {*KERAS} <= {*wanted}:
        said[[*wanted].index("x")] = "inputs"
    two = [i for i, role in enumerate(said) if role in ("", "logits", "targets")][:2]
    if {"logits", "targets"} <= {*said}:  # wherever they stand
        two = sorted((said.index("logits"), said.index("targets")))
    rest = ["guess" if role in ("", "logits") else role for role in said]
    unsure = [role for i, role in enumerate(rest) if i not in two and role in MASKS]
    teachers = said.count("logits") > 1 and "targets" in said
    if teachers or len(two) < 2 or len(unsure) > 1:
        yield from UNNAMED
        return
    orders = BOTH_ORDERS[:: -1 if said[two[0]] == "targets" else 1]
    every = [rest]  # and what else one may be; of class weights None is 1 each
    for i, role in enumerate(rest):
        may_be = OR_ELSE.get(role, ())
        if role == "mask" and re.search(r"weights?$", names[i]):
            may_be = ("inputs", EVEN) if i > two[1] else ("inputs",)
        every += [[*rest[:i], other, *rest[i + 1 :]] for other in may_be]
    # If ignore_index=None is handed on to PyTorch, it must be a number; and a number
    # that the caller says is handed over.
    number = tuple(
        (f"*{one.name}", "ignored")
        for one in parameters_of(loss)
        if one.name not in wanted and role_of(one.name) == "ignored"
        if declared["number"] or one.default is None
    )
    numbers = [number] if declared["number"] else [(), number]
    for more in dict.fromkeys(numbers):
        for roles, order in itertools.product(every, orders):
            given = dict(zip(two, order, strict=True))
            plain = ((x, given.get(i, roles[i])) for i, x in enumerate(names))
            yield (*plain, *more)


def required(loss: Callable[..., Any], declared: dict[str, Any]) -> dict[str, bool]:
    """The parameters that are given, and whether by name: those that must be, those
    that are declared, or the first two."""
    plain = parameters_of(loss)
    names = {one for one in declared.values() if isinstance(one, str)}
    free = {one.name for one in plain if one.default is None}
    if not names and {*KERAS} <= free and plain[0].name != "self":
        names = {*KERAS[1:]}
    return {
        one.name: one.kind is one.KEYWORD_ONLY
        or bool(names and one.kind is one.POSITIONAL_OR_KEYWORD)
        for i, one in enumerate(plain)
        if one.default is one.empty
        or one.name in names
        or (i < 2 and not names)
        or (declared["mask"] is True and role_of(one.name, declared) == "mask")
    }


def required_by(loss: Callable[..., Any]) -> list[str]:
    """The parameters that have no default."""
    return [one.name for one in parameters_of(loss) if one.default is one.empty]


def optional(loss: Callable[..., Any], role: str) -> list[str]:
    """Those of this role whose default is None."""
    return [
        one.name
        for one in parameters_of(loss)
        if one.default is None and one.kind is not one.POSITIONAL_ONLY
        if role_of(one.name) == role
    ]


def parameters_of(loss: Callable[..., Any]) -> list[inspect.Parameter]:
    """The named parameters of a call, else of its forward; none, if it shows none.

    An autograd.Function passes on what stands behind its context, by place alone.
    """
    applied = autograd_class(loss)
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


def autograd_class(loss: Any) -> Any:
    """The class of which this is an autograd.Function's apply, or None."""
    held = getattr(loss, "__self__", None)
    applies = inspect.isclass(held) and hasattr(held, "backward")
    return held if applies and loss.__name__ == "apply" else None


def root(value: Any) -> str:
    """The package that something comes from."""
    of = "__name__" if isinstance(value, ModuleType) else "__module__"
    return str(getattr(value, of, "")).partition(".")[0]


def bodies_of(loss: Any) -> Iterator[Any]:
    """The plain functions in which its code stands."""
    held = autograd_class(loss) or loss
    names = ("forward", "call", "__call__", "__wrapped__", "func")
    for one in [loss, *(getattr(held, name, None) for name in names)]:
        one = getattr(one, "__func__", one)
        code = getattr(one, "__code__", None)
        if isinstance(code, CodeType) and root(one) not in LIBRARIES:
            yield one


def references(loss: Any, depth: int = 3) -> Iterator[Any]:
    """What its code refers to by a global or an outer name, and what of the caller's
    own that refers to in turn."""
    for body in bodies_of(loss):
        try:
            found = inspect.getclosurevars(body)
        except ValueError:  # a name that is not set yet
            continue
        for value in (*found.globals.values(), *found.nonlocals.values()):
            yield value
            if depth and callable(value) and root(value) not in LIBRARIES:
                yield from references(value, depth - 1)
            elif isinstance(value, ModuleType) and root(value) not in LIBRARIES:
                inner = (vars(value).get(name) for name in found.unbound)
                for one in filter(callable, inner):
                    yield one
                    yield from references(one, 0)


def attributes_of(loss: Any) -> dict[str, Any]:
    """What an instance keeps, with what its class does unless that is a library's; of a
    method, its instance."""
    held = loss.__self__ if inspect.ismethod(loss) else loss
    of_class = {} if root(type(held)) in LIBRARIES else vars(type(held))
    kept = {**of_class, **getattr(held, "__dict__", {})}
    layers = kept.get("_modules")  # PyTorch keeps these apart
    return kept | layers if isinstance(layers, dict) else kept


def own_padding(loss: Callable[..., Any]) -> tuple[str, int | None]:
    """A parameter or attribute that says what padding is, such as ignore_index=-1, or
    one of its criterion's; "" and None if there is none, or two that differ."""
    kept = attributes_of(loss)
    criteria = [x for name, x in kept.items() if re.search("crit|^loss", name)]
    held = {one.name: one.default for one in parameters_of(loss)} | kept
    for name in required_by(loss):
        if role_of(name) == "ignored":
            return name, -1  # any number but PyTorch's default
    said = {
        value: name
        for some in (held, *map(attributes_of, criteria))
        for name, value in some.items()
        if type(value) is int and (name == "pad" or role_of(name) == "ignored")
    }
    return next(((name, x) for x, name in said.items() if len(said) == 1), ("", None))


def numbers_of(loss: Any, *types: type) -> set[Any]:
    """The numbers that it keeps: as literals, globals, defaults or attributes."""
    found: list[Any] = [*references(loss)]
    for one in [loss, *filter(callable, found)]:
        for body in bodies_of(one):
            held = [body.__code__, *(x.default for x in with_names(body))]
            for x in held:  # those of tuples and inner functions among them
                inner = x.co_consts if isinstance(x, CodeType) else x
                held += inner if isinstance(inner, tuple) else ()
            found += held
        if root(one) not in LIBRARIES:
            kept = attributes_of(one)
            found += kept.values() if len(kept) < 100 else ()
    if isinstance(loss, functools.partial):
        found += [*loss.args, *loss.keywords.values()]
    return {x for x in found if type(x) in types}


def name_of(loss: Any) -> str:
    """As a caller may write it."""
    name = getattr(loss, "__name__", "") or type(loss).__name__
    return name if name.isidentifier() else "f"
