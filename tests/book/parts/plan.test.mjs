import assert from "node:assert/strict";
import { test } from "node:test";
import { golden, xent } from "./scripts.mjs";

const { cases, entries } = golden("plan");

for (const { given, found } of cases) {
  test(`a number is found: ${given}`, () => {
    assert.deepEqual(xent.find(entries, ...given).map(([what]) => what), found);
  });
}

test("a loss is a number, or NaN, or ∞", () => {
  for (
    const text of [
      "",
      "1",
      "1.",
      ".5",
      "1,052",
      "−0.61",
      "-3.2",
      "+1",
      "1e-3",
      "NaN",
      "nan",
      "∞",
      "-inf",
      "Infinity",
    ]
  ) {
    assert.ok(xent.isNumber(text), text);
  }
  for (const text of ["x", "1.2.3", "0.49 nats", "-", "e3", "∞∞"]) {
    assert.ok(!xent.isNumber(text), text);
  }
});

test("a number may be as Python prints it", () => {
  for (
    const [text, number] of [
      ["0.49", "0.49"],
      [" 0,49 ", "0,49"],
      ["np.float64(0.4899)", "0.4899"],
      ["tensor(0.4899, grad_fn=<X>)", "0.4899"],
      ["Array(-0.61, dtype=float32)", "-0.61"],
      ["0.49 nats", "0.49 nats"],
    ]
  ) {
    assert.equal(xent.plain(text), number);
  }
});

test("a size that is not usual is told", () => {
  const right = ["right", "", 0, 0.489875, 999.3];
  const says = (near, far) => xent.size(right, near, far);
  assert.deepEqual(says("0.6123", "1249.1"), ["Both are 1.25 times what they should be", 2]);
  assert.deepEqual(says("0.7067", "1441"), [
    "Both are 1.442 times what they should be (the logarithm to base 2 gives that, too: Room 10)",
    2,
  ]);
  assert.deepEqual(says("0.4899", "10.414"), [
    "A cap: p has a floor of 3.0e-5, whose −ln is 10.414",
    11,
  ]);
  for (
    const pair of [
      ["1.2", "10.4"],
      ["0.4899", "999.3"],
      ["0.4899", "-3"],
      ["0.4899", ""],
      ["", ""],
      ["7", "NaN"],
    ]
  ) {
    assert.equal(says(...pair)?.[1] === 11, false, pair.join());
  }
});

test("how far off a number is, is said in three digits", () => {
  for (
    const [wrong, right, said] of [
      [1.0518, 0.489875, "× 2.15"],
      [0, 3.02, "× 0"],
      [-3.2, 0.489875, "× −6.53"],
      [NaN, 1, "NaN"],
      [Infinity, 999.3, "∞"],
    ]
  ) assert.equal(xent.times(wrong, right), said);
});

test("a number of no room stands between those that it is between", () => {
  const along = (factor) => xent.along([1.44, 1.67, Infinity, NaN, -6.5, 0.4], factor);
  assert.deepEqual([1, 1.2, 1.5, 7, 0.7, 0.2, -8].map(along), [0, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5]);
});

const says = (near, far) => xent.verdict(entries, near, far);

test("one fault is told, and what its other row prints", () => {
  const { faults, lines } = says("1.052", "");
  assert.deepEqual(faults.map(([what]) => what), ["computed from a softmax taken twice"]);
  assert.deepEqual(lines, ["With this bug, the far row prints 1.744."]);
  assert.deepEqual(says("", "1.744").lines, ["With this bug, the near row prints 1.052."]);
  assert.deepEqual(says("1.052", "1.744").lines, []);
});

test("where a number is of many, the other row tells them apart", () => {
  const { head, choices, rest } = says("0.4899", "");
  const others = xent.find(entries, "0.4899", "").length - 1;
  assert.equal(head, `Right so far: ${others} known faults print it, too.`);
  const numbers = ["999.3", "∞", "20.72", "46.8", "0"];
  assert.deepEqual(choices.map(([x]) => x).toSorted(), numbers.toSorted());
  assert.deepEqual(choices.find(([x]) => x === "∞")[1], [11]);
  assert.match(rest, /^or one of \d+ others$/);
  assert.deepEqual(says("0.4899", "").rooms, [11, 13]);
  assert.equal(says("", "0").lines[0], "What does the near row print?");
  assert.equal(says("0.4899", "999.3").head, "✓ Right, as far as these rows show.");
  const same = "1 known fault gives the same. More digits would tell them apart.";
  assert.deepEqual(says("0.49", "999").lines, [same]);
  assert.deepEqual(says("0.4899", "∞").faults.map((one) => one[2]), [11, 11]);
  const all = xent.find(entries, "0.4899", "∞").map((one) => one[6]).toReversed();
  for (const name of says("0.4899", "∞").lines[0].slice(4, -1).split(", ")) {
    assert.ok(all.includes(name), name);
  }
});

test("where two explain a number, both are told at once", () => {
  const { head, faults, choices, rest } = says("0.6", "");
  assert.equal(head, undefined);
  assert.deepEqual(
    faults.map(([what]) => what),
    xent.find(entries, "0.6", "").map((one) => one[0]),
  );
  assert.equal(faults.length, 2);
  assert.deepEqual([choices.length, rest], [2, ""]);
});

test("a number of nobody leads to the other row, to the ruler, or to the doctor", () => {
  const { head, lines } = says("2.3", "");
  assert.equal(head, "No known fault prints 2.3.");
  assert.match(lines[0], /on your own data, use \[the ruler\]/);
  assert.match(lines[1], /4\.695 times .* if that prints 4692, a divisor is wrong \(\[Room 2\]\)/);
  assert.deepEqual(says("2.3", "4692"), {
    room: 2,
    lines: ["Both are 4.695 times what they should be."],
  });
  assert.match(says("", "3000").lines[1], /3\.002 times .* if that prints 1\.471/);
  assert.match(says("-7", "").lines[0], /\[Room 13\]/);
  const examples = [["3", "4.1"], ["4", "6.238"], ["6", "an error"]];
  assert.deepEqual(xent.verdict(entries, "6.238", "", examples).rooms, [4]);
  const several = [...examples, ["7", "6.238"], ["4", "6.238"]];
  assert.deepEqual(xent.verdict(entries, "6.238", "", several).rooms, [4, 7]);
  const times = says("1.44", "");
  assert.deepEqual([times.rooms, times.factor], [[10, 13], 1.44]);
  assert.equal(times.lines[0], "For a loss that is 1.44 times the right one.");
  assert.equal(says("2.3", "").factor, undefined);
  assert.match(says("2.3", "5").lines[0], /two at once: \[the doctor\]/);
  assert.deepEqual(says("a lot", ""), { head: "A loss is a number, or NaN, or ∞." });
  assert.equal(says("", "").head, "Which numbers does yours print?");
});
