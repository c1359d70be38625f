import assert from "node:assert/strict";
import { test } from "node:test";
import { close, golden, relative, xent } from "./scripts.mjs";

const { added, losses: expected } = golden("overflow");

for (const [dtype, methods] of Object.entries(expected)) {
  test(`${dtype}`, () => {
    methods.forEach((losses, method) =>
      losses.forEach((right, k) => {
        const { loss } = xent.compute(
          [3.2, 1, -0.5, 2.5].map((x) => x + added[k]),
          0,
          dtype,
          method,
        );
        if (right === null) assert.ok(Number.isNaN(loss), `${method} ${added[k]}: ${loss}`);
        else close(loss, right, relative);
      })
    );
  });
}
