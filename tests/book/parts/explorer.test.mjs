import assert from "node:assert/strict";
import { test } from "node:test";
import { absolute, close, golden, relative, xent } from "./scripts.mjs";

for (
  const [name, { logits, T, target, drag, ...right }] of Object.entries(golden("explorer"))
) {
  test(name, () => {
    const found = xent.evaluate(logits, target, T);
    for (const key of ["p", "loss", "bits", "gradient"]) close(found[key], right[key], relative);
    if (drag === null) return;
    const moved = xent.logitFor(logits, target, T, drag);
    close(moved, right.dragged, absolute);
  });
}

test("a point is made in words", () => {
  const words = ["mat", "hat", "sat", "rug"], all = ["logits", "curve"];
  for (
    const [o, target, says] of [
      [[3.2, 1, -0.5, 2.5], 0, /1-in-1\.63 chance/],
      [[3.2, 1, -0.5, 2.5], 1, /Worse than a guess.*ln 4 = 1\.386/],
      [[2, 2, 2, 2], 1, /equal.*ln 4 = 1\.386/],
      [[1000, 0, 0, 0], 0, /e\^1000 overflows/],
      [[-1000, -900, -1000, -1000], 0, /0\/0/],
      [[0, 700, 0, -100], 3, /rounds to 0.*∞/],
    ]
  ) assert.match(xent.remark(o, target, 1, words, all), says);
  assert.match(xent.remark([3.2, 1], 0, 2, ["a", "b"], ["logits"]), /narrows/);
  assert.doesNotMatch(xent.remark([2, 2], 0, 1, ["a", "b"], ["logits"]), /loss/);
});
