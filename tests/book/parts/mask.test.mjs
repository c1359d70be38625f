import assert from "node:assert/strict";
import { test } from "node:test";
import { close, golden, relative, xent } from "./scripts.mjs";

for (const { losses, divided } of golden("mask")) {
  test(`the losses of ${losses.map((list) => list.length)} tokens`, () => {
    close(xent.divided(losses, 64), divided, relative);
  });
}

test("of nothing there is no mean", () => {
  const [tokens, sequences, constant] = xent.divided([[], [1]], 64);
  assert.equal(tokens, 1);
  assert.ok(Number.isNaN(sequences));
  assert.equal(constant, 1 / 128);
});
