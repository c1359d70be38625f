/* The gradient as pushes: a hill of −ln p, knobs that step along arrows, and all in a row. */
(() => {
  "use strict";
  const { Live, axis, choices, circle, clamp, evaluate, listing, logProbabilities } = xent;
  const { minus, path, safe, show, text } = xent;
  const signed = (x) => (x > 0 ? "+" : "") + show(x);

  // Every logit against its slope, at once.
  const stepped = (o, target, size) => {
    const { gradient } = evaluate(o, target);
    return o.map((x, i) => x - size * gradient[i]);
  };

  // The axis of all logits; the losses that the hill shows; heights in the drawing.
  const LOW = -6, HIGH = 7, STEEP = 8, TOP = 30, BASE = 190, FIRST = 256, ROW = 42;
  const DEEP = 48, WRONG = -4; // a logit that all but rules its word out

  // As long as it says, with a shaft; one too short for a head is a stroke.
  const arrow = (x, y, length, wide) => {
    const head = Math.sign(length) * Math.min(9, 0.6 * Math.abs(length)), back = x + length - head;
    const half = Math.abs(head) / 1.5;
    return Math.abs(length) < 1
      ? path("x-fine", `M${x} ${y - 4}v8`)
      : path(wide ? "x-broad" : "x-shaft", `M${x} ${y}H${back}`) +
        path("x-head", `M${x + length} ${y}L${back} ${y - half}V${y + half}z`);
  };

  class Push extends Live {
    start() {
      const { tokens, sizes, size } = this.config, words = tokens.map(safe);
      this.live.innerHTML = `
      ${choices(this.name, "The word that came", words)}
      <div class="x-slopes x-halo"><svg aria-hidden="true" height="${FIRST + 4 * ROW + 72}"></svg>${
        listing(words, (word) =>
          `<input type="range" min="${LOW}" max="${HIGH}" step="0.1"
          aria-label="logit of ${word}">`)
      }</div>
      <p class="x-note"></p>
      <p class="x-acts"><button class="x-go">Take a step</button><button>Ten steps</button><label
        >learning rate <select>${
        listing(sizes, (one) => `<option ${one === size ? "selected" : ""}>${one}</option>`)
      }</select></label><button>Be very wrong</button><button class="x-yours">Reset</button></p>
      <p class="visually-hidden" role="status"></p>`;
      [this.svg, this.size] = [this.one("svg"), this.one("select")];
      this.words = this.all("[type=radio]");
      this.knobs = this.all("[type=range]");
      const [step, ten, wrong, reset] = this.all("button");
      this.live.addEventListener("input", ({ target }) => this.on(target));
      step.addEventListener("click", () => this.walk(1));
      ten.addEventListener("click", () => this.walk(10));
      wrong.addEventListener("click", () => this.err());
      reset.addEventListener("click", () => {
        this.begin(this.config.target, this.config.logits);
        step.focus({ preventScroll: true });
      });
      this.begin(this.config.target, this.config.logits);
      new ResizeObserver(() => this.draw()).observe(this.svg);
      clearTimeout(this.later); // said when something changes, not at first
    }

    // On the way from some logits to others, `gone` of it: 0 to 1. `past` has where they
    // stood before each step.
    begin(target, o) {
      cancelAnimationFrame(this.frame);
      Object.assign(this, { target, from: o, to: o, gone: 1, past: [] });
      this.update();
    }

    logits() {
      return this.from.map((x, i) => x + this.gone * (this.to[i] - x));
    }

    get shared() {
      return { target: [0, this.to.length - 1, 1], to: [-20, 20] };
    }

    restore({ target, to }) {
      this.begin(target, to);
    }

    state() {
      return { from: this.to, to: this.to, gone: 1, past: this.past };
    }

    on(input) {
      const i = this.knobs.indexOf(input), word = this.words.indexOf(input);
      if (i < 0) return word < 0 ? this.update() : this.begin(word, this.to);
      this.begin(this.target, this.to.map((x, k) => (k === i ? Number(input.value) : x)));
    }

    go(to, ms, then) {
      Object.assign(this, { from: this.to, to, gone: 0 });
      this.glide({ gone: 1 }, ms, then);
    }

    walk(steps) {
      const { to, target } = this;
      this.past = [...this.past, to];
      this.go(
        stepped(to, target, Number(this.size.value)),
        steps > 1 ? 200 : 400,
        () => steps > 1 && this.walk(steps - 1),
      );
    }

    err() {
      this.past = [];
      this.go(this.config.logits.map((x, i) => (i === this.target ? WRONG : x)), 1300);
    }

    update() {
      const { tokens, logits, target: first } = this.config, { target, past } = this;
      const o = this.o = this.logits(), { gradient, loss } = evaluate(o, target);
      this.push = gradient.map((slope) => 0 - slope);
      this.loss = loss;
      this.words.forEach((one, i) => (one.checked = i === target));
      this.knobs.forEach((knob, i) => {
        knob.value = o[i];
        knob.classList.toggle("x-hit", i === target);
        knob.ariaValueText = `${show(o[i], 1)}, push ${signed(this.push[i])}, loss ${show(loss)}`;
      });
      this.one(".x-note").innerHTML = this.remark();
      const [, , wrong, reset] = this.all("button");
      wrong.disabled = this.to[target] <= WRONG;
      reset.disabled = target === first && o.every((x, i) => x === logits[i]);
      this.draw();
      this.say(`Loss ${show(loss)}. ${this.one(".x-note").textContent}`);
    }

    remark() {
      const { loss, push, target, past, config: { tokens } } = this;
      const bold = (x) => `<b>${show(x)}</b>`, word = `<b>${safe(tokens[target])}</b>`;
      if (past.length) {
        const { loss: before } = evaluate(past[0], target);
        return `${past.length} step${past.length > 1 ? "s" : ""}: from ${bold(before)} to ${
          bold(loss)
        }. ${
          past.length > 1
            ? `Each push on ${word} is smaller than the one before.`
            : "Each logit has moved along its arrow."
        }`;
      }
      if (loss > 3.5) {
        return `The loss is ${bold(loss)}, and keeps growing to the left. The push is ${
          bold(push[target])
        }, and never gets past 1.`;
      }
      const down = push.filter((_, i) => i !== target).sort((a, b) => a - b);
      return `${word} is pushed up by ${bold(push[target])}, its gap to 1; the others down by ${
        down.map((x) => show(-x)).join(" + ")
      }: the same.`;
    }

    draw() {
      const W = this.W = this.svg.clientWidth;
      if (!W) return;
      [this.left, this.right] = W < 480 ? [44, W - 60] : [56, W - 72];
      this.unit = (this.right - this.left) / (HIGH - LOW);
      this.x = (v) => this.left + (clamp(v, LOW, HIGH) - LOW) * this.unit;
      this.svg.innerHTML = this.hill() + this.tracks() + this.lane();
    }

    // −ln p over the logit of the word that came, the others as they are.
    hill() {
      const { x, W, left, right, unit, loss, o, push, target, config: { tokens } } = this;
      // Half as steep for a loss that is above them.
      const steep = loss > STEEP ? 2 * STEEP : STEEP;
      const y = (nats) => BASE - nats / steep * (BASE - TOP);
      const others = o.filter((_, i) => i !== target);
      const rest = others[0] - logProbabilities(others)[0];
      const points = [];
      for (let v = LOW; v <= HIGH + 0.01; v += 0.1) {
        const nats = Math.log1p(Math.exp(rest - v));
        if (nats <= 1.06 * steep) points.push(`${x(v)} ${y(nats)}`);
      }
      const at = x(o[target]), high = y(loss);
      // Of the tangent as much as 40 pixels show.
      const rise = push[target] * (BASE - TOP) / steep / unit, run = 40 / Math.hypot(1, rise);
      const end = at > W - 110;
      const name = (down, words, more) =>
        text(end ? W : at + 14, Math.max(high, 50) - down, words, end ? `x-end ${more}` : more);
      return listing(
        [0, 1, 2, 3, 4].map((quarter) => quarter * steep / 4),
        (nats) =>
          path(nats ? "x-grid" : "x-axis", `M${left} ${y(nats)}H${right}`) +
          text(left - 8, y(nats) + 4, nats, "x-end"),
      ) +
        axis(
          BASE,
          Array.from({ length: 7 }, (_, i) => LOW + 2 * i).map((v) => [x(v), minus(`${v}`)]),
        ) +
        text(W, BASE + 20, "its logit", "x-end") +
        text(W, 12, `loss if ${safe(tokens[target])} comes: −ln p`, "x-end") +
        path("x-ink", `M${points.join("L")}`) +
        `<g class="x-hit">${path("x-fine", `M${at} ${high}V${FIRST}`)}${
          path("x-tangent", `M${at - run} ${high - rise * run}L${at + run} ${high + rise * run}`)
        }${circle(at, high, 8, "x-dot")}${name(30, show(loss), "x-large")}${
          name(12, `slope ${show(-push[target])}`, "")
        }</g>`;
    }

    // Each knob on its track, the arrow above it, and the ring where a step puts it.
    tracks() {
      const { x, left, right, unit, W, o, push, target, past, config: { tokens } } = this;
      const size = Number(this.size.value);
      this.knobs.forEach((knob, i) => {
        const row = this.row(i);
        knob.style = `left: ${left - 10}px; width: ${right - left + 20}px; top: ${row - 14}px`;
      });
      return text(W, FIRST - 18, "push", "x-end") + listing(o, (v, i) => {
        const y = this.row(i),
          at = x(v),
          long = clamp(size * push[i] * unit, left - at, right - at);
        return `<g class="${i === target ? "x-hit" : ""}">${
          text(0, y + 5, safe(tokens[i]), "x-called")
        }${text(W, y + 5, signed(push[i]), "x-end x-called")}${
          listing(past, (was) => path("x-fine", `M${x(was[i])} ${y - 7}v14`))
        }${arrow(at, y - 17, long)}${
          Math.abs(long) > 14
            ? circle(at + long, y, 5, "x-ring") +
              path("x-dash", `M${at + long} ${y - 12}v6`)
            : ""
        }</g>`;
      });
    }

    // The target's track lies below the hill, the others follow.
    row(i) {
      const { target } = this;
      return FIRST + ROW * (i === target ? 0 : i < target ? i + 1 : i);
    }

    // All pushes end to end: out by that of the word that came, and back by the others.
    lane() {
      const { left, right, W, push, target, config: { tokens } } = this;
      const top = FIRST + 4 * ROW - 8, long = right - left;
      const others = push.map((_, i) => i).filter((i) => i !== target)
        .sort((a, b) => push[a] - push[b]);
      let at = push[target], back = "";
      for (const i of others) {
        back += arrow(left + at * long, top + 35, push[i] * long, true);
        at += push[i];
      }
      return `<rect class="x-bed" x="${left}" y="${top}" width="${long}" height="${DEEP}"/>` +
        path("x-axis", `M0 ${top - 9}H${W}`) +
        path("x-thin", `M${left} ${top - 4}v${DEEP + 8}`) +
        path("x-edge", `M${right} ${top - 4}v${DEEP + 8}`) +
        text(0, top + 29, "in all", "x-called") + text(W, top + 29, "0.000", "x-end x-called") +
        text(left, top + DEEP + 20, "0", "x-mid") + text(right, top + DEEP + 20, "1", "x-mid") +
        `<g class="x-hit">${arrow(left, top + 13, push[target] * long, true)}</g>${back}`;
    }
  }

  Object.assign(xent, { stepped });
  customElements.define("xent-push", Push);
})();
