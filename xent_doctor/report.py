"""What the doctor found, and its report: text, HTML, or a dict for JSON."""

import html
import textwrap
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from .faults import BESIDE, FAULTS, ROOMS, Fault, anchor, room_address, room_in_words
from .faults.fault import Verdict
from .probes import PROBES
from .reference import Array

SHOWN = 4  # probes in a report
LONG = 300  # letters of an error
DIGITS = range(5, 10)  # of a number; float32 has 9
STRICT = "– strict=True makes each – a ✗, except what allow= names"
UNEXPLAINED = "and no known fault explains it"
SIGNS: dict[Verdict, str] = {
    "fault": "✗",
    "refused": "?",
    "convention": "–",
    "precision": "–",
}
FILL = textwrap.TextWrapper(
    79, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
)  # readers copy lines and names, such as "mask-ahead"
UNHEALTHY = ("fault", "refused")


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
    """A fault, a convention, or a difference that nothing explains; with numbers."""

    what: str
    shown: tuple[Shown, ...] = ()
    kind: Verdict = "fault"
    name: str = ""  # of one that is known
    fix: str = ""
    room: int = 0
    subject: str = "The loss is"
    may_be_meant: bool = False
    right_if: str = ""

    @classmethod
    def of(cls, fault: Fault | str, *shown: Shown, name: str = "") -> "Finding":
        """A known one, or of this name; {} in its words is the name of a parameter."""
        fault = BESIDE[fault] if isinstance(fault, str) else fault
        same = ("kind", "name", "fix", "room", "subject", "right_if", "may_be_meant")
        what = fault.what.replace("{}", name) if name else str(fault)
        return cls(what, shown, **{one: getattr(fault, one) for one in same})

    @property
    def address(self) -> str:
        """Where it is explained, on the web or in the book; '' if it is unknown."""
        return room_address(self.room) if self.room else ""

    @property
    def advice(self) -> str:
        """What to do about it, in one line."""
        room = f" ({self.address})" if self.room else ""
        if self.kind == "convention":
            other = f"; otherwise {self.fix}" if self.fix else ""
            return f"Right if {self.right_if}{other}{room}" if self.right_if else ""
        if not self.fix or self.kind == "refused":
            return self.fix or room.strip()
        allow = f'; if {self.right_if or "it is meant"}, say allow=["{self.name}"]'
        allow *= self.kind == "fault" and (self.may_be_meant or bool(self.right_if))
        return f"Fix: {self.fix}{room}{allow}"

    def __str__(self) -> str:
        without = "once fixed" if self.name else "expected"
        without = "in the book" if self.kind == "convention" else without
        lines = [f"{SIGNS[self.kind]} {self.subject} {self.what}"]
        for one in self.shown[:SHOWN]:  # of what was refused nothing is expected
            both = f"yours {one.seen}, {without} {one.expected}"
            lines.append(f"{one.probe}: {both if one.expected else one.seen}")
        if more := [one.probe for one in self.shown[SHOWN:]]:
            lines.append(f"and {len(more)} more: {', '.join(more)}")
        known = [] if self.name else [x.probe for x in self.shown if x.probe in PROBES]
        lines += [f'Its rows: xent_doctor.PROBES["{one}"]' for one in known[:1]]
        return "\n".join([*lines, self.advice] if self.advice else lines)


@dataclass
class Seen:
    """What a group of probes showed."""

    findings: list[Finding] = field(default_factory=list)
    not_tried: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    withdrawn: tuple[str, ...] = ()  # names of what was found before, and is another
    gradient: bool = False  # whether a gradient was looked at
    explanation: Any = None  # what it was seen to be, in place of what it was


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """What `diagnose` found. It is true if healthy; its `repr` is the report."""

    called: str = ""  # how it was called, and what it gives
    findings: tuple[Finding, ...] = ()
    not_tried: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    gradient: bool = False  # whether it was looked at, too

    @property
    def healthy(self) -> bool:
        """Whether no fault was found; conventions and lost precision do not count."""
        return not any(one.kind in UNHEALTHY for one in self.findings)

    def __bool__(self) -> bool:
        return self.healthy

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the known faults and conventions that were found."""
        return tuple(one.name for one in self.findings if one.name)

    @property
    def summary(self) -> str:
        """One line: the signs and names."""
        faults_first = sorted(self.findings, key=lambda x: x.kind not in UNHEALTHY)
        found = [
            f"{SIGNS[x.kind]} {x.name or f'{x.subject} {x.what}'}" for x in faults_first
        ]
        return ", ".join(found) or "✓ nothing wrong was found"

    def as_dict(self) -> dict[str, Any]:
        """The same for JSON."""
        findings = [
            asdict(one) | {"what": f"{one.subject} {one.what}", "address": one.address}
            for one in self.findings
        ]
        return asdict(self) | {"healthy": self.healthy, "findings": findings}

    def __repr__(self) -> str:
        told = "\n".join(part.replace("\n", "\n    ") for part in self._parts())
        return "\n".join(map(FILL.fill, told.split("\n")))

    def _repr_html_(self) -> str:
        """The report, whose rooms are links to the bug museum."""
        report = ""
        for part in self._parts():
            signed = part[1:2] == " "
            sign = f'<span class="sign">{part[0]}</span> ' * signed
            told = html.escape(part[2 * signed :], quote=False)
            head, _, more = told.partition("\n")
            head = f"<strong>{head}</strong><br>" if more else head
            report += f"<p>{sign}{head}{more}</p>".replace("\n", "<br>")
        for room in ROOMS:
            words = room_in_words(room)
            link = f'<a href="bug-museum.html#{anchor(room)}">{words}</a>'
            for one in (words, room_address(room)):
                report = report.replace(f"({one})", f"({link})")
        return f'<div class="xent-diagnosis">{report}</div>'

    def _parts(self) -> list[str]:
        """What it says, each part with its lines."""
        faults = [one for one in self.findings if one.kind in UNHEALTHY]
        others = [one for one in self.findings if one not in faults]
        parts = [self.called] if self.called else []
        parts += map(str, faults)
        if self.healthy:
            nor = "; its gradient was not looked at"
            nor = ", nor in its gradient" if self.gradient else nor
            nor *= not any("gradient" in one.name for one in others)  # told below
            parts.append(f"✓ Nothing wrong was found{nor}")
        parts += map(str, others)
        if self.healthy and any(x.kind == "convention" and x.fix for x in others):
            parts.append(STRICT)
        parts += [f"– Not tried: {what}" for what in self.not_tried]
        return parts + [f"– {note}" for note in self.notes]


def judged(found: Finding, allow: Collection[str], strict: bool) -> Finding:
    """The same as the caller takes it: what is allowed is no fault."""
    if found.name and found.name in allow:
        return replace(found, kind="convention", fix="", right_if="")
    if not strict or found.kind == "refused":
        return found
    meant = found.may_be_meant or found.kind == "convention"
    return replace(found, kind="fault", may_be_meant=meant)


def table() -> str:
    """All faults by room."""
    lines: list[str] = []
    for room, title in ROOMS.items():
        kinds = {x.name: x.kind for x in reversed(FAULTS) if x.room == room}
        said = ", ".join(f"{SIGNS[kinds[x]]} {x}" for x in reversed(kinds))
        lines += [f"Room {room}: {title}", FILL.fill(f"    {said}")] if kinds else []
    return "\n".join(lines)


def show(answer: Any, digits: int = DIGITS[0]) -> str:
    """A number, the first few of an array, or an error, for reading."""
    if isinstance(answer, Exception):
        words = (type(answer).__name__, shortened(str(answer)))
        line, code = getattr(answer, "own", (0, ""))
        at = f" (your line {line}: {shortened(code, 70)})" if line else ""
        return ": ".join(filter(None, words)) + at
    array: Array = np.asarray(answer)
    values = [
        f"{x + 0:.{digits}g}".replace("-", "−")
        .replace("inf", "∞")
        .replace("nan", "NaN")
        for x in array.ravel()[:4]
    ]
    return ", ".join(values) + (", …" if array.size > 4 else "")


def shortened(text: str, most: int = LONG) -> str:
    """The first line of a text, or what of it fits."""
    line = (text.strip().splitlines() or [""])[0]
    return line if len(line) <= most else f"{line[:most]} …"


def number(x: int) -> str:
    """With a minus sign, as prose has it."""
    return f"{x}".replace("-", "−")
