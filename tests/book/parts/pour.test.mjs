import assert from "node:assert/strict";
import { test } from "node:test";
import { absolute, close, golden, xent } from "./scripts.mjs";

const LOGITS = [3.2, 1, -0.5, 2.5];
const { shifted, spread } = golden("pour");
const defined = (x) => (Number.isNaN(x) ? null : x);

for (const { made, shift, alone, e, p, chips, wishes } of shifted) {
  test(`${made}, all moved by ${shift}, hat at ${alone}`, () => {
    const o = LOGITS.with(1, alone), found = xent.pour(xent.scored(o, 0, shift), made);
    close(found.e, e, absolute);
    if (p.includes(null)) assert.deepEqual(found.p.map(defined), p);
    else close(found.p, p, absolute);
    assert.deepEqual(xent.dealt(found.p), chips ?? p.map(() => NaN));
    const { positive, one, order, shift: moved = null } = xent.judge(o, shift, made);
    assert.deepEqual({ positive, one, order, shift: moved }, wishes);
  });
}

for (const { T, scores, e, p, chips } of spread) {
  test(`T = ${T}`, () => {
    const o = xent.scored(LOGITS, 0, 0, T);
    close(o, scores, absolute);
    const found = xent.pour(o);
    close(found.e, e, absolute);
    close(found.p, p, absolute);
    assert.deepEqual(xent.dealt(found.p), chips);
  });
}

test("a hundred chips are dealt, the first of equals before the others", () => {
  assert.deepEqual(xent.dealt([0.125, 0.375, 0.375, 0.125]), [13, 38, 37, 12]);
  assert.deepEqual(xent.dealt([1 / 3, 1 / 3, 1 / 3, 0]), [34, 33, 33, 0]);
  assert.deepEqual(xent.dealt([0.29, 0.57, 0.14, 0]), [29, 57, 14, 0]);
});

test("labels keep a gap, their order and the page, and stay where they may", () => {
  assert.deepEqual(xent.apart([10, 90, 50], 20), [10, 90, 50]);
  assert.deepEqual(xent.apart([50, 51], 11), [45, 56]);
  assert.deepEqual(xent.apart([0, 100], 20, 0, 100), [10, 90]);
  assert.deepEqual(xent.apart([5, 5, 5], 10), [-5, 5, 15]);
});
