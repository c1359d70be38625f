"""The loss on one page: a sheet to print, made of numbers that are computed here."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from xent_lib import cross_entropy, read_loss, softmax

from ._html import escape, html_table, number
from .example import answer, logits, vocabulary

WIDE, HIGH = 540, 752  # points, which fit on both papers with margins
COLUMN, RIGHT, TOP, LINE = 260, 280, 196, 14
TITLE = "The loss on one page"
FOOT = "Every number but the models’ V is computed in the book "
FOOT += "“How surprised is the model?” · CC BY 4.0"
NBSP = "\N{NO-BREAK SPACE}"
INK, QUIET = "var(--xent-ink,currentColor)", "var(--xent-quiet,#5b7083)"
TARGET = "var(--xent-target,#c2410c)"
SERIF = "var(--xent-serif,Charter,Georgia,serif)"
COLORS = {"target": TARGET, "dot": TARGET}
COLORS |= dict.fromkeys(("quiet", "foot", "thin"), QUIET)
WIDTHS = {"thin": 0.5, "ink": 1.6}
RADII = {"dot": 3.5, "mark": 2}
SIZES = {"": 9, "title": 11, "head": 24, "code": 8}

# Tokens that a model gives a logit each, but for GPT-4 the ids of its encoding, since
# its count of logits is not public. The page says where each size is from.
VOCABULARIES = {
    "BERT, uncased": 30_522,
    "Llama 2": 32_000,
    "T5": 32_128,
    "SmolLM2": 49_152,
    "GPT-2": 50_257,
    "cl100k (GPT-4’s ids)": 100_277,
    "Llama 3": 128_256,
    "DeepSeek-V3": 129_280,
    "Qwen3": 151_936,
    "Gemma 2": 256_000,
}


@dataclass(frozen=True)
class Block:
    """Rows of cells below a title, as they stand on the sheet and in its table.

    A stop is where a column of cells begins, or, below 0, how far from the sheet's
    column's right edge it ends.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    stops: tuple[float, ...]
    kind: str = ""  # of the first column
    headed: bool = True  # on the sheet; a table always is


@dataclass(frozen=True)
class Text:
    x: float
    y: float
    words: str
    kind: str = ""
    anchor: str = "start"


@dataclass(frozen=True)
class Line:
    x: tuple[float, ...]
    y: tuple[float, ...]
    kind: str = "thin"


def example() -> Block:
    p = softmax(logits)
    losses = np.atleast_1d(cross_entropy([logits] * 4, range(4)))
    rows = zip(vocabulary, logits, np.exp(logits), p, losses, strict=True)
    cells = [
        (word + " (came next)" * (word == answer), *(number(x, 2) for x in row))
        for word, *row in rows
    ]
    head = ("The cat sat on the …", f"logit{NBSP}o", f"exp{NBSP}o", "p", f"−ln{NBSP}p")
    return Block("One token", head, tuple(cells), (0, -130, -84, -42, -0.1))


def formulas() -> tuple[str, ...]:
    return (
        "p = exp o / the sum of all exp o: the softmax",
        f"loss = −ln p of the token that came: {cross_entropy(logits, 0):.2f}",
        "loss of a text: the mean of its tokens’ losses",
    )


def units() -> Block:
    nats = (0.1, cross_entropy(logits, 0), 1, 2, 3, 4, 8)
    readings = [read_loss(x) for x in nats]
    bits = [number(r.bits, 2 if r.bits > 1 else 3) for r in readings]
    rows = [
        (number(r.nats, 2), said, f"{r.perplexity:,.2f}", f"{r.p:#.3g}")
        for r, said in zip(readings, bits, strict=True)
    ]
    head = ("nats", "bits", "perplexity", "p")
    return Block("Units", head, tuple(rows), (-210, -150, -70, -0.1))


def conversions() -> Block:
    rows = (
        ("bits", f"nats / {math.log(2):.4f}"),
        ("perplexity", "e to the nats, or 2 to the bits"),
        ("bits per byte", "bits per token / bytes per token"),
    )
    return Block(
        "From one to the other",
        ("unit", "from the others"),
        rows,
        (0, 70),
        headed=False,
    )


def blind() -> Block:
    rows = tuple(
        (name, f"{size:,}", f"{math.log(size):.2f}")
        for name, size in VOCABULARIES.items()
    )
    head = ("model", "V", "ln V")
    return Block("A blind guess costs ln V", head, rows, (0, -60, -0.1))


def first() -> Block:
    size, deviation, width = VOCABULARIES["GPT-2"], 0.02, 768  # of GPT-2's first logits
    start = math.log(size) + deviation**2 * width / 2
    rows = (
        ("ln V", "a new model, if all tokens are equally likely"),
        (f"{start:.2f}", "GPT-2 124M: ln V + half its logits’ variance"),
        ("far above", "logits start too large, or a sum, not a mean"),
        ("far below", "divided by too much, or the model is not new"),
    )
    return Block(
        "The first loss of a run",
        ("first loss", "what it means"),
        rows,
        (0, 68),
        headed=False,
    )


def edges() -> Block:
    """Where a float is infinite, or 0 so that its logarithm is."""
    kinds = [np.finfo(kind) for kind in (np.float32, np.float16)]
    overflow = [math.log(kind.max) for kind in kinds]
    # Half the smallest number, which rounds to 0.
    lost = [math.log(2 / float(kind.smallest_subnormal)) for kind in kinds]
    # XLA has the processor take float32's subnormal numbers for 0, not float16's.
    in_xla = [-math.log(kinds[0].smallest_normal), lost[1]]
    rows = (
        ("exp of a logit", *(f"{x:.2f}" for x in overflow)),
        ("−log of a stored p, in nats", *(f"{x:.2f}" for x in lost)),
        ("the same in JAX on a CPU", *(f"{x:.2f}" for x in in_xla)),
    )
    head = ("infinite above", "float32", "float16")
    return Block("What a float can hold", head, rows, (0, -60, -0.1))


def bugs() -> Block:
    twice = cross_entropy(softmax(logits), 0)
    floors = [math.log(math.e + v - 1) - 1 for v in (4, 50_257)]
    caps = [-math.log(epsilon) for epsilon in (1e-7, 1e-9)]
    least = f"never{NBSP}<{NBSP}{floors[1]:.2f}"
    largest = f"never{NBSP}>{NBSP}{caps[1]:.2f}"
    rows = (
        (f"× {1 / math.log(2):.3f}", "the loss in bits: log2 in place of ln"),
        (f"× {1 / math.log(10):.3f}", "log10 in place of ln"),
        ("× 2, 4, 8 …", "a sum over accumulation steps or machines"),
        ("÷ V", "a mean over (N, V), as in kl_div’s ‘mean’"),
        (f"{twice:.3f}", "the loss of mat, with softmax taken twice"),
        (
            f"never < {floors[0]:.2f}",
            f"softmax twice, V = 4; GPT-2: {least}",
        ),
        (
            f"never > {caps[0]:.2f}",
            f"p + 1e-7, or a clip at it; 1e-9: {largest}",
        ),
        ("infinite", "log of a softmax whose p was stored as 0"),
        ("infinite", "exp of another token’s logit, which overflowed"),
        ("NaN", "no target; exp of the target’s logit overflowed"),
        ("below 0", "no minus sign; nll_loss given p; a p above 1"),
        (f"{2**3}, not {math.exp(3):.2f}", "perplexity of 3 nats: 2 to them, not e"),
        ("near 0", "in training: no shift, so it learns to copy"),
        ("too high", "in a trained model: no shift, or shifted twice"),
        ("varies", "padding is scored: it follows the longest text"),
        ("varies", "a mean of batches’ means: it follows their size"),
    )
    head = ("you see", "what it is; × and ÷ are against the right loss")
    return Block("What gives a bug away", head, rows, (0, 68))


def questions() -> Block:
    rows = (
        ("1", "Which average? Per token, sequence, or batch?"),
        ("2", "Which unit? Nats, bits, perplexity, bits per byte?"),
        ("3", "Which tokens? Whose vocabulary; prompt, padding?"),
        ("4", "Which text? Seen or held out; the same for both?"),
        ("5", "Compared with what? ln V; other models"),
    )
    return Block(
        "Five questions for any loss",
        ("", ""),
        rows,
        (0, 14),
        headed=False,
    )


def pytorch() -> Block:
    rows = (
        ("(N, V), (N,)", "logits, ids; for sequences (B, V, T), (B, T)"),
        ("logits", "not p: it takes the softmax itself"),
        ("(B, T, V)", "as models give it: logits.transpose(1, 2)"),
        ("shift", "logits[:, :-1].transpose(1, 2), ids[:, 1:]"),
        ("−100", "is not scored; if nothing else is left, NaN"),
        ("weight", "for ids: divides by the targets’ weights"),
        ("bfloat16", "gives bfloat16 outside autocast: use .float()"),
    )
    return Block(
        "PyTorch: F.cross_entropy(logits, targets)",
        ("argument", "note"),
        rows,
        (0, 62),
        "code",
        headed=False,
    )


def afterwards() -> Block:
    rows = (
        (f"{math.log(2):.4f}", "DPO before its first step: ln 2, as it should be"),
        ("0, yet learns", "GRPO on-policy, no KL, mean per sequence"),
        ("about ÷ T²", "distillation’s gradient, at temperature T: × T²"),
    )
    return Block(
        "After pretraining", ("you see", "what it is"), rows, (0, 68), headed=False
    )


LEFT_BLOCKS = units, conversions, blind, first, edges
RIGHT_BLOCKS = bugs, afterwards, pytorch, questions


class Sheet:
    """The loss on one page: units, first losses, bugs by their numbers, PyTorch's call.

    A page shows it as a drawing, and on a phone as tables. The build makes PDFs of it.

    Parameters
    ----------
    foot : the line at its foot, which says where a sheet on paper is from

    Examples
    --------
    >>> Sheet()
    Sheet: the loss on one page
    """

    def __init__(self, foot: str = "") -> None:
        self.foot = foot

    def __repr__(self) -> str:
        return "Sheet: the loss on one page"

    def blocks(self) -> list[Block]:
        return [make() for make in (example, *LEFT_BLOCKS, *RIGHT_BLOCKS)]

    def shapes(self) -> Iterator[Text | Line]:
        """What is drawn, in points from the upper left corner."""
        yield Text(0, 22, TITLE, "head")
        yield from place(example(), 0, 52, COLUMN)
        y = 52 + 5.6 * LINE
        for words in formulas():
            y += LINE
            yield Text(0, y, words)
        if self.foot:
            yield Text(0, HIGH - 4, self.foot, "foot")
        yield from curve()
        for x, makers in ((0, LEFT_BLOCKS), (RIGHT, RIGHT_BLOCKS)):
            y = TOP
            for make in makers:
                block = make()
                yield from place(block, x, y, COLUMN)
                y += (len(block.rows) + block.headed + 2) * LINE

    def _repr_html_(self) -> str:
        first, *tables = (
            html_table(
                block.title,
                block.head,
                [
                    [first_cell(block, row[0]), *map(escape, row[1:])]
                    for row in block.rows
                ],
                [
                    x
                    for x, stop in zip(block.head, block.stops, strict=True)
                    if stop >= 0
                ],
            )
            for block in self.blocks()
        )
        said = "".join(f"<p>{escape(words)}</p>" for words in formulas())
        # The page has the title.
        return (
            f'<div class="x-sheet">{_drawn(self.shapes(), 0, WIDE, HIGH)}'
            f"<div>{first}{said}{_drawn(curve(), RIGHT, COLUMN, 172)}"
            f"{''.join(tables)}</div></div>"
        )


def first_cell(block: Block, words: str) -> str:
    """In HTML: code as code, and next to one cell of words in one line."""
    inside = escape(words.replace(" ", NBSP) if len(block.head) == 2 else words)
    return f"<code>{inside}</code>" if block.kind == "code" else inside


def place(block: Block, x: float, y: float, wide: float) -> Iterator[Text | Line]:
    """A block's title, a line below it, and its rows at their stops."""
    yield Text(x, y, block.title, "title")
    yield Line((x, x + wide), (y + 4, y + 4))
    rows = [block.head] if block.headed else []
    for number_, row in enumerate([*rows, *block.rows]):
        y += LINE + (3 if number_ == 0 else 0)
        for column, (stop, words) in enumerate(zip(block.stops, row, strict=True)):
            kind = "" if column else block.kind
            if row is block.head:
                kind = "quiet"
            if stop < 0:
                yield Text(x + wide + round(stop), y, words, kind, "end")
            else:
                yield Text(x + stop, y, words, kind)


def curve() -> Iterator[Text | Line]:
    """−ln p over p, with the dot of the example."""
    left, top, wide, high = RIGHT, 42, COLUMN, 112

    def at(p: float) -> tuple[float, float]:
        return left + wide * p, top + high * (1 + math.log(p) / 4)

    p = np.exp(-np.linspace(4, 0, 60))
    xs, ys = zip(*map(at, p), strict=True)
    yield Line((left, left + wide), (top + high, top + high))
    yield Line(xs, ys, "ink")
    for share in (0.05, 0.25, 0.5, 0.75, 1.0):
        x, y = at(share)
        side = "end" if share == 1 else "middle"
        name = "p = " * (share == 1)
        yield Text(x, top + high + 13, f"{name}{share:g}", "quiet", side)
        if share < 0.5:
            yield Line((x, x), (y, y), "mark")
            yield Text(x + 5, y - 3, f"{-math.log(share):.2f}", "quiet")
    x, y = at(softmax(logits)[0])
    yield Line((x, x), (y, y), "dot")
    yield Text(
        x,
        y - 8,
        f"mat: {cross_entropy(logits, 0):.2f} nats for {softmax(logits)[0]:.2f}",
        "target",
    )
    yield Text(left + wide, top + 8, "the price of a token: −ln p", "quiet", "end")


def _drawn(shapes: Iterator[Text | Line], left: float, wide: float, high: float) -> str:
    """What is below the title, and no deeper than `high`."""
    inside = "".join(map(_svg, shapes))
    box = f'viewBox="{left - 1} 34 {wide + 2} {high - 34}"'
    look = f'style="overflow:visible;font-family:{SERIF}"'
    return f'<svg {box} {look} aria-hidden="true">{inside}</svg>'


def _svg(shape: Text | Line) -> str:
    """In the theme's colours where there is a theme, as not in JupyterLab."""
    color = COLORS.get(shape.kind, INK)
    if isinstance(shape, Text):
        style = f"font-size:{SIZES.get(shape.kind, SIZES[''])}px;fill:{color}"
        if shape.kind in ("title", "head"):
            style += ";font-weight:700"
        if shape.kind == "code":
            style += ";font-family:var(--xent-mono,monospace)"
        at = f'x="{shape.x:g}" y="{shape.y:.4g}" text-anchor="{shape.anchor}"'
        return f'<text {at} style="{style}">{escape(shape.words)}</text>'
    if shape.kind in RADII:
        at = f'cx="{shape.x[0]:.5g}" cy="{shape.y[0]:.5g}" r="{RADII[shape.kind]}"'
        return f'<circle {at} style="fill:{color}"/>'
    points = " ".join(f"{x:.4g},{y:.4g}" for x, y in zip(shape.x, shape.y, strict=True))
    style = f"fill:none;stroke:{color};stroke-width:{WIDTHS[shape.kind]}"
    return f'<polyline points="{points}" style="{style}"/>'
