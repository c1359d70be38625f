import assert from "node:assert/strict";
import { test } from "node:test";
import { xent } from "./scripts.mjs";

const { share, nats, bar, came } = xent.game;

test("what is not placed lies evenly on all five", () => {
  assert.equal(share([0, 0, 0, 0, 0], 3), 0.2);
  assert.equal(share([40, 20, 0, 0, 0], 0), 0.48);
  assert.equal(share([40, 20, 0, 0, 0], 4), 0.08);
  assert.equal(share([100, 0, 0, 0, 0], 1), 0);
});

test("no chips on what came cost infinity", () => {
  assert.equal(nats(1), 0);
  assert.equal(nats(0), Infinity);
});

test("a bar stands for half a nat, and the last for all that is more", () => {
  assert.deepEqual([0, 0.49, 0.5, 1.61, 3.5, 99, Infinity].map(bar), [..."▁▁▂▄███"]);
});

test("a word that is no box is something else", () => {
  const words = ["a", "b", "c", "d"];
  assert.deepEqual(["a", "d", "e"].map((word) => came({ word, words })), [0, 3, 4]);
});
