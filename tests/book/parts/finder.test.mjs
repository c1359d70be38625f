import assert from "node:assert/strict";
import { test } from "node:test";
import { golden, xent } from "./scripts.mjs";

const { cases, entries } = golden("finder");

for (const { given, found } of cases) {
  test(`a number is found: ${given}`, () => {
    assert.deepEqual(xent.find(entries, ...given).map(([what]) => what), found);
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
