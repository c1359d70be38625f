"""What `read_loss` says of a loss: a table that the ruler of Chapter 7 has, too."""

import math
import sys
from collections.abc import Sequence

# What counts as near: a start by small random logits is up to 3% above ln V.
MARGIN = 0.03
# As good as zero, in nats: float32 losses near 0 are rounded by less.
ZERO = 1e-6
# Low for new text. Models of nanochat, of GPT-2's grade, have 0.72 bits per byte on web
# text, and 0.30 on chats with their set phrases (their model cards, 2026).
LOW_BITS, LOW_SHARE = 0.25, 0.05
# Few vocabularies are larger, where none is given.
LARGE = 1_000_000


# A condition, and what is said where it holds: sentences, with numbers in braces, and
# lists of cases, each of which says what its first that holds does. No bound is met by
# NaN, which stands for what is not given. The ruler's script is given the same table.
Words = Sequence["str | Sequence[Case]"]
Case = tuple[str, Words]


def _near(unit: str, places: Sequence[tuple[float, float, str]]) -> Sequence[Case]:
    """What is said near each of some places, in turn: low, high, a sentence."""
    cases: list[Case] = []
    for low, high, sentence in places:
        cases += [
            (f"nats < {low:.6g}{unit}", []),
            (f"nats <= {high:.6g}{unit}", [sentence]),
        ]
    return cases


# −ln of what people add to p, or clip it at; and the means of steps, added up.
EPSILONS = _near(
    "",
    [
        (
            -math.log(epsilon) - 0.005,
            -math.log(epsilon) + 0.005,
            f"It is −ln {epsilon:g}: a p of 0, with an epsilon added, or clipped. "
            "Compute the loss from the logits with the log-sum-exp.",
        )
        for epsilon in (1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
    ],
)
MICRO_STEPS, TIMES = (2, 3, 4, 8, 16, 32, 64), {2: "twice"}


def _steps(equal: str) -> Sequence[Case]:
    return _near(
        f" {equal}",
        [
            (
                (1 - MARGIN) * n,
                (1 + MARGIN) * n,
                f"It is {TIMES.get(n, f'{n} times')} that: is this an untrained model, "
                f"with the means of {n} accumulation steps added up?",
            )
            for n in MICRO_STEPS
        ],
    )


def _above(name: str, tokens: str, equal: str) -> Words:
    near = f"<= {1 + MARGIN} {equal}"
    as_bits = "If these are bits, the loss is {if_bits} nats."
    as_perplexity = "If it is a perplexity, the loss is its logarithm, {if_perplexity}."
    return [
        [(f"if_perplexity {near}", [as_perplexity])],
        [(f"if_bits {near}", [as_bits])],
        f"Above ln {name} = {{{equal}}}: worse than a blind guess among {tokens} "
        "tokens. A new model starts a little above it. If it starts much higher, its "
        "logits are too large, or a sum was taken where a mean belongs. Later in "
        "training, look for wrong targets, a flipped sign, or a model too sure of "
        "itself.",
        EPSILONS,
        _steps(equal),
    ]


BELOW = "Better than a blind guess among all V tokens, which pays ln V = {equal}."
LOW = (
    "Low for text that the model has not seen. Check that the inputs do not hold the "
    "targets, that no padding is scored, and that the text was not trained on."
)
TWICE = (
    "A softmax taken twice cannot bring it below {twice}: if it levels off here, look "
    "for a second one."
)
TOO_LOW = (
    "If the model is still untrained, that is suspicious: look for a wrong divisor, "
    "or for padding that costs nothing but is counted."
)
AT_REST: Sequence[Case] = [("nats >= 0.995 twice", [f"{BELOW} {TWICE}"])]
OF_TWO = "With two classes, a good classifier is often this confident."
HOW_LOW: Sequence[Case] = [
    ("equal < 0.7", [AT_REST, [("nats < 0.995 twice", [f"{BELOW} {OF_TWO}"])]]),
    (f"most_bits < {LOW_BITS}", [LOW]),
    (f"nats < {LOW_SHARE} equal", [LOW]),
    *AT_REST,
    ("nats < 0.995 twice", [f"{BELOW} {TOO_LOW}"]),
    (
        "",
        [
            "If that is the size of the vocabulary, this is a blind guess, as before "
            "any training."
        ],
    ),
]
COMPARED: Sequence[Case] = [
    (
        "bits_per_byte > 8",
        [
            "More than 8 bits per byte: the raw bytes would take less. Check the "
            "number of bytes per token."
        ],
    ),
    (
        "bits_per_byte > 0",
        [
            "At {bits_per_byte} bits per byte it can be compared across tokenizers, on "
            "the same text."
        ],
    ),
    (
        "",
        [
            "Whether it is good depends on the text and the tokenizer. With the bytes "
            "per token, it can be compared across tokenizers, on the same text."
        ],
    ),
]
CASES: Sequence[Case] = [
    (
        f"loss <= {-ZERO}",
        [
            "Below 0, which −ln p never is, since p is at most 1.",
            "Check the sign, whether the probabilities sum to 1, and what else is "
            "added to the loss.",
        ],
    ),
    (
        f"loss < {ZERO}",
        [
            "Zero, or as good as zero, as if each token that came had p = 1.",
            "Hardly any new text is so certain. Check that tokens were scored at all, "
            "that the inputs do not hold the targets, and that large logits did not "
            "round the loss away.",
        ],
    ),
    (
        f"loss > {sys.float_info.max}",
        [
            "Infinite: a token came whose p was 0, or something overflowed.",
            "Compute the loss from the logits with the log-sum-exp, then look for a "
            "logit of −∞.",
        ],
    ),
    (f"nats > {1 + MARGIN} equal", _above("V", "all V", "equal")),
    (f"nats > {1 + MARGIN} large", _above(f"{LARGE:,}", f"{LARGE:,}", "large")),
    (
        f"nats >= {1 - MARGIN} equal",
        [
            "Near ln V = {equal}, the loss of a blind guess among all V tokens. An "
            "untrained model starts here. Later, it means that next to nothing has "
            "been learned."
        ],
    ),
    (
        "loss > 0",
        [
            "As if every token that came had p = {p}: one of {perplexity} equally "
            "likely tokens.",
            EPSILONS,
            HOW_LOW,
            COMPARED,
        ],
    ),
    (
        "",
        [
            "NaN: a mean over no tokens (0/0, if every target was ignored), or a NaN "
            "or an infinity among the logits.",
            "Count the tokens that were scored, then look at the logits.",
        ],
    ),
]
