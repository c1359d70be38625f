/* The live parts: each puts controls in the place of a table that Python computed.
   First the numerics, which the tests hold to 50-digit arithmetic. */
(() => {
"use strict";

// ln p of every logit. The largest goes first: exp cannot overflow, and log1p
// keeps a loss that is nearly 0 exact.
const logProbabilities = (o, T = 1) => {
  const top = o.indexOf(o.reduce((a, b) => Math.max(a, b)));
  const z = o.map((x) => (x - o[top]) / T);
  const rest = z.reduce((sum, x, i) => (i === top ? sum : sum + Math.exp(x)), 0);
  return z.map((x) => x - Math.log1p(rest));
};

const evaluate = (o, target, T = 1) => {
  const logs = logProbabilities(o, T);
  const p = logs.map(Math.exp);
  const loss = 0 - logs[target];
  // 1 − p would lose its digits near p = 1; expm1 does not.
  const gradient = p.map((q, i) => (i === target ? Math.expm1(-loss) : q) / T);
  return { p, loss, bits: loss / Math.LN2, gradient };
};

// The logit that gives the target probability p, the others staying as they are.
const logitFor = (o, target, T, p) => {
  const others = o.filter((_, i) => i !== target);
  const logSum = others[0] / T - logProbabilities(others, T)[0];
  return T * (Math.log(p) - Math.log1p(-p) + logSum);
};

const step = (o, target, T, size) => {
  const { gradient } = evaluate(o, target, T);
  return o.map((x, i) => x - size * gradient[i]);
};

const sum = (list) => list.reduce((a, b) => a + b, 0);

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

const surprise = (chips) => Math.log(100 / chips);

const minus = (text) => text.replace("-", "−");
const show = (x, digits = 3) => {
  if (!Number.isFinite(x)) return x > 0 ? "∞" : x < 0 ? "−∞" : "NaN";
  if (x === 0 || Math.abs(x) >= 0.5 * 10 ** -digits) return minus(x.toFixed(digits));
  const [digit, power] = x.toExponential(1).split("e");
  const raised = power.replace(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));
  return `${minus(digit)}·10${raised}`;
};

// What the numbers show just now, in words.
const remark = (o, target, T, tokens, parts) => {
  const { loss } = evaluate(o, target, T);
  const word = tokens[target], V = o.length;
  const curve = parts.includes("curve"), gradient = parts.includes("gradient");
  const guess = `ln ${V} = ${show(Math.log(V))}`;
  const textbook = sum(o.map((x) => Math.exp(x / T)));
  if (V === 1) return "One word alone has p = 1, whatever its logit.";
  if (textbook === Infinity || textbook === 0)
    return `The textbook form fails: ${textbook ? `e^${show(Math.max(...o) / T, 0)} overflows, and ∞/∞` : "every e^o rounds to 0, and 0/0"} is no probability. Subtracting the largest logit first, as here, mends it.`;
  if (o.every((x) => x === o[0]))
    return `All logits are equal: a guess among ${V} words, p = 1/${V} each` +
      (curve ? `. The loss is ${guess}, whichever comes.` : ".");
  if (!curve)
    return T === 1 ? "T = 1 leaves the logits as they are." : T < 1
      ? "T below 1 widens every gap: the largest logit takes more."
      : `T above 1 narrows every gap: all words come nearer to 1/${V}.`;
  if (Math.exp(-loss) === 0)
    return `p(${word}) rounds to 0, and −ln 0 is ∞. From the logits, the loss is right.`;
  if (gradient && loss < 0.01)
    return "Saturated: nearly certain and right. The gradient is nearly 0, and a step changes next to nothing.";
  if (gradient && loss > 4.6)
    return "Saturated: the loss has no bound, but no gradient exceeds 1/T. Twice the loss does not pull twice as hard.";
  if (loss > Math.log(V)) return `Worse than a guess among ${V} words, which costs ${guess}.`;
  return `As surprising as one of ${show(Math.exp(loss), 2)} equally likely words.`;
};

if (typeof module !== "undefined") {
  module.exports = { average, evaluate, logitFor, remark, show, step, surprise };
  return;
}

const safe = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
const signed = (x) => (x > 0 ? "+" : "") + show(x);
const listing = (list, make) => list.map(make).join("");
let count = 0;

class Live extends HTMLElement {
  connectedCallback() {
    if (this.live) return;
    this.name = `xent-${++count}`;
    this.config = JSON.parse(this.getAttribute("config"));
    this.live = document.createElement("div");
    this.live.className = "x-live";
    this.prepend(this.live);
    this.toggleAttribute("live", true);
    // A finger that goes on to scroll the page takes back what it moved.
    this.live.addEventListener("pointerdown", ({ target }) => {
      this.kept = target.closest("[type=range], .x-chart") && this.state();
    });
    this.live.addEventListener("pointercancel", () => {
      Object.assign(this, this.kept);
      if (this.kept) this.update();
    });
    this.start();
  }
  one(selector) { return this.live.querySelector(selector); }
  all(selector) { return [...this.live.querySelectorAll(selector)]; }
}

// The plot of −ln p: 276 units from p = 0 to 1, 25 units a nat, up to 7 nats.
const px = (p) => 34 + 276 * p;
const py = (loss) => 185 - 25 * Math.min(loss, 7);

class Explorer extends Live {
  start() {
    const { tokens, context, show: parts } = this.config;
    const guess = Math.log(tokens.length), has = (part) => parts.includes(part);
    this.live.innerHTML = `
      <p class="x-line">${safe(context)} <b></b></p>
      <div role="table" aria-label="words" style="--columns: 5rem ${has("logits") ? "1fr" : ""} 1fr ${has("gradient") ? "4.5rem" : ""}">
      <div role="row" class="x-row x-head">
      <span role="columnheader">${has("target") ? "what came" : "word"}</span>
      <span role="columnheader" data-part="logits">logit</span>
      <span role="columnheader">probability</span>
      <span role="columnheader" data-part="gradient" class="x-slope"></span>
      </div>
      ${listing(tokens.map(safe), (token) => `<div role="row" class="x-row">
      <span role="rowheader"><label class="x-word"><input type="radio" data-part="target" name="${this.name}" aria-label="${token} came">${token}</label></span>
      <span role="cell" class="x-pair" data-part="logits">
      <input type="range" class="x-logit" min="-6" max="6" step="0.1" aria-label="logit of ${token}">
      <input class="x-field" autocomplete="off" aria-label="logit of ${token}, −1000 to 1000"></span>
      <span role="cell" class="x-pair"><i class="x-bar"></i><span class="x-p"></span></span>
      <span role="cell" data-part="gradient" class="x-slope"></span>
      </div>`)}
      </div>
      <div class="x-below">
      <div class="x-left">
      <label class="x-pair" data-part="temperature">temperature
      <input type="range" class="x-heat" min="-1" max="1" step="0.05"><span class="x-t"></span></label>
      <p class="x-loss" data-part="curve"><span class="x-of"></span>
      <span><strong></strong> nats</span> <span class="x-bits"></span></p>
      <p class="x-note"></p>
      </div>
      <div class="x-plot" data-part="curve">
      <div class="x-chart"><svg viewBox="0 0 320 185" aria-hidden="true">
      <text x="0" y="9">nats</text>
      ${listing([0, 2, 4, 6], (y) => `<text x="26" y="${py(y) + 3}" class="x-end">${y}</text>`)}
      <path class="x-axis" d="M34 6V185"/>
      <path class="x-guess" d="M34 ${py(guess)}H310"/>
      <text x="310" y="${py(guess) - 5}" class="x-end">a guess among ${tokens.length}: ${show(guess, 2)}</text>
      <path d="M${listing([...Array(71).keys()], (i) => `${px(Math.exp(i / 10 - 7))} ${py(7 - i / 10)} `)}"/>
      <path class="x-drop"/><circle class="x-dot" r="7"/>
      <text x="48" y="9" class="x-over"></text></svg>
      <input type="range" class="x-drag" min="0.001" max="0.999" step="0.001"><span class="x-grip"></span></div>
      <p><span>0</span><span class="x-name"></span><span>1</span></p>
      </div>
      </div>
      <p class="x-acts">
      <button class="x-step" data-part="gradient">Gradient step</button>
      <label data-part="gradient">of size <input class="x-field x-size" autocomplete="off"></label>
      <button class="x-reset">Reset</button></p>
      <p class="x-said visually-hidden" role="status"></p>`;
    for (const node of this.all("[data-part]")) node.hidden = node.disabled = !has(node.dataset.part);
    this.rows = this.all(".x-row").slice(1);
    for (const type of ["input", "change", "click"])
      this.live.addEventListener(type, ({ target }) => this.on(target, type));
    this.live.addEventListener("keydown", (event) => {
      const by = { ArrowUp: 0.1, ArrowDown: -0.1 }[event.key], field = event.target;
      if (!by || !field.matches(".x-field")) return;
      event.preventDefault();
      const now = this.o[this.place(field)] ?? this.size;
      field.value = Number((now + by).toFixed(10)); // 0.1 + 0.2 is 0.3
      this.on(field, "change");
    });
    const plot = this.one(".x-chart");
    for (const type of ["pointerdown", "pointermove"])
      plot.addEventListener(type, (event) => {
        if (!event.buttons) return;
        plot.setPointerCapture(event.pointerId);
        const { left, top, width } = plot.getBoundingClientRect(), unit = 320 / width;
        const p = ((event.clientX - left) * unit - 34) / 276;
        // Where the curve is steep, the height says more than the place.
        const steep = Math.exp(((event.clientY - top) * unit - 185) / 25);
        this.drag(p > 0.09 ? p : Math.min(steep, 0.09));
      });
    this.reset();
    this.update();
    clearTimeout(this.later); // said when something changes, not at first
  }

  reset() {
    this.held = "";
    this.o = [...this.config.logits];
    this.target = this.config.target;
    this.T = this.config.temperature;
    this.size = this.config.step;
  }

  state() {
    return { o: [...this.o], T: this.T };
  }

  drag(p) {
    const { o, target, T } = this;
    if (o.length > 1) o[target] = logitFor(o, target, T, clamp(p, 0.001, 0.999));
    this.update();
  }

  place(input) {
    return this.rows.findIndex((row) => row.contains(input));
  }

  on(input, type) {
    const is = (name) => input.matches(name);
    const typed = parseFloat((input.value || "").replace("−", "-").replace(",", "."));
    const row = this.place(input);
    this.held = "";
    if (type === "click") {
      if (is(".x-step")) this.o = step(this.o, this.target, this.T, this.size);
      else if (is(".x-reset")) this.reset();
      else return;
    } else if (is("[type=radio]")) this.target = row;
    else if (is(".x-drag")) return this.drag(typed);
    // 0.1 to 10, each of 40 steps a round number of two digits
    else if (is(".x-heat")) this.T = Number((10 ** typed).toPrecision(2));
    else if (is(".x-logit")) this.o[row] = typed;
    else if (type === "input") return; // not yet all of the number
    else if (typed === typed) { // of no number, the update shows the last again
      const low = row < 0 ? 0 : -1000, value = clamp(typed, low, 1000);
      if (value !== typed) this.held = `From ${minus(`${low}`)} to 1000 it goes, and no further. `;
      if (row < 0) this.size = value;
      else this.o[row] = value;
    }
    this.update();
  }

  update() {
    const { o, target, T, size } = this, { tokens, show: parts } = this.config;
    const { p, loss, bits, gradient } = evaluate(o, target, T);
    const put = (selector, text) => (this.one(selector).textContent = text);
    const word = tokens[target], name = `p(${word})`, chance = show(p[target]);
    const note = this.held + remark(o, target, T, tokens, parts);
    put(".x-line b", word);
    put(".x-slope", `gradient ${T === 1 ? "p−y" : "(p−y)/T"}`);
    this.rows.forEach((row, i) => {
      const [radio, slider, field] = row.querySelectorAll("input");
      const at = clamp(o[i] / 12 + 0.5, 0, 1);
      row.classList.toggle("x-hit", i === target);
      radio.checked = i === target;
      slider.value = o[i];
      slider.ariaValueText = `${show(o[i], 2)}, probability ${show(p[i])}`;
      field.value = show(o[i], 2);
      row.style.cssText = `--p: ${p[i]}; --low: ${Math.min(0.5, at)}; --high: ${Math.max(0.5, at)}`;
      row.querySelector(".x-p").textContent = show(p[i]);
      row.querySelector(".x-slope").textContent = signed(gradient[i]);
    });
    put(".x-t", show(T, 2));
    const heat = this.one(".x-heat"), drag = this.one(".x-drag");
    heat.value = Math.log10(T);
    heat.ariaValueText = show(T, 2);
    put(".x-of", `loss = −ln ${name}`);
    put("strong", show(loss));
    put(".x-over", loss > 7 ? `↑ above the picture, at ${show(loss, 1)}` : "");
    put(".x-bits", `= ${show(bits)} bits`);
    put(".x-name", `${name} = ${chance}`);
    put(".x-note", note);
    this.one(".x-size").value = size;
    drag.value = p[target];
    drag.ariaLabel = `probability of ${word}`;
    drag.ariaValueText = `${chance}, loss ${show(loss)} nats`;
    const x = px(p[target]), y = py(loss);
    this.one(".x-drop").setAttribute("d", `M34 ${y}H${x}V185`);
    this.one(".x-dot").setAttribute("transform", `translate(${x} ${y})`);
    this.one(".x-grip").style.cssText = `left: ${x / 3.2}%; top: ${y / 1.85}%`;
    // A screen reader hears the result, not every step of the way to it.
    clearTimeout(this.later);
    this.later = setTimeout(() => put(".x-said", parts.includes("curve")
      ? `Loss ${show(loss)} nats, ${show(bits)} bits. ${note}`
      : `${name} ${chance}. ${note}`), 400);
  }
}

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
    const button = (value, text) => `<button value="${value}">${text}</button>`;
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

// Paper is light, whatever the screen's theme.
const { dataset } = document.documentElement;
let theme;
addEventListener("beforeprint", () => { theme = dataset.theme; dataset.theme = "light"; });
addEventListener("afterprint", () => { dataset.theme = theme; });

customElements.define("xent-explorer", Explorer);
customElements.define("xent-bets", Bets);
customElements.define("xent-averages", Averages);
})();
