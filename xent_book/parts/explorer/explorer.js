/* One forecast to play with: its logits, its temperature, what came, and the loss. */
(() => {
  "use strict";
  const { Live, circle, clamp, evaluate, listing, logProbabilities, path, safe, show, sum, text } =
    xent;

  // The logit that gives the target probability p, the others staying as they are.
  const logitFor = (o, target, T, p) => {
    const others = o.filter((_, i) => i !== target);
    const logSum = others[0] / T - logProbabilities(others, T)[0];
    return T * (Math.log(p) - Math.log1p(-p) + logSum);
  };

  // What the numbers show just now, in words.
  const remark = (o, target, T, tokens, parts) => {
    const { loss } = evaluate(o, target, T);
    const word = tokens[target], V = o.length;
    const curve = parts.includes("curve");
    const guess = `ln ${V} = ${show(Math.log(V))}`;
    const textbook = sum(o.map((x) => Math.exp(x / T)));
    if (V === 1) return "One word alone has p = 1, whatever its logit.";
    if (textbook === Infinity || textbook === 0) {
      return `The textbook form fails: ${
        textbook
          ? `e^${show(Math.max(...o) / T, 0)} overflows, and ∞/∞`
          : "every e^o rounds to 0, and 0/0"
      } is not a probability. Subtracting the largest logit first, as here, fixes it.`;
    }
    if (o.every((x) => x === o[0])) {
      return `All logits are equal: a guess among ${V} words, p = 1/${V} each` +
        (curve ? `. The loss is ${guess}, whichever comes.` : ".");
    }
    if (!curve) {
      return T === 1
        ? "T = 1 leaves the logits as they are."
        : T < 1
        ? "T below 1 widens every gap: the largest logit takes more."
        : "T above 1 narrows every gap: the largest logit takes less.";
    }
    if (Math.exp(-loss) === 0) {
      return `p(${word}) rounds to 0, and −ln 0 is ∞. From the logits, the loss is right.`;
    }
    if (loss > Math.log(V)) return `Worse than a guess among ${V} words, which costs ${guess}.`;
    return `As surprising as a 1-in-${show(Math.exp(loss), 2)} chance.`;
  };

  // The plot of −ln p, up to so many nats; its margins, in pixels.
  const HIGH = 7, LEFT = 50, RIGHT = 8, TOP = 10, FOOT = 30;

  class Explorer extends Live {
    shared = { o: [-1000, 1000], T: [0.1, 10], target: [0, 3, 1] }; // of Chapter 1's four words

    start() {
      const { tokens, context, show: parts } = this.config;
      const has = (part) => parts.includes(part);
      this.live.innerHTML = `
      <div class="x-left">
      <p class="x-line">${safe(context)} <b></b></p>
      <div role="table" aria-label="words">
      <div role="row" class="x-row ${has("logits") ? "visually-hidden" : "x-head"}">
      <span role="columnheader">${has("target") ? "what came" : "word"}</span>
      <span role="columnheader" data-part="logits">logit</span>
      <span role="columnheader">probability</span>
      </div>
      ${
        listing(tokens.map(safe), (token) =>
          `<div role="row" class="x-row">
      <span role="rowheader"><label class="x-word"><input type="radio" data-part="target"
        name="${this.name}" aria-label="${token} came">${token}</label></span>
      <span role="cell" class="x-pair" data-part="logits">
      <input type="range" class="x-logit" min="-6" max="6" step="0.1"
        aria-label="logit of ${token}">
      <input class="x-field x-end" autocomplete="off"
        aria-label="logit of ${token}, −1000 to 1000"></span>
      <span role="cell" class="x-pair"><i class="x-bar"></i><span class="x-p x-end"></span></span>
      </div>`)
      }
      </div>
      <label class="x-pair x-how" data-part="temperature">temperature
      <input type="range" class="x-heat" min="-1" max="1" step="0.05"><span
        class="x-t x-end"></span></label>
      <p class="x-loss" data-part="curve"><small class="x-of"></small>
      <span><strong></strong> nats</span> <small class="x-bits"></small></p>
      <p class="x-note"></p>
      </div>
      <div class="x-chart x-stage x-halo" data-part="curve"><svg aria-hidden="true"></svg>
      <input type="range" class="x-drag" min="0.001" max="0.999" step="0.001"><span
        class="x-grip"></span></div>
      <p class="x-acts"><button class="x-yours">Reset</button></p>
      <p class="x-said visually-hidden" role="status"></p>`;
      for (const node of this.all("[data-part]")) {
        node.hidden = node.disabled = !has(node.dataset.part);
      }
      this.rows = this.all(".x-row").slice(1);
      for (const type of ["input", "change", "click"]) {
        this.live.addEventListener(type, ({ target }) => this.on(target, type));
      }
      this.live.addEventListener("keydown", (event) => {
        const by = { ArrowUp: 0.1, ArrowDown: -0.1 }[event.key], field = event.target;
        if (!by || !field.matches(".x-field")) return;
        event.preventDefault();
        const now = this.o[this.place(field)];
        field.value = Number((now + by).toFixed(10)); // 0.1 + 0.2 is 0.3
        this.on(field, "change");
      });
      const plot = this.one(".x-chart");
      let pulled; // only what begins on the plot pulls
      plot.addEventListener("lostpointercapture", () => pulled = false);
      for (const type of ["pointerdown", "pointermove"]) {
        plot.addEventListener(type, (event) => {
          if (type === "pointerdown") {
            pulled = true;
            event.preventDefault(); // keys go on from here, and not from the box around it
            this.one(".x-drag").focus({ preventScroll: true });
          }
          if (!event.buttons || !pulled) return;
          plot.setPointerCapture(event.pointerId);
          const { left, top } = plot.getBoundingClientRect(), zoom = xent.zoomed(plot);
          const p = ((event.clientX - left) / zoom - LEFT) / this.wide;
          // Where the curve is steep, the height says more than the place.
          const steep = Math.exp(((event.clientY - top) / zoom - TOP) / this.nat - HIGH);
          this.drag(p > 0.09 ? p : Math.min(steep, 0.09));
        });
      }
      this.reset();
      this.update();
      new ResizeObserver(() => this.draw()).observe(plot);
      clearTimeout(this.later); // said when something changes, not at first
    }

    reset() {
      this.held = "";
      this.o = [...this.config.logits];
      this.target = this.config.target;
      this.T = this.config.temperature;
    }

    state() {
      return { o: [...this.o], T: this.T };
    }

    drag(p) {
      const { o, target, T } = this;
      if (o.length > 1) o[target] = logitFor(o, target, T, clamp(p, 0.001, 0.999));
      this.update();
    }

    place(input) {
      return this.rows.findIndex((row) => row.contains(input));
    }

    on(input, type) {
      const is = (name) => input.matches(name);
      const typed = parseFloat((input.value || "").replace("−", "-").replace(",", "."));
      const row = this.place(input);
      this.held = "";
      if (type === "click") {
        if (!is(".x-yours")) return;
        this.reset();
      } else if (is("[type=radio]")) this.target = row;
      else if (is(".x-drag")) return this.drag(typed);
      // 0.1 to 10, each of 40 steps a round number of two digits
      else if (is(".x-heat")) this.T = Number((10 ** typed).toPrecision(2));
      else if (is(".x-logit")) this.o[row] = typed;
      else if (type === "input") return; // not yet all of the number
      else if (typed === typed) { // of no number, the update shows the last again
        this.o[row] = clamp(typed, -1000, 1000);
        if (this.o[row] !== typed) this.held = "It goes from −1000 to 1000, no further. ";
      }
      this.update();
    }

    update() {
      const { o, target, T } = this, { tokens, show: parts } = this.config;
      const { p, loss, bits } = evaluate(o, target, T);
      const put = (selector, text) => (this.one(selector).textContent = text);
      const word = tokens[target], name = `p(${word})`, chance = show(p[target]);
      const note = this.held + remark(o, target, T, tokens, parts);
      put(".x-line b", word);
      this.rows.forEach((row, i) => {
        const [radio, slider, field] = row.querySelectorAll("input");
        const at = clamp(o[i] / 12 + 0.5, 0, 1);
        row.classList.toggle("x-hit", i === target);
        radio.checked = i === target;
        slider.value = o[i];
        slider.ariaValueText = `${show(o[i], 2)}, probability ${show(p[i])}`;
        field.value = show(o[i], 2);
        row.style.cssText = `--p: ${p[i]}; --low: ${Math.min(0.5, at)}; --high: ${
          Math.max(0.5, at)
        }`;
        row.querySelector(".x-p").textContent = show(p[i]);
      });
      put(".x-t", show(T, 2));
      const heat = this.one(".x-heat"), drag = this.one(".x-drag");
      heat.value = Math.log10(T);
      heat.ariaValueText = show(T, 2);
      put(".x-of", `loss = −ln ${name}`);
      put("strong", show(loss));
      put(".x-bits", `= ${show(bits)} bits`);
      put(".x-note", note);
      drag.value = p[target];
      drag.ariaLabel = `probability of ${word}`;
      drag.ariaValueText = `${chance}, loss ${show(loss)} nats`;
      this.draw();
      this.say(
        parts.includes("curve")
          ? `Loss ${show(loss)} nats, ${show(bits)} bits. ${note}`
          : `${name} ${chance}. ${note}`,
      );
    }

    // −ln p as large as there is room: the dot, and on both axes what it stands for.
    draw() {
      const svg = this.one("svg"), { clientWidth: W, clientHeight: H } = svg;
      if (!W) return;
      const { o, target, T } = this, { tokens } = this.config, V = tokens.length;
      const { p, loss } = evaluate(o, target, T);
      this.wide = W - LEFT - RIGHT;
      this.nat = (H - TOP - FOOT) / HIGH;
      const x = (p) => LEFT + this.wide * p;
      const y = (loss) => TOP + this.nat * (HIGH - Math.min(loss, HIGH));
      const at = x(p[target]), high = y(loss), base = y(0), foot = H - 7;
      const guess = y(Math.log(V));
      svg.innerHTML = `${path("x-axis", `M${LEFT} ${TOP}V${base}H${W - RIGHT}`)}${
        listing(
          [0, 2, 4, 6].filter((nats) => Math.abs(y(nats) - high) > 16),
          (nats) => text(LEFT - 10, y(nats) + 5, nats, "x-end"),
        )
      }${path("x-dash", `M${LEFT} ${guess}H${W - RIGHT}`)}${
        text(W - RIGHT, guess - 8, `a guess among ${V}: ${show(Math.log(V), 2)}`, "x-end")
      }<path d="M${
        listing([...Array(71).keys()], (i) => `${x(Math.exp(i / 10 - 7))} ${y(7 - i / 10)} `)
      }"/><g class="x-hit">${path("x-dash", `M${LEFT} ${high}H${at}V${base}`)}${
        loss > HIGH
          ? text(LEFT + 14, TOP + 5, `↑ above the picture, at ${show(loss, 1)}`)
          : text(LEFT - 10, high + 5, loss.toFixed(2), "x-end")
      }${text(0, foot, `p(${safe(tokens[target])}) = ${show(p[target])}`, "x-mid x-name")}</g>${
        loss > HIGH ? "" : text(LEFT + 14, TOP + 5, "nats")
      }${circle(at, high, 8, "x-dot")}`;
      // Under its dot, and whole; the ends of the axis say so where it leaves them room.
      const name = this.one(".x-name"), half = name.getComputedTextLength() / 2;
      const under = clamp(at, half, W - half);
      name.setAttribute("x", under);
      svg.insertAdjacentHTML(
        "beforeend",
        listing(
          [0, 1].filter((end) => Math.abs(x(end) - under) > half + 16),
          (end) => text(x(end), foot, end, "x-mid"),
        ),
      );
      this.one(".x-grip").style.cssText = `left: ${at}px; top: ${high}px`;
    }
  }

  Object.assign(xent, { logitFor, remark });
  customElements.define("xent-explorer", Explorer);
})();
