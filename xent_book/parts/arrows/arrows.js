/* Training in two dimensions: each step turns all arrows, and the loss falls. */
(() => {
  "use strict";
  const { Live, evaluate, listing, safe, show, sum } = xent;

  // The drawing, in its own units, as Python stores it.
  const UNIT = 80, ORIGIN = [70, 150], WIDE = 320, TOP = 218, FLOOR = 300, LEFT = 34;

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

  const label = (tip, text) => {
    const [x, y, turn] = aim(tip);
    const side = Math.cos(turn) < 0 ? "end" : "start";
    return `<text x="${x + 6 * Math.cos(turn)}" y="${
      y + 4 + 9 * Math.sin(turn)
    }" text-anchor="${side}">${safe(text)}</text>`;
  };

  class Arrows extends Live {
    start() {
      const { words, size, most } = this.config, [svg] = this.querySelector("figure").children;
      this.live.innerHTML = `
      <fieldset class="x-came"><legend>The word that came</legend>
      ${
        listing(words.map(safe), (word) =>
          `<label><input type="radio" name="${this.name}">${word}</label>`)
      }
      </fieldset>
      ${svg.outerHTML}
      <p class="x-acts"><button class="x-go">Take a step</button><button class="x-run">Run</button>
      <button class="x-reset">Reset</button><small
        >Steps of size ${size}, up to ${most}. The faint arrows are where all began.</small></p>
      <p class="visually-hidden" role="status"></p>`;
      this.one("svg").ariaHidden = "true";
      this.words = this.all("[type=radio]");
      this.live.addEventListener("input", ({ target }) => this.begin(this.words.indexOf(target)));
      this.one(".x-go").addEventListener("click", () => this.step());
      this.one(".x-run").addEventListener("click", () => this.run());
      this.one(".x-reset").addEventListener("click", () => this.begin(this.config.target));
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
      put(".x-faint", listing([config.h, ...config.tokens], arrow));
      put(
        ".x-full",
        `<g>${arrow(h)}${label(h, "h")}</g>` +
          listing(
            words,
            (word, i) =>
              `<g style="color: var(--xent-${i === target ? "target" : "quiet"})">${
                arrow(tokens[i])
              }${label(tokens[i], word)}</g>`,
          ),
      );
      put(
        ".x-marks",
        listing(
          [0, high],
          (mark) => `<text x="${LEFT - 6}" y="${y(mark) + 4}" text-anchor="end">${mark}</text>`,
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
