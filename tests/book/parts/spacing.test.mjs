import assert from "node:assert/strict";
import { test } from "node:test";
import { golden, xent } from "./scripts.mjs";

const { sizes, found } = golden("spacing");

test("the losses, and how far numbers are apart, to the bit", () =>
  sizes.forEach((size, i) => {
    const { apart, losses } = xent.twins(size);
    assert.deepEqual({ apart, losses }, found[i]);
  }));
