/* One line runs at a time, a wrong one or the right one: its number goes there and back. */
(() => {
  "use strict";
  const { Live, choices, circle, listing, minus, safe } = xent;

  // Between two numbers, with as many places as the longer of them.
  const between = (from, to, share) => {
    const places = Math.max(...[from, to].map(([, shown]) => shown.split(".")[1]?.length ?? 0));
    return minus((from[2] + share * (to[2] - from[2])).toFixed(places));
  };

  class Exhibit extends Live {
    start() {
      const { lines } = this.config, last = lines.length - 1;
      const names = lines.map((_, k) => k === last ? "✓ right" : k ? `✗ ${k + 1}` : "✗ wrong");
      this.live.innerHTML = `${choices(this.name, "the line that runs", names, "visually-hidden")}
      <p class="x-runs x-pile">${listing(lines, ([line]) => `<code>${safe(line)}</code>`)}</p>
      <p class="x-gives"><strong></strong><svg aria-hidden="true"></svg></p>
      <p class="visually-hidden" role="status"></p>`;
      this.radios = this.all("input");
      this.live.addEventListener(
        "change",
        ({ target }) => this.choose(this.radios.indexOf(target)),
      );
      this.from = this.to = lines[0];
      this.share = 1;
      this.radios[0].checked = true;
      this.update();
    }

    choose(k) {
      const { lines } = this.config, fixed = k === lines.length - 1;
      Object.assign(this, { from: this.to, to: lines[k], share: 0 });
      const rolls = this.from[2] !== null && this.to[2] !== null;
      this.dispatchEvent(new CustomEvent("xent-switch", { bubbles: true, detail: k }));
      this.glide({ share: 1 }, rolls ? 700 : 0);
      this.say(`${fixed ? "Right" : "Wrong"}: ${lines[k][0]} gives ${lines[k][1]}.`);
    }

    update() {
      const { from, to, share } = this, { lines } = this.config;
      const fixed = to === lines.at(-1), rolls = share < 1 && from[2] !== null && to[2] !== null;
      this.toggleAttribute("fixed", fixed);
      this.all(".x-runs > *").forEach((line, k) => line.toggleAttribute("off", lines[k] !== to));
      this.one("strong").textContent = rolls ? between(from, to, share) : to[1];
      this.draw(rolls ? from[2] + share * (to[2] - from[2]) : to[2]);
    }

    // The number on an axis with 0, and the right one.
    draw(x) {
      const known = this.config.lines.map((line) => line[2]).filter((one) => one !== null);
      const low = Math.min(0, ...known), wide = Math.max(0, ...known) - low || 1;
      const at = (one) => `${2 + 96 * (one - low) / wide}%`, right = this.config.lines.at(-1)[2];
      const dot = (one, r, name) => (one === null ? "" : circle(at(one), 8, r, name));
      const tick = `<line class="x-axis" x1="${at(0)}" x2="${at(0)}" y1="3" y2="13"/>`;
      const axis = known[0] === undefined
        ? ""
        : `<line class="x-axis" x2="100%" y1="8" y2="8"/>${tick}`;
      this.one("svg").innerHTML = axis + dot(right, 5, "x-home") + dot(x, 7, "x-dot");
    }
  }

  customElements.define("xent-exhibit", Exhibit);
})();
