/* One line runs at a time, a wrong one or the right one: its number goes there and back. A comment
   at the end of a wrong line is its name. */
(() => {
  "use strict";
  const { Live, choices, circle, listing, minus, safe, text } = xent;

  const named = ([line]) => line.split("  # ");

  // Between two numbers, with as many places as the longer of them.
  const between = (from, to, share) => {
    const places = Math.max(...[from, to].map(([, shown]) => shown.split(".")[1]?.length ?? 0));
    return minus((from[2] + share * (to[2] - from[2])).toFixed(places));
  };

  class Exhibit extends Live {
    start() {
      const { lines, asks } = this.config, right = lines.at(-1);
      // Which line is right is told neither by its place nor before it was guessed.
      this.lines = asks ? [...lines].sort() : lines;
      const names = this.lines.map((line, k) =>
        asks
          ? "ABCDE"[k]
          : line === right
          ? "✓ right"
          : `✗ ${named(line)[1] ?? (k ? k + 1 : "wrong")}`
      );
      const legend = asks ?? "the line that runs", code = ([line]) => `<code>${safe(line)}</code>`;
      this.live.innerHTML = `${choices(this.name, legend, names, "visually-hidden")}
      <p class="x-runs${asks ? "" : " x-pile"}">${
        listing(this.lines, (line) =>
          asks ? `${names[this.lines.indexOf(line)]} ${code(line)}<br>` : code(named(line)))
      }</p>
      <p class="x-gives"><strong></strong><svg aria-hidden="true"></svg></p>
      <p class="visually-hidden" role="status"></p>`;
      this.radios = this.all("input");
      this.live.addEventListener(
        "change",
        ({ target }) => this.choose(this.radios.indexOf(target)),
      );
      this.from = this.to = asks ? ["", "?", null] : lines[0];
      this.share = 1;
      this.radios[0].checked = !asks;
      this.update();
    }

    choose(k) {
      const { lines } = this, fixed = lines[k] === this.config.lines.at(-1);
      Object.assign(this, { from: this.to, to: lines[k], share: 0 });
      const rolls = this.from[2] !== null && this.to[2] !== null;
      this.dispatchEvent(new CustomEvent("xent-switch", { bubbles: true, detail: k }));
      this.glide({ share: 1 }, rolls ? 700 : 0);
      this.say(`${fixed ? "Right" : "Wrong"}: ${named(lines[k])[0]} gives ${lines[k][1]}.`);
    }

    update() {
      const { from, to, share, lines } = this, { asks } = this.config;
      const rolls = share < 1 && from[2] !== null && to[2] !== null;
      this.all(".x-pile > *").forEach((line, k) => line.toggleAttribute("off", lines[k] !== to));
      const sign = asks && to[0] ? (to === this.config.lines.at(-1) ? "✓ " : "✗ ") : "";
      this.one("strong").textContent = sign + (rolls ? between(from, to, share) : to[1]);
      this.draw(rolls ? from[2] + share * (to[2] - from[2]) : to[2]);
    }

    // The number on a rule with 0 and the right one. Where both are as good as one, one is drawn.
    draw(x) {
      const known = this.config.lines.map((line) => line[2]).filter((one) => one !== null);
      const low = Math.min(0, ...known), wide = Math.max(0, ...known) - low || 1;
      const at = (one) => 2 + 96 * (one - low) / wide, right = this.config.lines.at(-1);
      const far = (a, b) => Math.abs(at(a) - at(b)), meet = (one) => far(one, right[2]) < 4;
      const dot = x === null ? "" : circle(`${at(x)}%`, 20, 7, "x-dot x-hit");
      const ring = (one) =>
        `<svg x="${at(one)}%"><path class="x-home x-ink" d="M-5 20a5 5 0 0 1 10 0a5 5 0 0 1-10 0"/>
        </svg>`;
      const word = (one, y, words) =>
        text(`${at(one)}%`, y, words, at(one) > 85 ? "x-end" : at(one) < 15 ? "" : "x-mid");
      const line = (x1, x2, y1, y2) =>
        `<line class="x-axis" x1="${x1}%" x2="${x2}%" y1="${y1}" y2="${y2}"/>`;
      const axis = line(0, 100, 20, 20) + line(at(0), at(0), 15, 25) + word(0, 39, "0");
      const to = this.to[2], close = to !== null && Math.abs(to / right[2] - 1) < 0.05;
      const nearly = this.to !== right && close && meet(to);
      const home = right[2] === null ? "" : word(right[2], 10, nearly ? "nearly right" : "right") +
        (far(right[2], 0) > 35 ? word(right[2], 39, right[1]) : "") +
        (x !== null && close && meet(x) ? "" : ring(right[2]));
      this.one("svg").innerHTML = (known[0] === undefined ? "" : axis) + home + dot;
    }
  }

  customElements.define("xent-exhibit", Exhibit);
})();
