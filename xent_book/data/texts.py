"""Two texts from Debian packages: Austen's novels, and WordNet's example sentences.

`python xent_book/data/texts.py` brings the packages into _build/texts and writes the
book's sentences, with their licence, into xent_book/data/wordnet.
"""

import hashlib
import random
import re
import struct
import subprocess
import zlib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "_build/texts"
DATA = ROOT / "xent_book/data/wordnet"

# What apt calls a package, its file, and the SHA-256 of it.
PACKAGES = {
    "r-cran-janeaustenr=1.0.0-1": (
        "r-cran-janeaustenr_1.0.0-1_all.deb",
        "df6bddf211906d1ff404f8ff662c21b34e6660e7f54a311084e749050c019c95",
    ),
    "wordnet-base=1:3.0-39": (
        "wordnet-base_1%3a3.0-39_all.deb",
        "f4f96d4d5d19061916c66cbb889a0119e6a46f9655051f5fd42b7317e46ce4db",
    ),
}
NOVELS = CACHE / "usr/lib/R/site-library/janeaustenr/data/Rdata.rdb"
WORDNET = CACHE / "usr/share/wordnet"

STRAIGHT = str.maketrans("“”’‘`", "\"\"'''")
PLAIN = re.compile(r"[A-Z](?:[A-Za-z', ]|-(?!-))*[A-Za-z][.?!]")
ASKS = re.compile(r"(Who|Whom|Whose|What|Why|How|Can|Could|Do|Does|Did|Is|Are)\b.*\.")
# WordNet is a dictionary, and shows such words at work, too; a lesson need not.
HARSH = re.compile(
    r"(?i)\b(abort|addict|bastard|bitch|bomb|castrat|cocaine|corpse|damn|drug|execution|"
    r"executed|exterminat|gay\b|genocid|ghetto|gyps|hang|heroin|hitler|homosexual|"
    r"incest|jew\b|jews|jewish|kill|lynch|masturbat|molest|murder|muslim|nazi|prostitut|"
    r"rape|rapist|sex|shoot|shot\b|slave|slur|strangl|suicid|terroris|tortur|whor)"
)
SENTENCES = 2400


def bring():
    """The packages, unpacked in the cache: downloaded by apt where they are not yet."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for package, (name, expected) in PACKAGES.items():
        path = CACHE / name
        try:
            if not path.exists():
                command = ["apt-get", "--quiet=2", "download", package]
                subprocess.run(command, cwd=CACHE, check=True)
        except (OSError, subprocess.CalledProcessError):
            raise SystemExit(f"{package} is missing: put {name} into {CACHE}") from None
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != expected:
            raise SystemExit(f"{path} has SHA-256 {found}, but {expected} is expected")
        subprocess.run(["dpkg", "-x", path, CACHE], check=True)


def lines_of(book):
    """The strings of a serialised character vector of R."""
    at = 14 + struct.unpack_from(">i", book, 14)[0] + 4  # after the encoding's name
    _, n = struct.unpack_from(">ii", book, at)
    at += 8
    for _ in range(n):
        _, length = struct.unpack_from(">ii", book, at)
        yield book[at + 8 : at + 8 + length].decode()
        at += 8 + length


def paragraphs():
    """The six novels, from the shortest to the longest, without titles and headings."""
    packed, books = NOVELS.read_bytes(), []
    while packed:
        unpack = zlib.decompressobj()
        books.append(unpack.decompress(packed[4:]))  # four bytes tell its length
        packed = unpack.unused_data
    for book in sorted(books, key=len):
        for paragraph in re.split(r"\n\s*\n", "\n".join(lines_of(book))):
            line = " ".join(paragraph.split())
            if len(line) > 40 and not re.match("(?i)chapter|volume", line):
                yield line.replace("_", "").replace("--", "—").translate(STRAIGHT)


def examples(*kinds):
    """What stands in quotes in WordNet's notes on nouns, verbs, adjectives, adverbs."""
    for kind in kinds:
        text = (WORDNET / f"data.{kind}").read_text(encoding="ascii")
        for note in re.findall(r"^\d.*\| (.*)", text, re.M):
            yield from (quote.strip() for quote in re.findall('"([^"]+)"', note))


def as_sentence(example):
    """A capital first, a full stop last, straight quotes.

    >>> as_sentence("the cat meowed")
    'The cat meowed.'
    """
    stop = "" if example[-1] in ".?!" else "."
    return (example[0].upper() + example[1:] + stop).translate(STRAIGHT)


def bare(sentence):
    """Its letters and digits alone, to find it again in other clothes.

    >>> bare("What a cat she is!")
    'whatacatsheis'
    """
    return re.sub(r"[\W_]+", "", sentence).lower()


def chosen():
    """The book's sentences: plain ones of 5 to 20 words, of the notes on verbs."""
    plain = {
        sentence
        for example in examples("verb")
        if example[0].isupper()
        and PLAIN.fullmatch(sentence := as_sentence(example))
        and 5 <= len(sentence.split()) <= 20
        and not ASKS.fullmatch(sentence)
        and not HARSH.search(sentence)
    }
    return sorted(random.Random(0).sample(sorted(plain), SENTENCES)), len(plain)


def parts():
    """The lines to learn from and those held out, by text. None is of the book's."""
    wordnet = sorted(
        {
            as_sentence(example)
            for example in examples("noun", "verb", "adj", "adv")
            if len(example) >= 15 and len(example.split()) >= 4
        }
    )
    random.Random(1).shuffle(wordnet)
    texts = {"wordnet": wordnet, "austen": list(paragraphs())}
    out = {name: lines[::20] for name, lines in texts.items()}
    book = (DATA / "sentences.txt").read_text(encoding="ascii").splitlines()
    never = {bare(line) for lines in (book, *out.values()) for line in lines}
    return {
        name: ([line for line in lines if bare(line) not in never], out[name])
        for name, lines in texts.items()
    }


def licence():
    """WordNet's, of its files: a numbered head of each."""
    head = (WORDNET / "data.verb").read_text(encoding="ascii").splitlines()[:29]
    return "".join(re.sub(r"^ +\d+ ?", "", line).rstrip() + "\n" for line in head)


def main():
    bring()
    sentences, n = chosen()
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / "sentences.txt").write_text("\n".join(sentences) + "\n", encoding="ascii")
    (DATA / "LICENSE").write_text(licence(), encoding="ascii")
    print(f"{len(sentences)} of {n} sentences are in {DATA.relative_to(ROOT)}")
    for name, (seen, held_out) in parts().items():
        print(f"{name}: {len(seen)} lines to learn from, {len(held_out)} held out")


if __name__ == "__main__":
    main()
