import assert from "node:assert/strict";
import { test } from "node:test";
import { close, golden, relative, xent } from "./scripts.mjs";

const { cases, readings } = golden("ruler");

for (const { given: [loss, ...more], numbers, shown, words } of readings) {
  test(`a reading: ${[loss, ...more]}`, () => {
    const found = xent.readLoss(cases, Number(loss), ...more);
    for (const [name, x] of Object.entries(found.numbers)) {
      if (name in numbers) close(x, numbers[name], relative);
      else assert.ok(!Number.isFinite(x), `${name} is ${x}`);
    }
    assert.deepEqual(found.shown, shown);
    assert.deepEqual(found.words, words);
  });
}

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
