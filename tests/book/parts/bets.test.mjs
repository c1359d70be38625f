import assert from "node:assert/strict";
import { test } from "node:test";
import { xent } from "./scripts.mjs";

test("no chips on what came cost infinity", () => {
  assert.equal(xent.surprise(100), 0);
  assert.equal(xent.surprise(0), Infinity);
});
