/* The exponentials between a ceiling and a floor: each result is rounded to a dtype. */
(() => {
  "use strict";
  const { Live, axis, choices, circle, clamp, evaluate, listing, minus } = xent;
  const { path, raised, safe, show, text } = xent;

  // Of each dtype: binary digits, the exponent of its least normal number, its largest.
  const DTYPES = {
    float16: [11, -14, 65504],
    bfloat16: [8, -126, 2 ** 128 - 2 ** 120],
    float32: [24, -126, 2 ** 128 - 2 ** 104],
    float64: [53, -1022, Number.MAX_VALUE],
  };

  // How far the numbers of a dtype are apart at x.
  const unit = (x, dtype) => {
    const [digits, least] = DTYPES[dtype];
    let exponent = Math.floor(Math.log2(Math.abs(x)));
    if (2 ** exponent > Math.abs(x)) exponent--;
    return 2 ** (Math.max(exponent, least) - digits + 1);
  };

  // The nearest number of a dtype, an even one between two.
  const rounded = (x, dtype) => {
    if (dtype === "float64" || !x || !Number.isFinite(x)) return x;
    const step = unit(x, dtype), n = x / step;
    let near = Math.round(n);
    if (Math.abs(n % 1) === 0.5 && near % 2) near--;
    return Math.abs(near * step) > DTYPES[dtype][2] ? Math.sign(x) * Infinity : near * step;
  };

  // The methods: as on paper; the maximum subtracted first; the same, and no p on the way.
  const [PAPER, OFF, WITHOUT] = [0, 1, 2];

  const compute = (logits, target, dtype, method) => {
    const r = (x) => rounded(x, dtype);
    const o = logits.map(r), top = Math.max(...o);
    const e = o.map((x) => r(Math.exp(r(method ? x - top : x))));
    const total = e.reduce((sum, x) => r(sum + x));
    const loss = method === WITHOUT
      ? r(r(top - o[target]) + r(Math.log(total)))
      : 0 - r(Math.log(r(e[target] / total)));
    return { o, e, total, loss };
  };

  // Below the first logit exp is 0, above the second it is ∞.
  const edges = (dtype) => {
    const [digits, least, largest] = DTYPES[dtype];
    return { low: (least - digits) * Math.LN2, high: Math.log(largest) };
  };

  const short = (x) => {
    if (x >= 1e6 && x < Infinity) {
      const [digits, power] = x.toExponential(1).split("e+");
      return `${digits}·${raised(power)}`;
    }
    return x >= 1000 && x < Infinity ? Math.round(x).toLocaleString("en") : x ? show(x, 2) : "0";
  };

  // Three digits that count.
  const brief = (x) => (x < 1e-4 ? show(x) : minus(`${Number(x.toPrecision(3))}`));

  // How the loss came about, and what became of it.
  const formula = ({ o, e, total }, target, method) =>
    method === WITHOUT
      ? `ln(${[...e].sort((a, b) => b - a).map(short).join(" + ")}) + ${
        show(Math.max(...o) - o[target], 1)
      }`
      : `−ln(${short(e[target])} / ${short(total)})`;

  const remark = ({ o, e, total, loss }, target, right, dtype, method) => {
    if (total === Infinity && e[target] < Infinity) {
      return `<b>The sum is ∞, so p is 0</b>, and −ln 0 is ∞. It should be ${show(right, 2)}.`;
    }
    if (total === Infinity) {
      return "<b>∞/∞ is not a number.</b> One step with this loss, and every weight is NaN.";
    }
    if (total === 0) return "<b>0/0 is not a number.</b> All four exponentials round to 0.";
    if (loss === Infinity) {
      return `<b>p rounds to 0</b>, and −ln 0 is ∞. It should be ${show(right, 2)}.`;
    }
    return ["", "The largest is 0: nothing overflows. ", "There is no p to round to 0. "][method] +
      (show(loss) === show(right)
        ? "Right, to three places."
        : `Off by ${show(Math.abs(loss - right))}: ${dtype} has few digits.`);
  };

  // What the button does next.
  const PUSH = "Push to the ceiling", TAKE = "Subtract the maximum", BACK = "Start again";
  const next = (loss, method, word) =>
    method === PAPER
      ? loss < Infinity ? PUSH : TAKE
      : method === WITHOUT
      ? BACK
      : loss < Infinity
      ? `Let ${word} fall`
      : "Leave p out";

  const marks = (by, from, to) => {
    const first = Math.ceil(from / by), count = Math.floor(to / by) - first + 1;
    return Array.from({ length: count }, (_, i) => by * (first + i));
  };

  // Heights in the drawing: ceiling, floor, axis, the middle of the carriage, the lens.
  const CEILING = 48, FLOOR = 198, AXIS = 220, RAIL = 264, LENS = 312, DEEP = 24;
  const SIGN = 17; // how wide an ∞ is

  class Wall extends Live {
    start() {
      const { tokens, target, dtypes } = this.config;
      this.live.innerHTML = `${choices(this.name, "dtype", dtypes)}
      <div class="x-room x-stage"><input type="range" step="0.1" aria-label="added to every logit"
        ><svg aria-hidden="true" height="${LENS + 84}"></svg></div>
      <div class="x-loss x-result"><p class="x-how">loss if <em>${
        safe(tokens[target])
      }</em> comes <strong></strong></p>
      <p class="x-note"><span class="x-how"></span><br><span></span></p></div>
      <p class="x-acts"><button class="x-go"></button><button class="x-yours">Reset</button></p>
      <p class="visually-hidden" role="status"></p>`;
      this.svg = this.one("svg");
      this.slider = this.one("[type=range]");
      this.slider.addEventListener("input", () => {
        this.rest();
        this.added = this.goal.added = Number(this.slider.value);
        this.update();
      });
      this.one("fieldset").addEventListener("input", ({ target }) => this.take(target.value));
      this.one(".x-go").addEventListener("click", ({ target }) => this.go(target.textContent));
      this.one(".x-yours").addEventListener("click", () => {
        this.reset();
        this.one(".x-go").focus({ preventScroll: true });
      });
      this.reset();
      new ResizeObserver(() => this.draw()).observe(this.svg);
      clearTimeout(this.later); // said when something changes, not at first
    }

    // `goal` is where the numbers go that move: what is added, how far the target has
    // fallen, whether the largest is off (0 or 1), and where exp is 0 and ∞.
    reset() {
      this.restore({ dtype: this.config.dtypes[0], method: PAPER, added: 0, fallen: 0 });
    }

    get shared() {
      const far = [0, 1e4];
      return {
        dtype: this.config.dtypes,
        method: [PAPER, WITHOUT, 1],
        added: [-1e4, 1e4],
        fallen: far,
      };
    }

    restore({ dtype, method, added, fallen }) {
      Object.assign(this, { dtype, method });
      this.one(`[value=${dtype}]`).checked = true;
      this.goal = { added: 0, fallen, off: method ? 1 : 0, ...edges(dtype) };
      const { least, most } = this.reach();
      this.goal.added = clamp(added, least, most);
      this.rest();
      this.update();
    }

    state() {
      return { added: this.added, goal: { ...this.goal } };
    }

    // The outermost logits that are drawn, and how far all four may be pushed.
    reach({ low, high } = this.goal) {
      const { logits } = this.config, room = Math.max(5, 0.1 * (high - low)), near = room / 16;
      const tenth = (x) => Math.trunc(10 * x) / 10;
      return {
        from: low - room,
        to: high + room,
        least: tenth(low - room + near - Math.min(...logits)),
        most: tenth(high + room - near - Math.max(...logits)),
      };
    }

    take(dtype) {
      this.rest();
      Object.assign(this.goal, edges(this.dtype = dtype));
      const { least, most } = this.reach();
      this.goal.added = clamp(this.added, least, most);
      if (this.fallen) this.goal.fallen = this.depth();
      this.glide(this.goal);
    }

    // How far the target falls to lie below the floor once the largest is off.
    depth() {
      const { logits, target } = this.config;
      const top = Math.max(...logits.filter((_, i) => i !== target));
      return logits[target] - top - (this.goal.low + this.reach().from) / 2;
    }

    go(word) {
      const { goal, config: { logits } } = this;
      if (word === PUSH) {
        goal.added = Math.round(10 * (goal.high - Math.max(...logits)) + 4) / 10;
      } else if (word === TAKE) this.method = OFF;
      else if (word === BACK) Object.assign(this, { method: PAPER }), goal.fallen = 0;
      else if (this.found.loss < Infinity) goal.fallen = this.depth();
      else this.method = WITHOUT;
      goal.off = this.method ? 1 : 0;
      this.glide(goal);
    }

    update() {
      const { config: { tokens, logits, target, dtypes }, dtype, method, added, fallen } = this;
      this.paper = logits.map((x, i) => x + added - (i === target ? fallen : 0));
      const found = this.found = compute(this.paper, target, dtype, method);
      const loss = show(found.loss), how = formula(found, target, method);
      const [line, note] = this.all(".x-note span"), { least, most } = this.reach();
      Object.assign(this.slider, { min: least, max: most, value: added });
      this.slider.ariaValueText = `${show(added, 1)}, loss ${loss}`;
      this.one("strong").textContent = loss;
      line.textContent = `in ${dtype}: ${how}`;
      note.innerHTML = remark(found, target, evaluate(this.paper, target).loss, dtype, method);
      this.one(".x-go").textContent = next(found.loss, method, tokens[target]);
      this.one(".x-yours").disabled = !added && !method && dtype === dtypes[0];
      this.draw();
      this.say(`${dtype}, ${show(added, 1)} added: loss ${loss} = ${how}. ${note.textContent}`);
    }

    draw() {
      const { svg, paper, off } = this,
        W = this.W = svg.clientWidth,
        { from, to } = this.reach(this);
      if (!W) return;
      this.o = paper.map((x) => x - off * Math.max(...paper));
      this.x = (v) => 14 + (v - from) / (to - from) * (W - 28);
      const { low, high } = this, share = (v) => clamp((v - low) / (high - low), 0, 1);
      this.y = (v) => FLOOR - share(v) * (FLOOR - CEILING);
      svg.innerHTML = this.room(from, to) + this.stems() + this.carriage() + this.lens();
    }

    // Where a loss isn’t a number, from one height to another.
    none(x, y, width, height) {
      return `<rect fill="url(#${this.name}-none)" x="${x}" y="${y}" width="${width}"
        height="${height}"/>`;
    }

    // A group in the colour of each word, the target's over the others.
    each(list, make) {
      const { target } = this.config;
      const draw = (v, i) => `<g class="${i === target ? "x-hit" : ""}">${make(v, i)}</g>`;
      return listing(list, (v, i) => (i === target ? "" : draw(v, i))) + draw(list[target], target);
    }

    // The ramp of exp; ∞ above its ceiling, 0 below its floor.
    room(from, to) {
      const { W, x, y, low, high, dtype } = this, wide = high - low;
      const [ten, step] = wide < 50 ? [2, 5] : wide < 300 ? [20, 25] : [100, 250];
      const powers = marks(ten, (low + 0.14 * wide) / Math.LN10, (high - 0.04 * wide) / Math.LN10);
      return `<pattern id="${this.name}-none" width="7" height="7" patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)">${path("x-axis", "M0 0V7")}</pattern>
        ${this.none(0, 20, W, CEILING - 20)}${this.none(0, FLOOR, W, AXIS - FLOOR)}
        ${path("x-axis", `M${x(low)} ${FLOOR}L${x(high)} ${CEILING}`)}
        ${path("x-grid", `M${x(high)} ${CEILING}V${AXIS}M${x(low)} ${FLOOR}V${AXIS}`)}
        ${
        listing(powers, (power) => {
          const v = power * Math.LN10;
          return text(0, y(v) + 4, power ? raised(power) : "1") +
            path("x-grid", `M34 ${y(v)}H${x(v)}`);
        })
      }${path("x-thin", `M0 ${FLOOR}H${W}M0 ${AXIS}H${W}`)}${path("x-edge", `M0 ${CEILING}H${W}`)}
        ${
        axis(AXIS, marks(step, from, to).map((v) => [x(v), minus(`${v}`)]))
      }<text y="13" class="x-most"><tspan>${
        short(DTYPES[dtype][2])
      }</tspan>, the largest ${dtype} number</text>
        ${text(5, CEILING - 8, "∞", "x-halo")}${text(5, AXIS - 6, "0", "x-halo")}`;
    }

    // Each exponential: on the ramp, ∞, or 0; and beyond which logits.
    stems() {
      const { x, y, o, low, high, config: { target } } = this, mine = o[target];
      // Where what is beyond passes, below its way.
      const named = text(x(high) + 5, AXIS - 6, show(high, 2), "x-halo") +
        text(Math.max(x(low) - 5, 50), FLOOR - 6, show(low, 2), "x-end x-halo");
      const at = this.apart(o.map(x));
      const drawn = this.each(o, (v, i) => {
        if (v < low) return text(at[i], AXIS - 5, "0", "x-mid x-halo x-large x-gone");
        if (v > high) {
          return path("x-dash", `M${x(v)} ${FLOOR}V${CEILING - 8}`) +
            text(at[i], CEILING - 7, "∞", "x-mid x-halo x-large x-gone");
        }
        return path("", `M${x(v)} ${FLOOR}V${y(v)}`) + circle(x(v), y(v), 4.5, "x-dot");
      });
      if (mine < low || mine > high) return drawn + named;
      const mark = [Math.max(x(mine) - 9, 74), Math.max(y(mine) - 8, CEILING + 16)];
      // On the way the logits are of no dtype; where they rest, the loss takes what is rounded.
      const e = this.off % 1 ? Math.exp(mine) : this.found.e[target];
      return `${drawn}${named}<g class="x-hit">${text(...mark, short(e), "x-end x-halo")}</g>`;
    }

    // Signs that would overprint, side by side.
    apart(places) {
      const order = places.map((_, i) => i).sort((i, j) => places[i] - places[j]), put = [];
      let last = -Infinity, next = this.W - 9;
      for (const i of order) last = put[i] = Math.max(places[i], last + SIGN);
      for (const i of order.reverse()) {
        put[i] = Math.min(put[i], next);
        next = put[i] - SIGN;
      }
      return put;
    }

    // What is pulled holds the four as on paper; once the largest is off, they stand at 0.
    carriage() {
      const { x, o, paper, off, slider, added, config: { logits } } = this;
      const [first, last] = [Math.min(...logits), Math.max(...logits)];
      const wide = x(last) - x(first) + 34, { least, most } = this.reach(this);
      const left = x(least + first) - 17, right = x(most + last) + 17;
      slider.style = `left: ${left}px; top: ${RAIL}px; width: ${right - left}px; --wide: ${wide}px`;
      const dots = (list, name) => this.each(list, (v) => circle(x(v), RAIL, 6, name));
      return `<rect class="x-bed" x="${x(added + first) - 17}" y="${
        RAIL - 14
      }" width="${wide}" height="28" rx="14"/>${off ? dots(paper, "x-ghost x-dash") : ""}${
        dots(o, "x-dot")
      }`;
    }

    // The part of the axis that they stand on, enlarged: which numbers the dtype has there.
    lens() {
      const { W, x, o, dtype, off, low, high, found, config: { tokens } } = this;
      const half = 2.5, middle = Math.max(...o) - 1.85, [from, to] = [middle - half, middle + half];
      const px = W / (to - from), at = (v) => (v - from) * px, y = LENS + DEEP / 2;
      let ticks = "", v = from;
      while (v < to) {
        const gap = Math.max(unit(v, dtype), 1 / px); // closer ones are one grey
        v = Math.ceil(v / gap) * gap;
        ticks += `M${at(v)} ${LENS}v${DEEP}`;
        v += gap * 1.0001;
      }
      const edge = (v) => (v > from && v < to ? path("x-edge", `M${at(v)} ${LENS}v${DEEP}`) : "");
      const inside = (v) => clamp(at(v), 0, W), largest = Math.max(...o.map(Math.abs));
      const top = off === 1 ? Math.max(...found.o) : 0;
      return `${path("x-wedge", `M0 ${LENS}L${x(from)} ${RAIL + 18}H${x(to)}L${W} ${LENS}`)}
        <rect class="x-bed" x="0.5" y="${LENS}" width="${W - 1}" height="${DEEP}"/>
        ${path("x-fine", ticks)}${this.none(inside(high), LENS, W - inside(high), DEEP)}
        ${this.none(0, LENS, inside(low), DEEP)}${edge(high)}${edge(low)}
        ${
        this.each(o, (v, i) => {
          const here = at(off % 1 ? v : found.o[i] - top), away = here < 0;
          const name = (words, down) =>
            text(away ? 0 : clamp(here, 22, W - 22), LENS + down, words, away ? "" : "x-mid");
          return (away
            ? path("", `M14 ${y - 6}L6 ${y}L14 ${y + 6}`)
            : (Math.abs(at(v) - here) > 3 ? circle(at(v), y, 7, "x-ghost x-dash") : "") +
              circle(here, y, 7, "x-dot x-lens")) +
            name(safe(tokens[i]), 42) + name(show(v, 1), 58);
        })
      }${text(0, LENS + 80, `${dtype} stores a number every ${brief(unit(largest, dtype))}`)}`;
    }
  }

  Object.assign(xent, { compute });
  customElements.define("xent-wall", Wall);
})();
