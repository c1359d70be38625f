"""What the doctor found, and its report."""

import html
import re
import textwrap
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ._faults import ROOMS, address, anchor, where
from ._probes import BEYOND, MORE_PROBES, PROBES
from ._steps import Array, Fault, Kind

SHOWN = 4  # probes in a report
LONG = 300  # letters of an error
DIGITS = range(5, 10)  # of a number; float32 has 9
NOT_MEANT = "– strict=True makes these ✗, except what allow= names"


@dataclass(frozen=True)
class Shown:
    """What a probe gave, and what it would give without the fault."""

    probe: str
    seen: str
    expected: str

    @classmethod
    def of(cls, probe: str, seen: Any, expected: Any) -> "Shown":
        """Both in the fewest digits that tell them apart, if any do."""
        for digits in (*DIGITS, DIGITS[0]):
            two = show(seen, digits), show(expected, digits)
            if two[0] != two[1]:
                break
        return cls(probe, *two)


@dataclass(frozen=True)
class Finding:
    """A fault, a convention, or an unexplained difference, with its numbers."""

    what: str
    shown: tuple[Shown, ...] = ()
    kind: Kind = "fault"
    name: str = ""  # of one that is known
    mend: str = ""
    room: int = 0
    subject: str = "The loss is"
    may_be_meant: bool = False
    if_: str = "it is meant"

    @classmethod
    def of(cls, fault: Fault, shown: tuple[Shown, ...]) -> "Finding":
        """A known one."""
        mend = f"To fix it, {fault.mend}"
        if fault.kind == "convention":
            mend = f"Right if {fault.if_}; otherwise {fault.mend}"
        return cls(
            str(fault),
            shown,
            fault.kind,
            fault.name,
            mend,
            fault.room,
            fault.subject,
            fault.may_be_meant or bool(fault.if_),
            fault.if_ or cls.if_,
        )

    @property
    def address(self) -> str:
        """Where it is explained, on the web or in the book; '' if it is unknown."""
        return address(self.room) if self.room else ""

    @property
    def _allow(self) -> str:
        allow = f'; if {self.if_}, say allow=["{self.name}"]'
        return allow if self.may_be_meant and self.kind == "fault" else ""

    def __str__(self) -> str:
        sign = "✗" if self.kind == "fault" else "–"
        without = "once fixed" if self.name else "expected"
        if self.kind == "convention":
            without = "in the book"
        lines = [f"{sign} {self.subject} {self.what}"]
        lines += [
            f"{one.probe}: yours {one.seen}, {without} {one.expected}"
            for one in self.shown[:SHOWN]
        ]
        if len(self.shown) > SHOWN:
            more = ", ".join(one.probe for one in self.shown[SHOWN:])
            lines.append(f"and {len(self.shown) - SHOWN} more: {more}")
        if not self.name:
            lines += [*filter(None, (asked(one.probe) for one in self.shown))][:1]
        room = f" ({self.address})" if self.room else ""
        beyond = [one.probe for one in self.shown] == [BEYOND]
        if self.kind == "precision" and beyond:
            lines[-1] += room  # where nobody trains, that will do
        elif self.mend:
            lines.append(f"{self.mend}{room}{self._allow}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Refused(Finding):
    """Of who may be right, and is not examined: at first what to write, then what
    came."""

    def __str__(self) -> str:
        came = (
            f"{one.probe}: yours {one.seen}"
            + (f", expected {one.expected}" if one.expected else "")
            for one in self.shown
        )
        return "\n".join([f"? {self.subject} {self.what}", self.mend, *came])


def asked(probe: str) -> str:
    """Where the rows of a probe are; of what is asked beside, ""."""
    tables = {"PROBES": PROBES, "MORE_PROBES": MORE_PROBES}
    found = (name for name, table in tables.items() if probe in table)
    return next((f'Its rows: xent_lib.doctor.{name}["{probe}"]' for name in found), "")


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """What `diagnose` found. It is True if healthy; its `repr` is the report."""

    convention: str = ""
    findings: tuple[Finding, ...] = ()
    not_tried: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    gradient: bool = False  # whether it was looked at, too

    @property
    def healthy(self) -> bool:
        """Whether no fault was found; conventions and lost precision do not count."""
        return not any(one.kind == "fault" for one in self.findings)

    def __bool__(self) -> bool:
        return self.healthy

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the known faults and conventions that were found."""
        return tuple(one.name for one in self.findings if one.name)

    def __repr__(self) -> str:
        fill = textwrap.TextWrapper(
            79, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )  # readers copy lines and names, such as "mask-ahead"
        return "\n".join(
            fill.fill(line if i == 0 else f"    {line}")
            for part in self._parts()
            for i, line in enumerate(part.split("\n"))
        )

    def _repr_html_(self) -> str:
        """The report, whose rooms are links in the bug museum."""
        parts = (html.escape(part, quote=False) for part in self._parts())
        heads = (part.partition("\n") for part in parts)
        report = "".join(
            f"<p><strong>{head}</strong><br>{more}</p>" if more else f"<p>{head}</p>"
            for head, _, more in heads
        ).replace("\n", "<br>")
        for room in ROOMS:
            link = f'<a href="bug-museum.html#{anchor(room)}">{where(room)}</a>'
            report = report.replace(f"({where(room)})", f"({link})")
            report = report.replace(f"({address(room)})", f"({link})")
        return f'<div class="xent-diagnosis">{report}</div>'

    def _parts(self) -> list[str]:
        """What it says, each part with its lines."""
        faults = [one for one in self.findings if one.kind == "fault"]
        others = [one for one in self.findings if one.kind != "fault"]
        parts = [self.convention] if self.convention else []
        parts += map(str, faults)
        if self.healthy:
            not_seen = "; its gradient was not looked at"
            nor = ", nor in its gradient" if self.gradient else not_seen
            nor *= not any("gradient" in one.name for one in others)  # told below
            parts.append(f"✓ Nothing wrong was found{nor}")
        parts += map(str, others)
        if self.healthy and any(one.kind == "convention" for one in others if one.mend):
            parts.append(NOT_MEANT)
        parts += [f"– Not tried: {what}" for what in self.not_tried]
        return parts + [f"– {note}" for note in self.notes]


def once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Each known fault once."""
    kept = {one.name or repr(one): one for one in reversed(findings)}
    return tuple(reversed(kept.values()))


def once_each(not_tried: Sequence[str], but: Collection[str]) -> tuple[str, ...]:
    """What is not tried, each with the first that is said of it; but for these."""
    said = {one.partition(";")[0]: one for one in reversed(not_tried)}
    return tuple(one for what, one in reversed(said.items()) if what not in but)


def allowed(found: Finding, names: Sequence[str], strict: bool) -> Finding:
    """The same, as the caller takes it: what is allowed is no fault."""
    if found.name in names:
        return replace(found, kind="convention", mend="", may_be_meant=False)
    if not strict:
        return found
    mend = re.sub("^Right if .*; otherwise", "To fix it,", found.mend)
    meant = found.may_be_meant or found.kind == "convention"
    return replace(found, kind="fault", mend=mend, may_be_meant=meant)


def show(answer: Any, digits: int = DIGITS[0]) -> str:
    if isinstance(answer, Exception):
        said = ": ".join(filter(None, (type(answer).__name__, shorten(str(answer)))))
        return said + line_of(answer)
    array: Array = np.asarray(answer)
    values = [
        f"{x + 0:.{digits}g}".replace("-", "−")
        .replace("inf", "∞")
        .replace("nan", "NaN")
        for x in array.ravel()[:4]
    ]
    return ", ".join(values) + (", …" if array.size > 4 else "")


def line_of(error: Exception) -> str:
    """The line of the caller’s own code at which it came."""
    line, code = getattr(error, "own", (0, ""))
    code = f": {shorten(code, 70)}" if code else ""
    if code.count("(") > code.count(")"):  # a call of more lines
        code = f"{code.removesuffix(' …')} …"
    return f" (your line {line}{code})" if line else ""


def shorten(text: str, most: int = LONG) -> str:
    """The first line of a text, or what of it fits."""
    line = (text.strip().splitlines() or [""])[0]
    return line if len(line) <= most else f"{line[:most]} …"
