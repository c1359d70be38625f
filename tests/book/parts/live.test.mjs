// The script's numbers, held to the golden ones. Run by test_parts.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInThisContext } from "node:vm";

// What the scripts ask of a browser before they do anything.
Object.assign(globalThis, { HTMLElement: class {}, customElements: { define() {} } });
const parts = "arrows averages bets explorer finder overflow ruler shards".split(" ");
for (const file of ["live.js", ...parts.map((name) => `${name}/${name}.js`)]) {
  const path = new URL(`../../../xent_book/parts/${file}`, import.meta.url);
  runInThisContext(readFileSync(path, "utf8"));
}
const xent = runInThisContext("xent");
const golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url)));

const close = (found, expected, floor) => {
  if (Array.isArray(expected)) {
    assert.equal(found.length, expected.length);
    return expected.forEach((x, i) => close(found[i], x, floor));
  }
  const room = 1e-12 * Math.max(Math.abs(expected), floor);
  assert.ok(Math.abs(found - expected) <= room, `${found} is not ${expected}`);
};
const relative = 1e-288; // below, a double has fewer digits
const absolute = 1; // logits, which have no scale of their own

for (
  const [name, { logits, T, target, drag, size, ...right }] of Object.entries(golden.explorers)
) {
  test(name, () => {
    const found = xent.evaluate(logits, target, T);
    for (const key of ["p", "loss", "bits", "gradient"]) close(found[key], right[key], relative);
    close(xent.step(logits, target, T, size), right.stepped, absolute);
    if (drag === null) return;
    const moved = xent.logitFor(logits, target, T, drag);
    close(moved, right.dragged, absolute);
  });
}

for (const [name, { losses, pad, ...right }] of Object.entries(golden.averages)) {
  test(`averages: ${name}`, () => {
    for (const kind of ["sequence", "token", "means", "padded"]) {
      const { value, weight, pads } = xent.average(losses, kind, pad);
      close(value, right[kind], relative);
      const sums = losses.map((list, k) => list.reduce((a, b) => a + b, 0) + pads[k] * pad);
      close(sums.reduce((all, x, k) => all + weight[k] * x, 0), right[kind], relative);
    }
  });
}

for (const [name, { target, size, losses }] of Object.entries(golden.arrows)) {
  test(`arrows: ${name}`, () => {
    let arrows = { h: [2, 1], tokens: [[1.5, 0.2], [0.2, 0.6], [-0.5, 0.5], [0.8, 0.9]] };
    for (const right of losses) {
      const o = arrows.tokens.map(([x, y]) => x * arrows.h[0] + y * arrows.h[1]);
      close(xent.evaluate(o, target).loss, right, relative);
      arrows = xent.learn(arrows.h, arrows.tokens, target, size);
    }
  });
}

for (const [dtype, methods] of Object.entries(golden.overflow)) {
  test(`overflow: ${dtype}`, () => {
    methods.forEach((losses, method) =>
      losses.forEach((right, k) => {
        const { loss } = xent.compute(
          [3.2, 1, -0.5, 2.5].map((x) => x + golden.added[k]),
          0,
          dtype,
          method,
        );
        if (right === null) assert.ok(Number.isNaN(loss), `${method} ${golden.added[k]}: ${loss}`);
        else close(loss, right, relative);
      })
    );
  });
}

for (const { given: [loss, ...more], numbers, shown, words } of golden.readings) {
  test(`a reading: ${[loss, ...more]}`, () => {
    const found = xent.readLoss(golden.cases, Number(loss), ...more);
    for (const [name, x] of Object.entries(found.numbers)) {
      if (name in numbers) close(x, numbers[name], relative);
      else assert.ok(!Number.isFinite(x), `${name} is ${x}`);
    }
    assert.deepEqual(found.shown, shown);
    assert.deepEqual(found.words, words);
  });
}

for (const { owners, pairs, joined } of golden.shards) {
  test(`shards: ${owners}`, () => {
    const sent = [0, 1, 2].map((k) =>
      xent.pair([3.2, 1, -0.5, 2.5].filter((x, i) => owners[i] === k))
    );
    sent.forEach(([top, total], k) => {
      if (pairs[k] === null) return assert.deepEqual([top, total], [-Infinity, 0]);
      close([top, total], pairs[k], relative);
    });
    close(xent.join(sent), joined, relative);
  });
}

for (const { given, found } of golden.found.cases) {
  test(`a number is found: ${given}`, () => {
    assert.deepEqual(xent.find(golden.found.entries, ...given).map(([what]) => what), found);
  });
}

test("a loss is a number, or NaN, or ∞", () => {
  for (
    const text of [
      "",
      "1",
      "1.",
      ".5",
      "1,052",
      "−0.61",
      "-3.2",
      "+1",
      "1e-3",
      "NaN",
      "nan",
      "∞",
      "-inf",
      "Infinity",
    ]
  ) {
    assert.ok(xent.isNumber(text), text);
  }
  for (const text of ["x", "1.2.3", "0.49 nats", "-", "e3", "∞∞"]) {
    assert.ok(!xent.isNumber(text), text);
  }
});

test("a number may be as Python prints it", () => {
  for (
    const [text, number] of [
      ["0.49", "0.49"],
      [" 0,49 ", "0,49"],
      ["np.float64(0.4899)", "0.4899"],
      ["tensor(0.4899, grad_fn=<X>)", "0.4899"],
      ["Array(-0.61, dtype=float32)", "-0.61"],
      ["0.49 nats", "0.49 nats"],
    ]
  ) {
    assert.equal(xent.plain(text), number);
  }
});

test("a size that is not usual is told", () => {
  const right = ["right", "", 0, 0.489875, 999.3];
  const says = (near, far) => xent.size(right, near, far);
  assert.deepEqual(says("0.6123", "1249.1"), ["Both are 1.25 times what they should be", 2]);
  assert.deepEqual(says("0.4899", "10.414"), [
    "A cap: p has a floor of 3.0e-5, whose −ln is 10.414",
    11,
  ]);
  for (
    const pair of [
      ["1.2", "10.4"],
      ["0.4899", "999.3"],
      ["0.4899", "-3"],
      ["0.4899", ""],
      ["", ""],
      ["7", "NaN"],
    ]
  ) {
    assert.equal(says(...pair)?.[1] === 11, false, pair.join());
  }
});

test("what is typed is read, or is not", () => {
  const { loss, vocabulary, bytes } = xent.typed;
  const read = (field, pairs) =>
    pairs.forEach(([text, value]) => assert.deepEqual(field(text), value, text));
  read(loss, [
    ["3.02", 3.02],
    ["3,02", 3.02],
    ["1e-3", 0.001],
    ["−2", -2],
    ["nan", NaN],
    ["NaN", NaN],
    ["∞", Infinity],
    ["inf", Infinity],
    ["-Infinity", -Infinity],
    ["", undefined],
    ["-", undefined],
    ["three", undefined],
  ]);
  read(vocabulary, [
    ["50257", 50257],
    ["50,257", 50257],
    ["50 257", 50257],
    ["1.000.000", 1e6],
    ["", null],
    ["1", undefined],
    ["2", 2],
    ["1000000000", 1e9],
    ["1000000001", undefined],
    ["3.5", undefined],
    ["V", undefined],
  ]);
  read(bytes, [
    ["4.4", 4.4],
    ["4,4", 4.4],
    ["", null],
    ["0.1", 0.1],
    ["0", undefined],
    ["1000", 1000],
    ["1001", undefined],
    ["x", undefined],
  ]);
});

test("a scale has few marks, in their order, within it", () => {
  for (const top of [0.867, 1.73, 5.2, 6.9, 7, 13.5, 14, 26]) {
    for (const scale of xent.scales(top, 50257, 4.4)) {
      const at = scale.map(([place]) => place);
      assert.ok(at.length >= 2 && at.length <= 9, `${top}: ${at.length} marks`);
      assert.ok(at[0] === 0 && at.at(-1) <= 1 && at.every((x, i) => !i || x > at[i - 1]));
      assert.equal(new Set(scale.map(([, text]) => text)).size, at.length);
    }
  }
  const texts = xent.scales(13.53, 50257, 4.4).map((scale) =>
    scale.map(([, text]) => text).join(" ")
  );
  assert.deepEqual(texts, [
    "0 2 4 6 8 10 12",
    "0 5 10 15",
    "1 10 100 1,000 10⁴ 10⁵",
    "1 0.1 0.01 0.001 10⁻⁴ 10⁻⁵",
    "0% 25% 50% 75% 100%",
    "0 1 2 3 4",
  ]);
});

test("numbers are for reading", () => {
  for (
    const [x, shown] of [
      [0.489875, "0.490"],
      [-0.5, "−0.500"],
      [-0, "0.000"],
      [4.54e-5, "4.5·10⁻⁵"],
      [-1e-20, "−1.0·10⁻²⁰"],
      [Infinity, "∞"],
    ]
  ) {
    assert.equal(xent.show(x), shown);
  }
});

test("no chips on what came cost infinity", () => {
  assert.equal(xent.surprise(100), 0);
  assert.equal(xent.surprise(0), Infinity);
});

test("a point is made in words", () => {
  const words = ["mat", "hat", "sat", "rug"], all = ["logits", "gradient", "curve"];
  for (
    const [o, target, says] of [
      [[3.2, 1, -0.5, 2.5], 0, /1\.63 equally likely/],
      [[3.2, 1, -0.5, 2.5], 1, /Worse than a guess.*ln 4 = 1\.386/],
      [[2, 2, 2, 2], 1, /equal.*ln 4 = 1\.386/],
      [[20, 0, 0, 0], 0, /Saturated.*right/],
      [[20, 0, 0, 0], 1, /Saturated.*no bound/],
      [[1000, 0, 0, 0], 0, /e\^1000 overflows/],
      [[-1000, -900, -1000, -1000], 0, /0\/0/],
      [[0, 700, 0, -100], 3, /rounds to 0.*∞/],
    ]
  ) assert.match(xent.remark(o, target, 1, words, all), says);
  assert.match(xent.remark([3.2, 1], 0, 2, ["a", "b"], ["logits"]), /narrows/);
  assert.doesNotMatch(xent.remark([2, 2], 0, 1, ["a", "b"], ["logits"]), /loss/);
});
