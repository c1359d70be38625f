/* The reader as the model: 100 chips on each next word. */
(() => {
"use strict";
const { Live, listing, safe, show, sum, surprise } = xent;

// Bets stay in this browser; where it keeps nothing, in this page.
const ELSE = "something else";
let page = {};
const bets = {
  read() {
    try { return JSON.parse(localStorage.getItem("xent-bets")) || {}; } catch { return page; }
  },
  write(value) {
    page = value;
    try { localStorage.setItem("xent-bets", JSON.stringify(value)); } catch { /* page has it */ }
  },
};

class Bets extends Live {
  start() {
    this.live.innerHTML = '<div></div><p class="x-note" role="status"></p><p class="x-acts"></p><div class="x-stairs"></div>';
    this.live.addEventListener("input", ({ target }) => this.put(target));
    this.live.addEventListener("click", ({ target }) => {
      if (!target.matches("button")) return;
      this[target.value]();
      this.draw();
      this.one("button").focus();
    });
    const load = () => this.draw(this.next());
    addEventListener("storage", load); // a bet in another tab
    addEventListener("pageshow", (event) => event.persisted && load());
    load();
  }

  bet({ context, chips }) {
    const bet = bets.read()[context];
    const known = bet && Object.keys(chips).every((word) => bet[word] >= 0);
    return known && sum(Object.values(bet)) === 100 ? bet : null;
  }

  next() {
    const { rounds } = this.config;
    this.round = rounds.find((round) => !this.bet(round)) || (rounds[1] ? null : rounds[0]);
    this.draft = {};
    this.short = "";
    for (const word in this.round?.chips) this.draft[word] = word === ELSE ? 100 : 0;
  }

  reveal() {
    bets.write({ ...bets.read(), [this.round.context]: this.draft });
  }

  clear() {
    const rest = bets.read();
    for (const { context } of this.config.rounds) delete rest[context];
    bets.write(rest);
    this.next();
  }

  // What a word gets, "something else" gives: there are always 100 chips.
  put(slider) {
    const { draft } = this, word = slider.ariaLabel.slice(9), wish = slider.value - draft[word];
    const more = Math.min(wish, draft[ELSE]);
    this.short = wish > more ? word : "";
    draft[word] += more;
    draft[ELSE] -= more;
    this.update();
  }

  state() {
    return { draft: { ...this.draft } };
  }

  update() {
    this.count(this.draft);
    // Written only when it changes, so that it is not said at every step.
    const note = this.one(".x-note"), says = this.hint();
    if (note.textContent !== says) note.textContent = says;
  }

  hint() {
    const left = this.draft[ELSE];
    if (this.short) return `No chips are left for “${this.short}”: take some from another word first.`;
    return left === 100 ? "All 100 chips start on something else: pull them to the words you expect."
      : left ? "What is left stays on something else, in case none of these words comes."
      : "No chips are left. If something else came, you would have ruled it out.";
  }

  count(bet) {
    this.all(".x-row").forEach((row, i) => {
      const chips = Object.values(bet)[i], slider = row.querySelector("input");
      row.style.setProperty("--p", chips / 100);
      row.querySelector(".x-chips").textContent = chips;
      if (!slider) return;
      slider.value = chips;
      slider.ariaValueText = `${chips} chips, ${bet[ELSE]} left on something else`;
    });
  }

  draw() {
    const { round } = this, { rounds } = this.config;
    const bet = round && this.bet(round), many = rounds.length > 1;
    const done = rounds.filter((round) => this.bet(round)).length;
    const yours = rounds.slice(0, rounds.findIndex((round) => !this.bet(round)) >>> 0)
      .map((round) => surprise(this.bet(round)[round.answer]));
    const hit = bet && bet[round.answer];
    const button = (value, text) => `<button value="${value}" class="${value === "clear" ? "" : "x-go"}">${text}</button>`;
    this.one("div").innerHTML = !round ? "" : `
      <p class="x-line">${safe(round.context)} <b>${bet ? safe(round.answer) : "&emsp;&emsp;"}</b>
      ${many ? `<small>word ${rounds.indexOf(round) + 1} of ${rounds.length}</small>` : ""}</p>
      ${listing(Object.keys(round.chips), (word) => `<div class="x-row ${bet && word === round.answer ? "x-hit" : ""}">
      <span class="x-word">${safe(word)}</span>
      <span class="x-pair">${bet || word === ELSE
          ? '<i class="x-bet"></i>'
          : `<input type="range" class="x-bet" aria-label="chips on ${safe(word)}">`}
      <span class="x-chips"></span></span></div>`)}`;
    if (round) this.count(bet || this.draft);
    this.one(".x-note").textContent =
      !round ? `Your ${rounds.length} surprises add up to ${show(sum(yours), 2)} nats.`
      : !bet ? this.hint()
      : hit ? `You had ${hit} of 100 chips on “${round.answer}”: your surprise is −ln ${show(hit / 100, 2)} = ${show(surprise(hit), 2)} nats.`
      : `“${round.answer}” had none of your chips: your surprise is infinite. Never rule out what can happen.`;
    this.one(".x-acts").innerHTML =
      (round && !bet ? button("reveal", "Reveal the word") : "") +
      (bet && many ? button("next", done < rounds.length ? "Next word" : "Add up") : "") +
      (done ? button("clear", many ? "Clear my bets" : "Bet again") : "") +
      `<small>Your bets stay in this browser.${
        listing(rounds, (other, i) => round && i > rounds.indexOf(round) && this.bet(other)
          ? ` You have bet on word ${i + 1} before; that bet counts here, too.` : "")}</small>`;
    if (many) this.climb(yours);
  }

  // Each line climbs by one word's surprise a step.
  climb(yours) {
    const { rounds, models } = this.config, lines = Object.entries(models);
    // A word that is still to be bet on is not named.
    const word = (i) => (i < yours.length ? rounds[i].answer : `word ${i + 1}`);
    if (yours.length) lines.push(["you", yours]);
    else if (lines.length) lines.push(["a player", rounds.map(({ chips, answer }) => surprise(chips[answer]))]);
    const high = Math.max(1, ...lines.map(([, list]) => sum(list.filter(Number.isFinite))));
    const wide = 208 / rounds.length, y = (nats) => 168 - 150 * Math.min(nats / high, 1.08);
    const ends = lines.map(([name, list], k) => {
      let total = 0, d = "M8 168";
      list.forEach((x, i) => {
        if (total === Infinity) return;
        total += x;
        d += `V${y(total)}`;
        if (total < Infinity) d += `H${8 + wide * (i + 1)}`;
      });
      const mine = k === lines.length - 1 ? "x-mine" : "x-model";
      const spoken = `${name}: ${list.map((x, i) => `${word(i)} ${show(x, 2)}`).join(", ")}, in all ${show(total, 2)} nats. `;
      return { name, total, y: y(total), mine, spoken, path: `<path class="${mine}" d="${d}"/>` };
    });
    // Labels keep their distance.
    let free = 10;
    for (const end of [...ends].sort((a, b) => a.y - b.y)) free = 30 + (end.y = Math.max(end.y, free));
    this.one(".x-stairs").innerHTML = lines[0] ? `<svg viewBox="0 0 320 190" role="img" aria-label="${safe(listing(ends, (end) => end.spoken))}">
      <path class="x-axis" d="M8 168H216"/>
      ${listing(ends, (end) => `${end.path}<text x="222" y="${end.y}" class="${end.mine}">${safe(end.name)}<tspan x="222" dy="14">${show(end.total, 2)} nats</tspan></text>`)}
      ${listing(rounds, (_, i) => `<text x="${8 + wide * (i + 0.5)}" y="184" class="x-mid">${i < yours.length ? safe(word(i)) : i + 1}</text>`)}</svg>` : "";
  }
}

customElements.define("xent-bets", Bets);
})();
