"""What is said to who is taken in no way: what came, and the line that lets it in."""

import contextlib
import inspect
import itertools
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ._answers import Answer, kept, size
from ._around import made_around
from ._axes import in_a_list, with_axes
from ._case import overflows, refused
from ._enter import Tried, asks_for_tensors, by_shape, enter, instance, taken_by
from ._function import Function
from ._held import shapes_held, sizes_held
from ._keys import by_keys, by_name_alone, lambda_of
from ._lines import RIGHT, left_open, level, right_line, run
from ._made import (
    OF_MATRIX,
    REPEATED,
    best_made,
    for_each_size,
    in_place,
    line_of,
    made_of,
    wants,
)
from ._model_and_ids import of_batch
from ._others import another
from ._probes import PROBES, waves
from ._report import Diagnosis, Refused, Shown, show
from ._roles import EXTRAS, FIXED, MASKS, optional, required_by, role_of
from ._stand_in import BLANK
from ._steps import IGNORED
from ._training import its_own, of_model, passed_on, step_of, without_object
from ._ways import NAMED, SHAPES, Framework, Way
from ._words import is_lambda
from ._written import call_of, called, eye_of, in_own_class, name_of

# What a layer that makes logits is given, and its matrix, which may be the identity; a
# weight behind the targets may be one of classes, where an input may be logits.
STATES = r"^_?(?:(x|inputs?)|[hXe]|states?|features?|hidden\w*|\w*[vV]ec(?:tor)?)$"
MATRIX = (
    r"^(?:[WUc]|[tT]heta|(w|weights?)"
    r"|\w*(?:weight|kernel|lm_head|embedding|[vV]ectors)\w*)$"
)

BIAS = r"^b$|bias$"
AS_IT_IS = "could not be examined as it is"
IN_PLACE, IN_PLACES = f"with a value in place of {BLANK}", f"with values for {BLANK}"

OF_TENSORS = "It takes tensors: write diagnose({}, to=torch.tensor)"
FOR_EACH_LOGIT = (
    "It gives a number for each logit. If they add up to the loss, add them up over "
    "the vocabulary; if they are its gradient, write diagnose(your_loss, gradient={})"
)


def refuses(loss: Callable[..., Any], tried: Tried) -> Diagnosis:
    """It takes the arrays in no way that is known."""
    if other := another(loss):
        return Diagnosis("", (other,))
    if (found := wanted(loss)) is not None:
        return found
    first, way = first_of(tried)
    if line := of_model(loss):  # whose number may be the right one
        seen = [("3 rows of 4 logits", first)] * isinstance(first, Exception)
        return no_loss(seen, line)
    guessed = way.given(NAMED) if way.guessed else []
    guessed = [f"ones as its `{way.mask}`"] if way.masked == "guess" else guessed
    rows = [(", ".join(["3 rows of 4 logits", *guessed]), first)]
    named, keys = keyed(loss, way.framework)
    mend = lambda_for(named, way.framework, keys=keys)
    line = "" if keys else its_own(loss) or passed_on(loss)
    line = line or of_batch(loss, way.framework) or made_around(loss, first)
    line = line or in_own_class(loss, way, first) or in_a_list(loss, way)
    line = line or by_answer(loss, first)
    sized = "" if line else made_for_one(loss, tried, way)
    if line := line or right_line(loss, way.framework, sized):
        return no_loss(rows, line)
    for answer, one in tried:
        if one.shape.sequences and has_two(answer):  # as many as there are sequences
            mend = lambda_for(loss, one.framework, ".mean()")
            return no_loss([("two sequences of 3 rows", answer)], mend)
    alike = [x for x, one in tried if one == replace(way, shape=SHAPES[1])][:1]
    mend += missed([x for x, _ in tried]) if is_lambda(loss) else ""
    rows += [("two sequences of them", x) for x in alike if show(x) != show(first)]
    return no_loss(rows, with_axes(mend, alike))


def made_for_one(loss: Any, tried: Tried, way: Way) -> str:
    """The line for who gives numbers of rows of a size that it holds alone."""
    plain = {replace(way, shape=one) for one in SHAPES[:2]}
    failed = {one for x, one in tried if one in plain and isinstance(x, Exception)}
    for V, one in itertools.product(sizes_held(instance(loss)), failed):
        if gives_of(loss, one, V) and not gives_of(loss, one, V + 1):
            two = [axes for axes in shapes_held(instance(loss)) if len(axes) == 2]
            matrix = any(axes[0] > 1 and axes[1] == V for axes in two)
            return for_each_size(loss, V, OF_MATRIX if matrix else REPEATED)
    return ""


def by_answer(loss: Any, came: Answer) -> str:
    """What its answer itself says; "" of another."""
    if isinstance(came, (NameError, ImportError)) and hasattr(came, "own"):
        return f"To fix it, correct your line {came.own[0]}"
    if asks_for_tensors(came) and not sys.modules.get("torch"):
        return OF_TENSORS.format(name_of(loss))
    if not isinstance(came, Exception) and came.size == PROBES["batch"][0].size:
        return FOR_EACH_LOGIT.format(name_of(loss))
    return ""


def keyed(loss: Any, framework: Framework) -> tuple[Any, str]:
    """It, or its compute_loss, and the arguments of a call with keys, or ""."""
    for one in (loss, getattr(instance(loss), "compute_loss", loss)):
        body = instance(one)
        if keys := "" if inspect.isclass(body) else by_keys(body, framework):
            keys += "".join(f", {x}={x}" for x in optional(body, "count"))
            masked = keys.replace(BLANK, "mask", 1)  # of which no name says so
            line = lambda_of(f"{name_of(one)}({masked})")
            new = BLANK in keys and BLANK not in line
            right = new and level(run, one, line, framework=framework) == RIGHT
            return one, masked if right else keys
    return loss, ""


def missed(came: Sequence[Answer]) -> str:
    """What who wrote a lambda has not handed over, of which an error says the name."""
    keys = [str(x.args[0]) for x in came if isinstance(x, KeyError) and x.args]
    if any("no attribute 'logits'" in str(x) for x in came):
        return ". It asks for .logits: give it SimpleNamespace(logits=o) in place of o"
    return f'. It asks for "{keys[0]}", too: give it that key' if keys else ""


def gives_of(loss: Any, way: Way, V: int) -> bool:
    """Whether it gives numbers where the vocabulary has this size."""
    function = Function(instance(loss), way)
    answer = function.ask(*function.rows(waves(3, V), np.array([V - 1, 0, 1])))
    return not isinstance(answer, Exception) and taken_by(function, answer)


def of_one_size(function: Function) -> Diagnosis | None:
    """What is said of who takes the vocabulary of the first rows, and no other."""
    answers = function.of(function.kind)
    taken = [name for name, x in answers.items() if not isinstance(x, Exception)]
    sizes = {function.laid(name)[0].shape[-1] for name in taken}
    V, other = PROBES["batch"][0].shape[-1], "a vocabulary of 128"
    if sizes != {V}:
        return None
    return no_loss([(other, answers[other])], for_each_size(function.loss, V))


def kept_out(functions: Sequence[Function], loss: Any) -> bool:
    """Whether it is taken in no way, or by chance; or its names say that it is another
    loss, a step with its model, or a method, whose self is taken for a mask."""
    other = another(loss) or step_of(loss) or without_object(loss, 3)
    return not functions or by_chance(functions[0]) or bool(other)


def by_chance(function: Function) -> bool:
    """Whether it was let in by its shapes alone: of as many rows as tokens it fails."""
    came = function.of(function.kind)["square"]
    failed = isinstance(came, Exception) and not (refused(came) or overflows(came))
    return failed and by_shape(function) and not of_one_size(function)


def with_eye(call: str, loss: Any, framework: Framework) -> str:
    """The same, where it may take hidden states, with the identity as their matrix."""
    names = required_by(loss)
    matrices = [one for one in names if re.search(MATRIX, one)]
    states = [one for one in names if re.search(STATES, one)]
    rest = [one for one in names if one not in (*matrices[:1], *states[:1])]
    targets = [one for one in rest if role_of(one, {}) == "targets"] or rest[:1]
    eye = eye_of(framework)
    found = matrices and states and targets and not inspect.isclass(loss)
    if not eye or not found:
        return call
    behind = names.index(matrices[0]) > names.index(targets[0])
    plain, input_ = re.search(MATRIX, matrices[0]), re.search(STATES, states[0])
    if behind and plain and plain[1] and input_ and input_[1]:
        return call
    values = {one: eye.replace("eye", "zeros") for one in rest if re.search(BIAS, one)}
    values |= {matrices[0]: eye, states[0]: "o", targets[0]: "t"}
    values |= {x: FIXED[role_of(x, {})].code for x in rest if role_of(x, {}) in FIXED}
    alone = by_name_alone(loss)
    by_rows = eye.replace("o.shape[-1]", "len(o)")
    for more in ({matrices[0]: "o", states[0]: by_rows}, {}):
        held = values | more
        given = [("*" * (one in alone) + one, held.get(one, BLANK)) for one in names]
        call = called(loss, given)
        if more and has_slope(loss, call, framework):
            break
    return call


def has_slope(loss: Any, call: str, framework: Framework) -> bool:
    """Whether beside what this gives there is a gradient by o: its rows add up to 0."""
    came: Any = None
    with contextlib.suppress(Exception):  # its matrix is laid otherwise
        came = run(loss, lambda_of(call))(*map(framework.make, PROBES["batch"]))
    found = map(kept, came if isinstance(came, tuple) else ())
    alike = (x for x in found if x.shape == PROBES["batch"][0].shape)
    return any(np.allclose(x.sum(-1), 0, atol=1e-5) for x in alike)


def wanted(loss: Any) -> Diagnosis | None:
    """The line for a class that requires something to be made, or that of the instance
    with what changes nothing; None of others."""
    if not (names := wants(loss)):
        return None
    made = best_made(loss)
    own = made_of(loss, made)
    functions, tried = ([], []) if own is None else enter(own, {}, IGNORED, ())
    if tried and kept_out(functions, own):
        [one] = refuses(own, tried).findings
        return Diagnosis("", (replace(one, mend=in_place(one.mend, made)),))
    what = f"{loss.__name__} wants {', '.join(names)}: make an instance, such as "
    return no_loss([], f"{what}diagnose({line_of(loss, made)})")


def has_two(answer: Answer) -> bool:
    return not isinstance(answer, Exception) and answer.size == 2


def no_loss(seen: Sequence[tuple[str, Answer]], mend: str) -> Diagnosis:
    one, more = "the loss, or near it", "a number"
    found = tuple(
        Shown(name, show(x), {-1: "", 1: one}.get(size(x), more)) for name, x in seen
    )
    return Diagnosis("", (Refused(AS_IT_IS, found, mend=mend, subject="It"),))


def lambda_for(loss: Any, framework: Framework, then: str = "", keys: str = "") -> str:
    """The line that would let it in; of who wrote one, what it is given."""
    arrays = "tensors of PyTorch" if framework.name == "PyTorch" else str(framework)
    given = f"o logits (N, V) or (B, T, V) and t ids (N,) or (B, T), both {arrays}"
    call = f"{name_of(loss)}({keys})" if keys else call_of(loss)
    if is_lambda(loss) and not keys and BLANK not in call and not then:
        return f"It is called with {given}: of one of the two it must give a number"
    call = call if keys else with_eye(call, loss, framework)
    call = call if then else left_open(loss, call, framework)
    given += ", and SimpleNamespace of types" if "SimpleNamespace" in call else ""
    why = "To have one number, " if then else unknown(call)
    alone = re.findall(r'"(\w+)": t\b', call) == ["input_ids"]  # its own targets
    shifts = ", shifts=True" if alone else ""
    return (
        f"{why}write diagnose({lambda_of(call, then)}{shifts})"
        f", with {given}. Inside, call it as your training does"
    )


def unknown(call: str) -> str:
    """Of what it requires, that of which no name says what it is."""
    if ".eye(" in call:
        return "If it takes hidden states and a matrix, "
    *names, last = re.findall(r"(\w+)=…", call) or [""]
    if not last:
        return "If it takes something else, "
    if not names:
        return f"Its `{last}` is required, and nobody says what it is: {IN_PLACE}, "
    several = ", ".join(f"`{name}`" for name in names)
    return (
        f"Its {several} and `{last}` are required, and nobody says what they are: "
        f"{IN_PLACES}, "
    )


def interpreted(function: Function) -> list[str]:
    """What it was given beside logits and targets, where that may be another thing."""
    given = " and ".join(function.way.given({*EXTRAS, *MASKS, "size"}))
    line = f"diagnose(lambda o, t: {call_of(function.loss, extras=False)})"
    said = f"Called with {given}; if that is something else, write {line}"
    return [said] if given and "=…" in line else []


def misnamed(mask: bool | str | None) -> list[str]:
    """What the caller names as a mask, and has another name."""
    role = role_of(str(mask), {})
    if role not in EXTRAS:
        return []
    given = f"given {EXTRAS[role].words}, unless a mask is asked for"
    return [f"By its name `{mask}` is {given}: leave mask={mask!r} out"]


def first_of(tried: Tried) -> tuple[Answer, Way]:
    """What came of the first, in arrays that have what it asks of them."""
    have = {way.framework for x, way in tried if not isinstance(x, AttributeError)}
    return min(tried, key=lambda one: one[1].framework not in have)
