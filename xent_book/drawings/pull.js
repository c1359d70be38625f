/* The orange dot of the drawing at a chapter's head can be pulled, and the numbers beside it and
   in the text below change with it. What each stop looks like was drawn by Python: here shapes
   only take the places that they have at a stop, in units of the drawing. */
(() => {
  "use strict";
  const head = document.querySelector("[data-pull]");
  if (!head) return;
  const { start, says, texts, moves } = JSON.parse(head.dataset.pull);
  const each = (joined) => joined.split("|");
  const last = each(Object.values(texts)[0]).length - 1;
  const read = (joined) => each(joined)[now];
  const said = [...document.querySelectorAll("[data-said]")];
  const at = (values, k) => values.map((one) => one[k] ?? one);
  const PLACES = { circle: ["cx", "cy"], rect: ["x", "y", "width", "height"], text: ["x", "y"] };

  const place = (shape, numbers, [left, x, y]) => {
    const all = numbers.map((n, i) =>
      i % 2 ? n * y : n * x + (i === 2 && shape.tagName === "rect" ? 0 : left)
    );
    for (const [i, name] of (PLACES[shape.tagName] ?? []).entries()) {
      shape.setAttribute(name, all[i]);
    }
    if (shape.tagName === "path") {
      const pairs = all.flatMap((n, i) => i % 2 ? [] : [`${n} ${all[i + 1]}`]);
      shape.setAttribute("d", `M${pairs.join("L")}`);
    }
  };

  let now;

  const drawings = [...head.querySelectorAll(".opening svg")].map((svg) => {
    const shapes = [...svg.children], dot = svg.querySelector("circle.hit");
    const [, track] = moves.find(([i]) => shapes[i] === dot);
    const grip = dot.cloneNode();
    return { svg, shapes, track, grip, unit: svg.dataset.unit.split(" ").map(Number) };
  });

  const pull = (k) => {
    now = Math.min(last, Math.max(0, k));
    const text = says.replace(/{(.*?)}/g, (_, name) => read(texts[name]));
    for (const one of said) one.textContent = read(texts[one.dataset.said]);
    for (const { svg, shapes, track, grip, unit } of drawings) {
      for (const [i, values, words] of moves) {
        place(shapes[i], at(values, now), unit);
        if (words) shapes[i].textContent = read(words);
      }
      place(grip, at(track, now), unit);
      grip.ariaValueNow = now;
      svg.ariaLabel = grip.ariaValueText = text;
    }
    head.classList.toggle("pulled", now !== start);
  };

  const KEYS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10 };
  Object.assign(KEYS, { PageDown: -10, Home: -last, End: last });

  for (const { svg, track, grip, unit: [left, x, y] } of drawings) {
    svg.role = "group"; // an image has no parts to take hold of
    grip.setAttribute("class", "grip");
    grip.setAttribute("r", 20);
    grip.setAttribute("tabindex", 0);
    Object.assign(grip, { role: "slider", ariaLabel: "The bet on the word that came" });
    Object.assign(grip, { ariaValueMin: 0, ariaValueMax: last });
    svg.prepend(grip);
    grip.addEventListener("keydown", (event) => {
      const by = KEYS[event.key];
      if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      pull(now + by);
    });
    // A finger on it does not scroll; of what is within an image, no style can say so.
    grip.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    grip.addEventListener("pointerdown", ({ pointerId }) => grip.setPointerCapture(pointerId));
    grip.addEventListener("pointermove", (event) => {
      if (!grip.hasPointerCapture(event.pointerId)) return;
      const point = new DOMPoint(event.clientX, event.clientY);
      const to = point.matrixTransform(svg.getScreenCTM().inverse());
      const far = (k) => {
        const [a, b] = at(track, k);
        return Math.hypot(left + x * a - to.x, y * b - to.y);
      };
      let near = now;
      for (let k = 0; k <= last; k++) if (far(k) < far(near)) near = k;
      if (near !== now) pull(near);
    });
  }
  pull(start);
})();
