"""What stands for a dict, a tuple, an object or a model in a call, and notes what is
asked of it."""

from collections.abc import Iterator
from typing import Any

from ._roles import EXTRAS, FIXED, role_of

LETTERS = {"logits": "o", "targets": "t"}
BLANK = "…"  # what stands in a call for what nobody knows
# What is at which place of a tuple that is named as logits or ids; and of a batch.
PLACES = {"logits": ("logits",), "targets": ("targets", "mask")}
IN_BATCH = ("logits", "targets", "mask")
# What stands for whom; and what a model gives that is none of its logits, by fairseq.
CODES = LETTERS | {role: one.code for role, one in FIXED.items()}
CODES["size"] = "o.shape[-1]"
GIVES = {"get_normalized_probs": "o.log_softmax(-1)", "get_targets": "t"}
ONES = EXTRAS["document"].code
ANY = "lambda *_, **__: {}"


class Keyed(dict[Any, Any]):
    """Gives logits and ids by their names or places, and ones by others, and notes
    which are asked for: keys, attributes, or places of a tuple."""

    def __init__(self, given: dict[str, Any], role: str):
        super().__init__()
        self.given = given
        self.places = dict(enumerate(PLACES.get(role, IN_BATCH)))
        self.asked: dict[Any, str] = {}
        self.ones: list[tuple[Any, Any]] = []  # each as an array of its own
        self.touched = self.unpacked = self.named = False
        self.n = 0  # how many it has where it is unpacked

    def __missing__(self, key: Any) -> Any:
        role = self.places.get(key) if isinstance(key, int) else role_of(str(key), {})
        if role is None or not isinstance(key, int | str):
            raise KeyError(key)
        name = "mask" if isinstance(key, int) else key
        other = name if role and name.isidentifier() else BLANK
        self.asked[key] = CODES.get(role, other)
        if role in self.given:
            return self.given[role]
        self.ones.append((key, 1 * self.given["ones"]))
        return self.ones[-1][1]

    def __getattr__(self, name: str) -> Any:
        self.touched = True
        if role_of(name, {}) not in self.given or hasattr(self.given["logits"], name):
            raise AttributeError(name)
        self.named = True
        return self[name]

    def __contains__(self, key: Any) -> bool:
        return role_of(str(key), {}) in LETTERS

    def __iter__(self) -> Iterator[Any]:
        self.unpacked = True
        return (self[i] for i in range(self.n))

    def get(self, key: Any, default: Any = None) -> Any:
        return self[key] if role_of(str(key), {}) in LETTERS else default

    pop = get

    @property
    def useful(self) -> bool:
        """Whether it was asked for what it has."""
        return not {*self.asked.values()} <= {BLANK}

    def fed(self, got: list[Any]) -> None:
        """What a model alone is given is no mask of the loss."""
        for key in dict(self.ones):
            held = [one for asked, one in self.ones if asked == key]
            if all(any(one is x for x in got) for one in held):
                self.asked[key] = ONES

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


class StandIn:
    """Is called as a model is, or by its methods, and gives the logits in a Keyed, or
    as an array once it is `plain`."""

    def __init__(self, given: dict[str, Any]):
        self.given, self.output = given, Keyed(given, "logits")
        self.plain, self.changes_nothing = False, True
        self.methods: list[str] = []
        self.got: list[Any] = []

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self.gives("", *given, **named)

    def __getattr__(self, name: str) -> Any:
        if name not in GIVES and role_of(name, {}) != "model":
            raise AttributeError(name)
        return lambda *given, **named: self.gives(name, *given, **named)

    def gives(self, method: str, *given: Any, **named: Any) -> Any:
        self.methods.append(method)
        self.got += [*given, *named.values()]
        alone = not method and len(self.got) == len(self.methods)
        self.changes_nothing &= alone and self.got[-1] is self.given["logits"]
        if method in GIVES:
            return self.given["targets" if GIVES[method] == "t" else "logits"]
        return self.given["logits"] if self.plain else self.output

    def __str__(self) -> str:
        if (self.plain or not self.methods) and self.changes_nothing:
            return FIXED["model"].code
        value = "o" if self.plain else str(self.output)
        given = {x: ANY.format(GIVES.get(x, value)) for x in self.methods}
        if "" not in given:
            pairs = ", ".join(f"{x}={y}" for x, y in given.items())
            return f"SimpleNamespace({pairs})"
        return given[""] if len(given) == 1 else BLANK
