// The page's own language model: its file, its tokens, its windows, its kernel. By test_llama.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { compare, Scorer, windows } from "../../../xent_book/model/scoring.js";
import { pieces, Tokenizer } from "../../../xent_book/model/tokenizer.js";
import { load, readFile } from "../../../xent_book/model/weights.js";

const read = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url));
const tiny = read("xent_lib/smollm/tiny/tiny.gguf"), kernel = read("xent_book/model/kernel.wasm");
const open = async (bytes = kernel, options = {}, parts = [tiny]) =>
  new Scorer(await load(parts, bytes, options));
const CAT = "The cat sat on the mat.";

// As Hugging Face's `tokenizers` 0.22 splits them: single digits, then GPT-2's pattern.
const WORDS = [
  ["The", " cat", " sat", " on", " the", " mat", "."],
  [
    "In",
    " ",
    "1",
    "9",
    "8",
    "7",
    ",",
    " Zoë",
    " paid",
    " €",
    "3",
    "5",
    " for",
    " ",
    "2",
    " tickets",
    " —",
    " can",
    "’",
    "t",
    " it",
    " cheap",
    "?",
  ],
  [
    "I",
    "'m",
    " sure",
    " they",
    "'ll",
    "'ve",
    " said",
    " it",
    "'s",
    " O",
    "'",
    "Neil",
    "'s",
    ",",
    " don",
    "'t",
    " you",
    "?",
  ],
  ["a", " ", " b", "  ", " c", "   ", " d"],
  ["x", "  ", "2", " and", "   ", "3", "3", "  ", "4"],
  ["tabs", "\t", "and", "\n", "new", "\n", "\n", "lines", " \n", " end", " "],
  [
    "1",
    "9",
    "8",
    "0",
    "'s",
    " ",
    "3",
    "rd",
    " _",
    "under",
    "_",
    "score",
    "_",
    " a",
    "_",
    "b",
    " __",
    "init",
    "__",
  ],
  ["naïve", " café", " œuvre"],
  ["日本語のテキスト", " と", " 한국어"],
  ["😀", " emoji", " 👩\u{200d}👩\u{200d}👧", " family"],
  ["  ", " leading"],
  ["trailing", "   "],
  ["$", "3", ".", "5", "0", " +", " ", "7", "%", " =", " ?!..."],
  ["HELLO", " World", "'s", " DON", "'", "T", " '", "S", " '", "t"],
  ["<|", "endoftext", "|>", " <|", "im", "_", "start", "|>"],
  ["x", "²", " ", "½", " ", "Ⅷ", " ", "٣", "٤"],
  ["e", "\u{301}", " combining"],
  ["URL", " https", "://", "example", ".", "org", "/", "a", "?", "b", "=", "c", "&", "d", "=", "1"],
  ["\u0004\u0006", " control"],
  ["a", "\u{a0}", "b", "\u{2003}", "c"],
  ["(", "hello", ")[", "world", "]{", "x", "}"],
  ["don", "''", "t", " ''", ' "', "quoted", '"', " '", "single", "'"],
  ["a", "\u{85}", "b", "\u{2028}", "c", "\u{feff}", "d", "\u001c", "e"],
  ["   ", "3"],
  ["x", " \n ", "5"],
  ["\n\n  ", "7", "a"],
  ["🇩🇪🏳️\u{200d}🌈"],
  ["a", "\u{300}\u{301}'", "sit", "'", "S"],
  ["…—“", "quoted", "”"],
  ["٣", "٤", " ", "Ⅷ", "½"],
  ["\u{200b}", " zero", "\u{200b}", "width"],
  ["The", " cat", " sat", " on", " the", " mat", "."],
];

test("a text is split as it was for the model", () => {
  for (const words of WORDS) assert.deepEqual(pieces(words.join("")), words);
  assert.deepEqual(pieces(""), []);
});

test("what was learned first is joined first, and what has no token is left out", () => {
  const merges = ["b c", "a b", "bc d", "a a", "aa aa"];
  const tokens = ["<>", "a", "b", "c", "d", "bc", "ab", "bcd", "aa", "aaaa"];
  const tokenizer = new Tokenizer(tokens, merges);
  const split = (text) => tokenizer.encode(text).map((id) => tokens[id]).join(" ");
  const joined = { abcd: "a bcd", ab: "ab", aaaaa: "aaaa a", aaa: "aa a", axb: "a b", "\0": "" };
  for (const [text, parts] of Object.entries(joined)) assert.equal(split(text), parts);
});

test("tokens put together are the text, and part of a character is shown as bytes", () => {
  const { keys } = readFile(tiny);
  const tokenizer = new Tokenizer(keys["tokenizer.ggml.tokens"], keys["tokenizer.ggml.merges"]);
  for (const text of WORDS.map((words) => words.join(""))) {
    const ids = tokenizer.encode(text), letters = ids.flatMap((id) => [...tokenizer.tokens[id]]);
    assert.equal(
      Buffer.from(letters.map((letter) => tokenizer.bytes.get(letter))).toString(),
      text,
    );
  }
  assert.deepEqual(tokenizer.encode("€").map((id) => tokenizer.piece(id)).join(""), "‹e2›‹82›‹ac›");
  assert.equal(tokenizer.piece(0), "<|endoftext|>");
});

test("a wrong file says what is wrong", () => {
  const changed = (after, skip, bytes) => {
    const copy = Uint8Array.from(tiny);
    copy.set(bytes, tiny.indexOf(after) + after.length + skip);
    return copy;
  };
  const letters = (text) => [...text].map((c) => c.charCodeAt(0));
  const ends = [4, 20, 100, 5000, 40_000, tiny.length - 1].map((n) => tiny.subarray(0, n));
  const tokens = changed("tokenizer.ggml.tokens", 8, Array(8).fill(255));
  for (const bytes of [...ends, tokens]) assert.throws(() => readFile(bytes), /ends too early/);
  for (const bytes of [new Uint8Array(0), new Uint8Array(4096), Buffer.from("<!DOCTYPE html>")]) {
    assert.throws(() => readFile(bytes), /not a GGUF file/);
  }
  const wrong = [
    [changed("blk.1.attn_q.weight", 20, [2]), /blk\.1\.attn_q\.weight is of type 2/],
    [changed("blk.1.attn_q.weight", 4, [95]), /shape 95,96/],
    [changed("general.architecture", 12, letters("gemma")), /architecture is not .* gemma/],
    [changed("tokenizer.ggml.model", 12, letters("bert")), /model is not .* bert/],
    [changed("tokenizer.ggml.pre", 12, letters("llama3")), /pre is not .* llama3/],
    [changed("llama.block_coun", 0, letters("x")), /does not say its llama.block_count/],
    [changed("blk.2.ffn_dow", 0, letters("x")), /has no blk\.2\.ffn_down\.weight/],
    [changed("llama.block_count", 4, [2]), /has blk\.2\.attn_k\.weight, which is not supported/],
    [changed("ggml.bos", -3, letters("rope.scaling")), /has tokenizer.ggml.rope.scaling,/],
  ];
  return Promise.all(wrong.map(([bytes, says]) => assert.rejects(open(kernel, {}, [bytes]), says)));
});

test("windows score every token once, and look back half a context", () => {
  for (const size of [4, 8, 128]) {
    for (let count = 0; count < 5 * size; count++) {
      const all = windows(count, size),
        scored = all.flatMap(({ first, end }) =>
          Array.from({ length: end - first }, (_, i) => first + i)
        );
      assert.deepEqual(scored, Array.from({ length: count }, (_, i) => i));
      assert.ok(
        all.every(({ begin, first, end }, i) =>
          end - begin <= size && (i ? first - begin === size / 2 : begin === 0)
        ),
      );
    }
  }
});

const losses = ({ tokens }) => tokens.map(({ loss }) => loss);
const near = (found, right, room = 2e-4) => {
  assert.equal(found.length, right.length);
  found.forEach((x, i) => assert.ok(Math.abs(x - right[i]) <= room, `${x} is not ${right[i]}`));
};

test("the kernel computes what plain JavaScript does", async () => {
  const [fast, plain] = await Promise.all([kernel, null].map((bytes) => open(bytes)));
  assert.ok(fast.model.memory.memory instanceof WebAssembly.Memory);
  for (const text of [CAT, "a", "", "Zoë paid €35. ".repeat(9), "word ".repeat(250)]) {
    const [one, other] = [await fast.score(text), await plain.score(text)];
    near(losses(one), losses(other));
    one.tokens.forEach(({ best }, i) =>
      near(best.map(([, p]) => p), other.tokens[i].best.map(([, p]) => p), 1e-4)
    );
  }
});

test("what is kept from an earlier text changes nothing", async () => {
  const kept = await open();
  for (
    const text of [
      "The cat",
      CAT,
      "The cat sat on the cat.",
      "The",
      "",
      CAT.repeat(30),
      `${CAT.repeat(30)} It`,
      CAT,
    ]
  ) {
    const fresh = await open(),
      [found, right] = [await kept.score(text), await fresh.score(text)];
    near(losses(found), losses(right), 1e-5);
    assert.deepEqual(
      found.tokens.map(({ piece }) => piece),
      right.tokens.map(({ piece }) => piece),
    );
    assert.equal(found.bytes, Buffer.byteLength(text));
  }
});

test("a text that is out of date is left, and what was read of it is kept", async () => {
  const model = await open(), text = CAT.repeat(9);
  let blocks = 0;
  assert.equal(await model.score(text, () => blocks++ === 2), null);
  assert.equal(model.inputs.length, 64);
  near(
    losses(await model.score(text)),
    losses(await (await open()).score(text)),
    1e-5,
  );
});

test("guesses come in order, and what came has its rank among them", async () => {
  const { tokens } = await (await open()).score(CAT);
  for (const { piece, loss, rank, best } of tokens) {
    const p = best.map(([, q]) => q);
    assert.ok(best.length === 5 && p.every((q, i) => q > 0 && (!i || q <= p[i - 1])));
    if (rank <= 5) {
      assert.deepEqual(best[rank - 1][0], piece), near([Math.exp(-loss)], [p[rank - 1]], 1e-6);
    } else assert.ok(Math.exp(-loss) <= p[4]);
  }
});

test("a file comes in parts, and where its size is known none is copied twice", async () => {
  const { ArrayBuffer } = globalThis,
    right = losses(await (await open()).score(CAT));
  const parts = Array.from({ length: 40 }, (_, i) => tiny.subarray(8192 * i, 8192 * (i + 1)));
  let made = 0;
  globalThis.ArrayBuffer = class extends ArrayBuffer {
    constructor(size) {
      super(size);
      if (size >= tiny.length) made++;
    }
  };
  for (const bytes of [kernel, null]) {
    for (const size of [0, tiny.length]) {
      made = 0;
      const model = await open(bytes, { size }, parts);
      // The second has room for the vectors, too.
      if (size) assert.ok(made <= 2, `${made} buffers of the size of the file`);
      near(losses(await model.score(CAT)), right);
    }
  }
  globalThis.ArrayBuffer = ArrayBuffer;
});

test("of equal logits the first are the best guesses, and none outranks the other", () => {
  const logits = [0, 2, 1, 2, 1, 2, 1, 1, 0];
  const places = ({ best }) => best.map(([i]) => i);
  assert.deepEqual(places(compare(logits, 3)).slice(0, 4), [1, 3, 5, 2]);
  assert.deepEqual([1, 3, 5, 2, 7, 8].map((id) => compare(logits, id).rank), [1, 1, 1, 4, 4, 8]);
});
