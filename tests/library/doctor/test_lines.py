"""The line that lets in who is called otherwise, which was tried as it stands."""

import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from by_hand import rows, said
from xent_lib import log_softmax
from xent_lib.doctor import diagnose
from xent_lib.doctor._lines import with_given


def places_first(logits, labels, loss_mask):
    """As Megatron has it: logits (T, B, V), labels (B, T)."""
    losses = rows(logits, labels.transpose(1, 0))
    return (losses.T * loss_mask).sum() / loss_mask.sum()


def places_first_alone(logits, labels):
    return rows(logits, labels.transpose(1, 0)).mean()


def places_first_of_all(decoder_outputs, targets, target_lengths):
    """Its ids are (T, B), too: of (B, T) it would take those of others."""
    T, B, V = decoder_outputs.shape
    mask = np.arange(T)[:, None] < target_lengths[None]
    losses = rows(decoder_outputs.reshape(-1, V), targets.reshape(-1))
    return (losses.reshape(T, B) * mask).sum() / mask.sum()


def bits(logits, labels):
    return places_first_alone(logits, labels) / np.log(2) + 1


class InChunks:
    """As torchtune has it: a list of logits, and ids that it cuts itself."""

    def __init__(self, num_output_chunks=2):
        self.num_output_chunks = num_output_chunks
        self.chunk_name = "of places"

    def compute(self, logits, labels):
        assert isinstance(logits, list)
        labels = np.array_split(labels, self.num_output_chunks, axis=1)
        pairs = zip(logits, labels, strict=True)
        return sum(rows(o, t).sum() for o, t in pairs) / sum(t.size for t in labels)

    __call__ = compute


@pytest.mark.parametrize(
    ("loss", "line"),
    [
        (
            places_first,
            "lambda o, t, mask: places_first(o.swapaxes(0, 1), t, loss_mask=mask)",
        ),
        (places_first_alone, "lambda o, t: places_first_alone(o.swapaxes(0, 1), t)"),
        (
            places_first_of_all,
            "lambda o, t, lengths: places_first_of_all(o.swapaxes(0, 1), "
            "t.swapaxes(0, 1), target_lengths=lengths)",
        ),
        (InChunks, "lambda o, t: InChunks()(np.array_split(o, 2, axis=1), t)"),
        (InChunks(3), "lambda o, t: your_loss(np.array_split(o, 3, axis=1), t)"),
        (
            InChunks(3).compute,
            "lambda o, t: your_object.compute(np.array_split(o, 3, axis=1), t)",
        ),
    ],
)
def test_the_line_works_when_copied(loss, line):
    report = said(diagnose(loss))
    assert f": write diagnose({line}) 3 rows" in report
    names = {"your_loss": loss, "your_object": InChunks(3)}
    found = diagnose(eval(line, globals() | names))
    assert found.healthy, found


def forward(losses, probs, targets, B, T, V):
    """As llm.c has it."""
    for b, t in np.ndindex(B, T):
        losses[b, t] = -np.log(probs[b, t, targets[b, t]])


def of_rows(logits, labels, out):
    out[:] = rows(logits, labels)


@pytest.mark.parametrize("loss", [forward, of_rows])
def test_what_is_written_into_is_made(loss):
    report = said(diagnose(loss))
    out = "losses" if loss is forward else "out"
    line = re.search(rf"into its `{out}`: write diagnose\((.*)\) 3 rows", report)[1]
    found = diagnose(eval(line, globals()))
    assert found.healthy, found
    assert "and gives a loss for each token" in found.convention


def writes(loss, logits, labels, unheard_of):
    loss[:] = rows(logits, labels) * unheard_of


def test_beside_what_nobody_knows_it_is_not():
    assert "It writes into" not in said(diagnose(writes))


class Unset:
    """As torchtune has it: its recipe sets its matrix."""

    def __init__(self):
        self.weight, self._kept, self.projection = None, None, None

    def forward(self, outputs, targets):
        if self.projection is None:
            raise AttributeError("called before set_model_output")
        return rows(self.projection(outputs), targets).mean()


class Called(Unset):
    __call__ = Unset.forward


@pytest.mark.parametrize(
    ("loss", "line"),
    [
        (Unset, "your_loss = Unset(); your_loss.projection = I; {}your_loss.forward)"),
        (Called, "your_loss = Called(); your_loss.projection = I; {}your_loss)"),
        (Called(), "your_loss.projection = I; {}your_loss)"),
        (Unset(), "your_object.projection = I; {}your_object.forward)"),
        (Unset().forward, "your_object.projection = I; {}your_object.forward)"),
    ],
)
def test_a_matrix_that_is_set_later_may_be_the_identity(loss, line):
    report = repr(diagnose(loss))
    line = line.replace("I", "lambda x: x").format("diagnose(")
    assert "Its `projection` is None so far, where its matrix will be" in report
    shown = "".join(f"    {one}\n" for one in line.split("; "))
    assert f" write\n{shown}    3 rows" in report, "each on a line of its own"
    own = getattr(loss, "__self__", loss)
    assert isinstance(loss, type) or own.projection is None, "as it was"
    *before, last = line.split("; ")
    scope = {**globals(), "your_loss": own, "your_object": own}
    exec("\n".join(before), scope)
    found = eval(last, scope)
    assert found.healthy, found


def test_others_keep_none_for_another_reason():
    def loss(o, t):
        raise AttributeError(loss.nothing)

    class Other(Unset):
        def forward(self, outputs, targets):
            raise AttributeError("nowhere")

    class Never(Other):
        weight = None

        def __init__(self):
            raise ValueError("not made")

    loss.nothing = None
    for one in (loss, Other(), Never):
        assert "is None so far" not in said(diagnose(one))


def test_who_takes_places_first_and_is_wrong_is_shown_how():
    report = said(diagnose(bits))
    line = re.search(r"places before sequences: write diagnose\((.*?\))\) 3 r", report)[
        1
    ]
    found = diagnose(eval(line, globals()))
    assert "none of the known faults" in said(found)


class OfBatches:
    """As OpenNMT has it: ids (T + 1, B, 1) in a batch, beside what it ignores."""

    def __init__(self, criterion, generator):
        self.criterion, self.generator = criterion, generator

    def __call__(self, batch, output, attns, normalization=1.0):
        target = batch.tgt[1 : batch.tgt.shape[0], :, 0]
        scores = self.generator(output.reshape(-1, output.shape[2]))
        return self.criterion(scores, target.reshape(-1)) / normalization


class SequencesFirst(OfBatches):
    def forward(self, batch, output, attns):
        target = batch["tgt"][:, 1:, :][:, :, 0]
        scores = self.generator(output.reshape(-1, output.shape[2]))
        loss = self.criterion(scores, target.reshape(-1))
        return {"loss": loss, "sentences": len(batch["srclen"])}

    def __call__(self, *given, **named):
        return self.forward(*given, **named)


class Alone(OfBatches):
    def __call__(self, output, target):
        return self.criterion(self.generator(output), target)


class Sized(Alone):
    def __init__(self, generator, criterion):
        super().__init__(criterion, generator)
        assert isinstance(generator, list)


def mean(o, t):
    return rows(o, t).mean()


@pytest.mark.parametrize(
    ("loss", "given"),
    [
        (OfBatches, "(SimpleNamespace(tgt=np.pad("),
        (OfBatches(mean, lambda x: x), "o.swapaxes(0, 1), attns=None)"),
        (SequencesFirst, '"srclen": srclen}, o, attns=None)'),
        (SequencesFirst(mean, lambda x: x), '({"tgt": np.pad('),
        (Alone, "an instance, such as diagnose(Alone(criterion=torch."),
    ],
)
def test_one_line_makes_it_and_its_batch(monkeypatch, loss, given):
    """As it is printed: it may take several lines, and no word is cut."""
    nn = SimpleNamespace(CrossEntropyLoss=lambda: mean, Identity=lambda: lambda x: x)
    torch = SimpleNamespace(nn=nn, tensor=np.asarray)
    monkeypatch.setitem(sys.modules, "torch", torch)
    report = repr(diagnose(loss))
    assert given in " ".join(report.split())
    line = re.search(r"(diagnose\(.*?\))(\n    3 rows|$)", report, re.DOTALL)[1]
    scope = {"SimpleNamespace": SimpleNamespace, "here": torch, "your_loss": loss}
    found = eval(line.replace("torch.", "here."), globals() | scope)
    assert found.healthy, found


def test_who_cannot_be_made_of_these_is_said_to_want_them():
    made = "diagnose(Sized(generator=torch.nn.Identity(), criterion=torch.nn.Cross"
    assert f"make an instance, such as {made}" in said(diagnose(Sized))


def o(o, t, V):
    """Has the name of its logits."""


def test_what_is_given_stands_in_place_of_what_was():
    line = "lambda o, t: o(O, T, V=o.shape[-1])"
    assert with_given(o, o="O", t="T") == line


class Odd:
    """A callable with a name that no code has."""

    def __init__(self, name):
        self.__name__ = name

    def __call__(self, logits, labels, unheard_of):
        return rows(logits, labels).mean() * unheard_of


class Uncopied(Odd):
    """One that no copy can be made of."""

    def __new__(cls, name):
        return super().__new__(cls)

    def __init__(self, name):
        super().__init__(name)
        self.matrix = None

    def __reduce_ex__(self, protocol):
        raise TypeError("no copy")


@pytest.mark.parametrize("loss", [Odd("cross entropy"), Odd("<f>"), Uncopied("loss")])
def test_a_line_that_cannot_be_made_is_none(loss):
    report = said(diagnose(loss))
    assert report.startswith("?")
    assert re.search(r"write diagnose\(lambda o, t: (your_loss|loss)\(o, t", report)


def test_of_arrays_of_ones_own_no_line_makes_what_is_written_into():
    def own(logits, labels, out):
        out[:] = rows(logits, labels)

    report = said(diagnose(own, to=np.asarray))
    assert report.startswith("?")
    assert "(out := ," not in report


def per_byte(logits, targets, token_bytes):
    """As nanochat has it: how many bytes each token of the vocabulary has."""
    return rows(logits, targets).sum() / token_bytes[targets].sum()


def of_one_hot(logits, targets, z_loss):
    """As T5X has it."""
    log_p = log_softmax(logits)
    return z_loss * (logits - log_p)[..., 0] ** 2 - (targets * log_p).sum(-1)


@pytest.mark.parametrize(
    ("loss", "words", "more"),
    [
        (per_byte, "Right if its `token_bytes` is 1 for each token: write", ""),
        (
            of_one_hot,
            "Right if its `z_loss` is 0: write",
            ", or your own value in its place",
        ),
    ],
)
def test_what_nobody_knows_is_filled_in_where_that_is_right(loss, words, more):
    report = said(diagnose(loss))
    line = re.search(rf"{words} diagnose\((.*)\){more} 3 rows", report)[1]
    found = diagnose(eval(line, globals()))
    assert found.healthy, found


class Layer:
    def __init__(self, weight):
        self.weight = weight

    def __call__(self, x):
        return x @ self.weight.T


class Head:
    """As nanochat has it: hidden states come in, and its logits are capped."""

    def __init__(self):
        self.lm_head = Layer(np.ones((5, 8)))

    def __call__(self, x, targets):
        return mean(15 * np.tanh(self.lm_head(x) / 15), targets)


def test_a_layer_that_makes_the_logits_may_change_nothing():
    report = repr(diagnose(Head()))
    assert "Its `lm_head` makes the logits: let that, in a copy, change" in said(report)
    assert "    your_loss.lm_head = lambda x: x\n    diagnose(your_loss)\n" in report
    head = Head()
    head.lm_head = lambda x: x
    assert diagnose(head).names == ("soft-cap",)
