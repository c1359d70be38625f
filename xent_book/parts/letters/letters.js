/* A table of pairs of letters that learns while one watches. */
(() => {
  "use strict";
  const { Live, axis, circle, listing, logProbabilities, path, safe, show, sum, text } = xent;

  const SIGNS = " abcdefghijklmnopqrstuvwxyz", V = SIGNS.length;
  const LEAST = 20, LONGEST = 500, SHOWN = 60, TICKS = [0, 1, 10, 100, 1000];
  const FEW = "This text is too short to learn from: it needs at least twenty letters and spaces.";
  const TOP = 3.4; // nats: the upper edge
  const ROOM = 24 / 190; // of the height: what the name of the floor takes below it

  // mulberry32: Python draws the same.
  const uniform = (seed) => () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };

  const signs = (text) => {
    const plain = text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
    return ` ${plain.replace(/[^a-z]+/g, " ").trim()} `;
  };

  const countsOf = (text) => {
    const counts = Array(V * V).fill(0);
    [...text].reduce((row, sign) => {
      const at = SIGNS.indexOf(sign);
      counts[V * row + at]++;
      return at;
    });
    return counts;
  };

  const rowsOf = (list) => Array.from({ length: V }, (_, a) => list.slice(V * a, V * a + V));
  const endsOf = (list) => {
    let end = 0;
    return list.map((x) => (end += x));
  };
  // The first whose end lies above x.
  const find = (ends, x) => {
    let low = 0, high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle] > x) high = middle;
      else low = middle + 1;
    }
    return low;
  };

  class Learner {
    constructor({ counts, batch, size, seed }) {
      Object.assign(this, { batch, size, seed, came: rowsOf(counts), ends: endsOf(counts) });
      this.n = this.ends.at(-1);
      this.logits = rowsOf(Array(V * V).fill(0));
      this.drawn = uniform(seed);
      this.losses = [this.loss()];
    }

    // Against the mean slope of as many pairs as a batch has.
    step() {
      const met = new Map();
      for (let i = 0; i < this.batch; i++) {
        const pair = find(this.ends, this.drawn() * this.n), a = Math.floor(pair / V);
        if (!met.has(a)) met.set(a, Array(V).fill(0));
        met.get(a)[pair % V]++;
      }
      for (const [a, came] of met) {
        const p = logProbabilities(this.logits[a]).map(Math.exp), n = sum(came);
        this.logits[a] = this.logits[a].map((o, b) =>
          o - this.size * (n * p[b] - came[b]) / this.batch
        );
      }
      this.losses.push(this.loss());
    }

    loss() {
      const ofRow = (row, a) => {
        const logs = logProbabilities(this.logits[a]);
        return sum(row.map((count, b) => count && -count * logs[b]));
      };
      return sum(this.came.map(ofRow)) / this.n;
    }

    floor() {
      const ofRow = (row) => {
        const n = sum(row);
        return sum(row.map((count) => count && count * Math.log(n / count)));
      };
      return sum(this.came.map(ofRow)) / this.n;
    }

    writes() {
      const drawn = uniform(this.seed + 1);
      let at = 0;
      return listing(Array(SHOWN).fill(), () => {
        at = find(endsOf(logProbabilities(this.logits[at]).map(Math.exp)), drawn());
        return SIGNS[at];
      });
    }
  }

  class Letters extends Live {
    start() {
      const id = this.name;
      this.live.innerHTML = `<label for="${id}">What it learns from</label>
      <textarea id="${id}" rows="2" spellcheck="false" autocomplete="off"
        placeholder="Pride and Prejudice, unless you paste your own text here."
        ></textarea>
      <p class="x-under"><small>Your text never leaves this page.</small></p>
      <div class="x-fall x-halo"></div>
      <p class="x-writes"><small>At first it writes</small><code></code></p>
      <p class="x-writes"><small></small><code></code></p>
      <div class="x-acts"><button class="x-go"></button><button>One step</button
        ><button class="x-yours">Reset</button></div>
      <p class="visually-hidden" role="status"></p>`;
      [this.field, this.go, this.once, this.reset] = this.all("textarea, button");
      this.field.oninput = () => this.learn();
      // From the first step again; there, from the text of this page.
      this.reset.onclick = () => {
        if (!this.step) this.field.value = "";
        this.field.focus();
        this.learn();
      };
      this.go.onclick = () => (this.running ? this.stop() : this.run());
      this.once.onclick = () => {
        this.stop();
        this.steps(1);
        this.tell();
      };
      addEventListener("resize", () => this.draw());
      this.learn();
      clearTimeout(this.later);
    }

    // From nothing: the text that is there, or the one that came with the page.
    learn() {
      const text = signs(this.field.value), own = this.field.value.trim() !== "";
      this.few = own && text.length < LEAST;
      const counts = own && !this.few ? countsOf(text) : this.config.counts;
      this.running = null;
      this.learner = new Learner({ ...this.config, counts });
      this.all("code")[0].textContent = this.learner.writes();
      this.draw();
      this.tell();
    }

    // With a text of a reader's own, if that is not too long for an address.
    sent() {
      const own = this.field.value;
      return own.length > LONGEST ? "" : `${this.step}~${own}`;
    }

    follow(sent) {
      const [, step, own] = /^(\d+)~(.*)$/s.exec(sent) ?? [];
      if (!step) return;
      this.field.value = own;
      this.learn();
      if (!this.few) this.steps(Number(step));
      this.tell();
    }

    get step() {
      return this.learner.losses.length - 1;
    }

    steps(count) {
      for (let i = 0; i < count && this.step < this.config.steps; i++) this.learner.step();
      this.draw();
    }

    // Ever more steps a frame: on a scale of powers of ten the curve grows evenly.
    run() {
      const { matches: still } = matchMedia("(prefers-reduced-motion: reduce)");
      const run = this.running = {};
      const frame = () => {
        if (this.running !== run) return;
        this.steps(still ? this.config.steps : Math.ceil(this.step / 50) || 1);
        if (this.step < this.config.steps) requestAnimationFrame(frame);
        else this.stop();
      };
      frame();
    }

    stop() {
      this.running = null;
      this.draw();
      this.tell();
    }

    tell() {
      const { losses } = this.learner;
      this.say(
        this.few ? FEW : `Step ${this.step}: ${show(losses.at(-1))} nats per letter.`,
      );
    }

    draw() {
      const { learner, step, few } = this, { losses } = learner, floor = learner.floor();
      const done = step === this.config.steps;
      this.go.textContent = this.running && !done ? "Stop" : "Learn";
      this.go.disabled = this.once.disabled = done || few;
      this.reset.disabled = !step && !this.field.value;
      const [, note] = this.all(".x-writes small"), [, wrote] = this.all("code");
      note.textContent = `After step ${step}`;
      wrote.textContent = learner.writes();
      this.one(".x-fall").innerHTML = few ? `<p>${FEW}</p>` : this.plot(losses, floor);
    }

    // The loss over the steps, these by powers of ten, above a half so far below the
    // floor that the floor's name has room between it and the axis.
    plot(losses, floor) {
      const step = losses.length - 1, loss = losses[step];
      const wide = this.live.clientWidth || 640;
      const low = Math.floor(2 * (floor - ROOM * TOP) / (1 - ROOM)) / 2;
      const X = (k) => 36 + (wide - 50) * Math.log10(1 + k) / Math.log10(1 + this.config.steps);
      const Y = (nats) => 200 - 190 * (nats - low) / (TOP - low);
      const halves = Array.from({ length: 8 }, (_, i) => low + i / 2).filter((y) => y < TOP);
      const x = X(step), right = x > wide - 120;
      // On a phone 100 has no room beside the last.
      const ticks = TICKS.filter((k) => k <= this.config.steps && (k !== 100 || wide > 400));
      // A point for each pixel at most.
      let drawn = -1;
      const points = losses.flatMap((y, k) => {
        if (X(k) - drawn < 1 && k < step) return [];
        drawn = X(k);
        return [`${drawn.toFixed(1)} ${Y(y).toFixed(1)}`];
      });
      return `<svg viewBox="0 0 ${wide} 232" role="img" aria-label="The loss over the steps: ${
        show(losses[0])
      } nats at first, ${show(loss)} at step ${step}. What counting gives: ${show(floor)}.">
      ${path("x-axis", `M36 6V200H${wide - 6}`)}
      ${listing(halves, (y) => text(30, Y(y) + 4, y.toFixed(1), "x-end"))}
      ${axis(200, ticks.map((k) => k === 1000 ? [X(k), "1000 steps", "x-end"] : [X(k), k]))}
      ${path("x-dash", `M36 ${Y(floor)}H${wide - 6}`)}
      ${text(42, Y(floor) + 18, `what counting gives: ${show(floor)} nats per letter`)}
      ${path("x-edge", `M${points.join("L")}`)}
      <g class="x-hit">${circle(x, Y(loss), 6, "x-dot")}
      ${text(right ? x : x + 12, Y(loss) - 12, show(loss), right ? "x-large x-end" : "x-large")}
      </g></svg>`;
    }
  }

  Object.assign(xent, { Learner, countsOf, signs });
  customElements.define("xent-letters", Letters);
})();
