/* The loss as a distance: the stored figure, with logits that can be moved. */
(() => {
  "use strict";
  const { Live, choices, listing, logProbabilities, safe, show } = xent;

  const RISE = 88; // pixels: a probability of 1, BASE − TOP of __init__.py

  class Gap extends Live {
    start() {
      const { tokens, low, high, least, most } = this.config,
        [svg, caption] = this.querySelector("figure").children;
      this.live.innerHTML = `
      ${choices(this.name, "The word that came", tokens.map(safe))}
      <p class="x-read"></p>
      <div class="x-stage x-halo" style="--from: ${(least - low) / (high - low)}; --to: ${
        (most - low) / (high - low)
      }">${svg.outerHTML}
      ${
        listing(tokens.map(safe), (token) =>
          `<input type="range" min="${least}" max="${most}" step="0.1"
            aria-label="logit of ${token}">`)
      }
      </div>
      <p><small>${caption.innerHTML} Pull a dot, up to ${show(most, 1)}, or use the arrow keys: the
        log-sum-exp always stays ahead.
      <button class="x-yours">Reset</button></small></p>
      <p class="visually-hidden" role="status"></p>`;
      this.lanes = this.all(".x-lane");
      this.words = this.all("[type=radio]");
      this.knobs = this.all("[type=range]");
      this.one("svg").ariaHidden = "true";
      this.knobs.forEach((knob, i) => (knob.style.top = `${this.lanes[i].getAttribute("y")}px`));
      this.live.addEventListener("input", ({ target }) => {
        const i = this.knobs.indexOf(target);
        if (i < 0) this.came = this.words.indexOf(target);
        else this.o[i] = Number(target.value);
        this.update();
      });
      this.one("button").addEventListener("click", () => {
        this.reset();
        this.words[this.came].focus();
      });
      this.reset();
      new ResizeObserver(() => this.apart(logProbabilities(this.o).map(Math.exp))).observe(
        this.live,
      );
      clearTimeout(this.later); // said when something changes, not at first
    }

    reset() {
      this.o = [...this.config.logits];
      this.came = this.config.target;
      this.update();
    }

    get shared() {
      const { least, most } = this.config;
      return { came: [0, this.o.length - 1, 1], o: [least, most] };
    }

    state() {
      return { o: [...this.o] };
    }

    update() {
      const { o, came } = this, { tokens, logits, target, low, high } = this.config;
      const logs = logProbabilities(o), wall = o[came] - logs[came];
      const share = (length) => `${100 * length / (high - low)}%`;
      const set = (node, name, value) => node.setAttribute(name, value);
      set(this.one(".x-wall"), "x", share(wall - low));
      this.one(".x-wall").style.setProperty("--at", (wall - low) / (high - low));
      this.one(".x-lse").textContent = `log-sum-exp ${show(wall, 2)}`;
      this.lanes.forEach((lane, i) => {
        const hit = i === came, p = Math.exp(logs[i]), loss = 0 - logs[i];
        const [height, beam, far, label] = lane.querySelectorAll(".x-height, .x-far, .x-label");
        set(lane, "x", share(o[i] - low));
        set(lane, "stroke-width", hit ? 4 : 2);
        set(lane, "font-weight", hit ? 700 : 400);
        lane.style.color = `var(--xent-${hit ? "target" : "quiet"})`;
        lane.style.setProperty("--p", p);
        set(beam, "x2", share(loss));
        set(far, "x", share(loss));
        height.textContent = show(p, p < 0.005 ? 3 : 2);
        far.textContent = show(loss, 2);
        label.textContent = `${tokens[i]} ${show(o[i], 1)}`;
        this.words[i].checked = hit;
        this.knobs[i].value = o[i];
        this.knobs[i].ariaValueText = `${show(o[i], 1)}, loss if it comes ${show(loss, 2)}`;
      });
      this.apart(logs.map(Math.exp));
      const logit = show(o[came], 1),
        loss = show(wall - o[came], 2),
        word = ` if ${tokens[came]} comes`;
      const sum = `loss = ${show(wall, 2)} − ${o[came] < 0 ? `(${logit})` : logit} = `;
      this.one(".x-read").innerHTML = `${sum}<b>${loss}</b>${safe(word)}`;
      this.one(".x-yours").disabled = came === target && o.every((x, i) => x === logits[i]);
      this.say(`${sum}${loss}${word}, whose p is ${show(Math.exp(logs[came]))}`);
    }

    // Of labels that come near, the upper one is lifted. Of one place and number, one shows, and
    // one bar: that of the word that came.
    apart(p) {
      const { low, high } = this.config, wide = this.one("svg").clientWidth || 600;
      const put = [], hit = (i) => Number(i === this.came);
      const order = p.map((_, i) => i).sort((i, j) => p[i] - p[j] || hit(j) - hit(i));
      for (const i of order) {
        const x = (this.o[i] - low) / (high - low) * wide, own = RISE * p[i];
        const label = this.lanes[i].querySelector(".x-height");
        const twin = put.some((one) => one.x === x);
        for (const one of [label, label.previousElementSibling]) {
          one.style.visibility = twin ? "hidden" : "";
        }
        if (twin) continue;
        const near = put.filter((one) => Math.abs(one.x - x) < 30);
        const y = near.reduce((y, one) => (Math.abs(one.y - y) < 14 ? one.y + 14 : y), own);
        put.push({ x, y });
        put.sort((a, b) => a.y - b.y);
        label.style.translate = `0 ${own - y}px`;
      }
    }
  }

  customElements.define("xent-gap", Gap);
})();
