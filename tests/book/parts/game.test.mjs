import assert from "node:assert/strict";
import { test } from "node:test";
import { xent } from "./scripts.mjs";

const { share, nats, bar, came, verdict } = xent.game;

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

const players = (you, model, blind, ...friend) =>
  [
    ["you", you],
    ["the model", model],
    ["a blind guess", blind],
    ...friend.map((loss) => ["your friend", loss]),
  ].map(([name, loss]) => [name, [loss]]);

test("the verdict is true in all orders", () => {
  for (
    const [sums, told] of [
      [[7, 7.5, 8.05], "You beat the model by 0.50 nats"],
      [[7, 8.05, 7.5], "You beat a blind guess by 0.50 nats"],
      [[8, 7.5, 8.05], "You lose to the model by 0.50 nats"],
      [[9, 7.5, 8.05], "You lose to the model by 1.50 nats"],
      [[9, 11, 8.05], "You lose to a blind guess by 0.95 nats"],
      [[11, 9, 8.05], "You lose to a blind guess by 2.95 nats"],
      [[Infinity, 7.5, 8.05], "You lose to the model by ∞ nats"],
      [[8.05, 7, 8.05], "You lose to the model by 1.05 nats"],
      [[7, 7, 8.05], "You tie with the model"],
      [[8.05, 9, 8.05], "You tie with a blind guess"],
      [[8.05, 8.05, 8.05], "You tie with the model and a blind guess"],
      [[9, 8.05, 8.05], "You lose to the model and a blind guess by 0.95 nats"],
      [[7, 8, 8.05, 6.5], "You lose to your friend by 0.50 nats"],
      [[7, 8, 8.05, 7.25], "You beat your friend by 0.25 nats"],
      [[Infinity, 8, 8.05, Infinity], "You lose to the model by ∞ nats"],
    ]
  ) assert.equal(verdict(players(...sums)), told);
});

test("sums that are shown alike are a tie", () => {
  assert.equal(verdict(players(8.0472, 8.0511, 9)), "You tie with the model");
});
