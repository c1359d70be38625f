import assert from "node:assert/strict";
import { test } from "node:test";
import { close, golden, relative, xent } from "./scripts.mjs";

const { logits, ...dtypes } = golden("wall");

for (const [dtype, cases] of Object.entries(dtypes)) {
  test(`${dtype}`, () =>
    cases.forEach(({ o, losses }, k) =>
      losses.forEach((right, method) => {
        const found = xent.compute(logits[k], 0, dtype, method);
        assert.deepEqual(found.o, o);
        if (typeof right === "number") close(found.loss, right, relative);
        else assert.equal(found.loss, { nan: NaN, inf: Infinity }[right], `${method} ${o}`);
      })
    ));
}
