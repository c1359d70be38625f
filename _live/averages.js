/* Formula (16) under four denominators. */
(() => {
"use strict";
const { Live, listing, safe, show, sum } = xent;

// Formula (16) under four denominators; `weight` is what one loss counts for.
const average = (losses, kind, pad = 0) => {
  const m = losses.map((list) => list.length);
  const longest = Math.max(...m);
  const padded = kind === "padded";
  const weight = m.map((length) => ({
    sequence: 1 / m.length,
    token: 1 / sum(m),
    means: 1 / (m.length * length),
    padded: 1 / (m.length * longest),
  })[kind]);
  const pads = m.map((length) => (padded ? longest - length : 0));
  const value = sum(losses.map((list, k) => weight[k] * (sum(list) + pads[k] * pad)));
  return { value, weight, pads };
};

class Averages extends Live {
  start() {
    const { sentences, pad, kinds } = this.config;
    this.losses = sentences.map((sentence) => sentence.losses);
    const most = Math.max(...this.losses.flat(), pad);
    const longest = Math.max(...this.losses.map((list) => list.length));
    const block = (word, loss, kind = "") => `<span class="x-block ${kind}">
      <i style="--h: ${loss / most}"></i><span>${safe(word)}</span><small>${show(loss, 2)}</small></span>`;
    this.live.innerHTML = `
      <fieldset class="x-kinds"><legend class="visually-hidden">Average</legend>
      ${listing(Object.keys(kinds), (kind) => `<label><input type="radio" name="${this.name}" value="${kind}">${kinds[kind][0]}</label>`)}
      </fieldset>
      <div role="status"></div>
      ${listing(sentences, ({ text, words, losses }) => `<div class="x-sentence">
      <p><span>${safe(text)}</span> <small>m = ${losses.length}, sum ${show(sum(losses), 2)}, mean ${show(sum(losses) / losses.length, 2)}, <b></b></small></p>
      <div class="x-blocks">${listing(words, (word, i) => block(word, losses[i]))}${block("pad", pad, "x-pad").repeat(longest - losses.length)}</div>
      </div>`)}
      <p><small class="x-key"></small></p>`;
    this.live.addEventListener("change", ({ target }) => this.update(target.value));
    this.one("input").checked = true;
    this.update("sequence");
  }

  update(kind) {
    const { losses } = this, { pad, kinds } = this.config;
    const { value, weight, pads } = average(losses, kind, pad);
    const m = losses.map((list) => list.length), sums = losses.map(sum);
    const [D, tokens, extra, total] = [m.length, sum(m), sum(pads), show(sum(sums), 2)];
    const added = (list) => `(${list.map((x) => show(x, 2)).join(" + ")}) / ${D} sentences`;
    const how = {
      sequence: added(sums),
      token: `${total} / ${tokens} tokens`,
      means: added(sums.map((x, k) => x / m[k])),
      padded: `(${total} + ${extra} × ${show(pad, 2)}) / ${tokens + extra} places`,
    }[kind];
    this.one("[role=status]").innerHTML = `<p class="x-loss"><span><strong>${show(value, 2)}</strong> nats</span></p>
      <p class="x-sum">= ${how}</p><p class="x-note">${safe(kinds[kind][1])}</p>`;
    // As a share of all weights, and of the longest row in all three pictures.
    const full = sum(m.map((length, k) => weight[k] * (length + pads[k]))) * Math.max(Math.max(...m) / tokens, 1 / D);
    // Per sequence, a sentence is added up first: its losses, end to end, are as long as its sum.
    const whole = kind === "sequence", longest = Math.max(...sums);
    this.one(".x-key").textContent = whole
      ? "Length: a token’s loss. End to end they are the sum of its sentence, which counts as a whole."
      : "Width: what a token counts for. Height: its loss.";
    this.live.classList.toggle("x-ends", whole);
    this.all(".x-sentence").forEach((row, k) => {
      row.querySelector("b").textContent = `each × ${show(weight[k])}`;
      row.querySelectorAll(".x-block").forEach((block, i) => {
        block.ariaHidden = i >= m[k] && !pads[k];
        block.style.setProperty("--w", block.ariaHidden === "true" ? 0
          : whole ? losses[k][i] / longest : weight[k] / full);
      });
    });
  }
}

Object.assign(xent, { average });
customElements.define("xent-averages", Averages);
})();
