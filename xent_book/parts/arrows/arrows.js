/* Training in two dimensions: each step turns all arrows, and the loss falls. */
(() => {
  "use strict";
  const { Live, evaluate, listing, safe, show, sum } = xent;

  // The drawings, in their own units, as Python stores them.
  const UNIT = 80, ORIGIN = [66, 156], WIDE = 320, TOP = 28, FLOOR = 178, LEFT = 14;

  const dot = (a, b) => sum(a.map((x, i) => x * b[i]));

  // All arrows against the slopes of the loss in them, at once.
  const learn = (h, tokens, target, size) => {
    const { gradient } = evaluate(tokens.map((token) => dot(token, h)), target);
    return {
      h: h.map((x, d) => x - size * sum(gradient.map((g, a) => g * tokens[a][d]))),
      tokens: tokens.map((token, a) => token.map((x, d) => x - size * gradient[a] * h[d])),
    };
  };

  const place = ([x, y]) => [ORIGIN[0] + UNIT * x, ORIGIN[1] - UNIT * y];

  // The tip, and the direction in which it points.
  const aim = (tip) => {
    const [x, y] = place(tip);
    return [x, y, Math.atan2(y - ORIGIN[1], x - ORIGIN[0])];
  };

  const arrow = (tip) => {
    const [x, y, turn] = aim(tip);
    const back = [-0.45, 0.45].map((by) =>
      `M${x} ${y}L${x - 9 * Math.cos(turn + by)} ${y - 9 * Math.sin(turn + by)}`
    );
    return `<path d="M${ORIGIN} L${x} ${y}${back.join("")}"/>`;
  };

  // What the arrows are called, each name where it meets the fewest arrows and names:
  // ahead of its tip, or as near to that as can be.
  const ASIDE = [0, 14].flatMap((out) =>
    [0, 1, 2, 3, 4, 5, 6].flatMap((by) => [[by / 2, out], [-by / 2, out]])
  );
  const ALONG = Array.from({ length: 41 }, (_, k) => k / 40);
  const named = (words, tips, ghosts) => {
    const lines = [...tips, ...ghosts].map(place).map(([x, y]) =>
      ALONG.map((t) => [ORIGIN[0] + t * (x - ORIGIN[0]), ORIGIN[1] + t * (y - ORIGIN[1])])
    );
    const taken = [];
    // A name counts as three arrows, as does the edge of the drawing.
    const met = (x, y, half) => {
      const near = (a, b, wide, high) => Math.abs(a - x) < wide && Math.abs(b - y) < high;
      const arrows = lines.filter((line) => line.some(([a, b]) => near(a, b, half + 2, 8)));
      const names = taken.filter((one) => near(one.x, one.y, half + one.half + 2, 14));
      const outside = x < half || y < 6 || x + half > WIDE;
      return arrows.length + 3 * names.length + 3 * outside;
    };
    words.forEach((word, i) => {
      const [tip, top, turn] = aim(tips[i]), half = 3.6 * word.length;
      const seats = ASIDE.map(([by, out]) => {
        const x = tip + (half + out + 8) * Math.cos(turn + by);
        const y = top + (out + 13) * Math.sin(turn + by);
        return { x, y, half, cost: met(x, y, half) + Math.abs(by) / 10 + out / 28 };
      });
      taken.push(seats.reduce((best, one) => (one.cost < best.cost ? one : best)));
    });
    return words.map((word, i) =>
      `<text x="${taken[i].x}" y="${taken[i].y + 4}" text-anchor="middle">${safe(word)}</text>`
    );
  };

  class Arrows extends Live {
    start() {
      const { words, size, most } = this.config, drawn = this.querySelector(".x-sides");
      this.live.innerHTML = `
      <fieldset class="x-came"><legend>The word that came</legend>
      ${
        listing(words.map(safe), (word) =>
          `<label><input type="radio" name="${this.name}">${word}</label>`)
      }
      </fieldset>
      ${drawn.outerHTML}
      <p class="x-acts"><button class="x-go">Take a step</button
        ><button class="x-run">Take all steps</button>
      <button class="x-yours">Reset</button><small
        >Learning rate ${size}, up to ${most} steps. Faint: where the vectors began.</small></p>
      <p class="visually-hidden" role="status"></p>`;
      this.one(".x-sides").ariaHidden = "true";
      this.words = this.all("[type=radio]");
      this.live.addEventListener("input", ({ target }) => this.begin(this.words.indexOf(target)));
      this.one(".x-go").addEventListener("click", () => this.step());
      this.one(".x-run").addEventListener("click", () => this.run());
      this.one(".x-yours").addEventListener("click", () => this.begin(this.config.target));
      this.begin(this.config.target);
      clearTimeout(this.later); // said when something changes, not at first
    }

    begin(target) {
      const { h, tokens } = this.config;
      Object.assign(this, {
        target,
        h,
        tokens,
        losses: [this.loss(h, tokens, target)],
        running: null,
      });
      this.words[target].checked = true;
      this.update();
    }

    loss(h, tokens, target) {
      return evaluate(tokens.map((token) => dot(token, h)), target).loss;
    }

    step() {
      const { target, config: { size, most } } = this;
      if (this.losses.length > most) return;
      Object.assign(this, learn(this.h, this.tokens, target, size));
      this.losses.push(this.loss(this.h, this.tokens, target));
      this.update();
    }

    // To the last step, one after the other where things may move.
    run() {
      const { matches: still } = matchMedia("(prefers-reduced-motion: reduce)"),
        running = this.running = {};
      let last = 0;
      const go = (now) => {
        if (this.running !== running || this.losses.length > this.config.most) return;
        if (still || now - last > 80) {
          last = now;
          this.step();
        }
        still ? go(now) : requestAnimationFrame(go);
      };
      go(performance.now());
    }

    update() {
      const { h, tokens, target, losses } = this, { config } = this, { words, most } = config;
      const high = Math.ceil(losses[0]),
        x = (k) => LEFT + (WIDE - 6 - LEFT) * k / most,
        y = (loss) => FLOOR - (FLOOR - TOP) * loss / high;
      const put = (selector, html) => (this.one(selector).innerHTML = html);
      const last = losses.length - 1, end = losses[last];
      const tips = [h, ...tokens], ghosts = [config.h, ...config.tokens];
      const [context, ...names] = named(["h", ...words], tips, ghosts);
      put(".x-faint", listing(ghosts, arrow));
      put(
        ".x-full",
        `<g>${arrow(h)}${context}</g>` +
          listing(
            words,
            (word, i) =>
              `<g style="color: var(--xent-${i === target ? "target" : "quiet"})">${
                arrow(tokens[i])
              }${names[i]}</g>`,
          ),
      );
      put(
        ".x-marks",
        listing(
          Array.from({ length: high + 1 }, (_, nats) => nats),
          (nats) =>
            `<path class="x-nat" d="M${LEFT} ${y(nats)}H${WIDE - 6}"/><text x="${LEFT - 6}" y="${
              y(nats) + 4
            }" text-anchor="end">${nats}</text>`,
        ),
      );
      put(
        ".x-fall",
        `<path d="M${losses.map((loss, k) => `${x(k)} ${y(loss)}`).join(" ")}"/>
      <circle cx="${x(last)}" cy="${y(end)}" r="5"/>
      <text x="${last < most / 2 ? x(last) + 9 : x(last)}" y="${
          y(end) - (last < most / 2 ? 5 : 12)
        }" ${last < most / 2 ? "" : 'text-anchor="end"'} font-weight="600">${show(end)}</text>`,
      );
      for (const button of this.all(".x-go, .x-run")) button.disabled = last === most;
      this.say(
        `After ${last} step${last === 1 ? "" : "s"} the loss is ${show(end)}, and ${
          words[target]
        } has p = ${show(Math.exp(-end))}.`,
      );
    }
  }

  Object.assign(xent, { learn });
  customElements.define("xent-arrows", Arrows);
})();
