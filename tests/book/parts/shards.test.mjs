import assert from "node:assert/strict";
import { test } from "node:test";
import { close, golden, relative, xent } from "./scripts.mjs";

for (const { owners, pairs, joined } of golden("shards")) {
  test(`whose words: ${owners}`, () => {
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
