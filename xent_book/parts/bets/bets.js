/* The reader as the model: 100 chips on each next word, ten at a tap. */
(() => {
  "use strict";
  const { Live, listing, safe, show, sum, surprise } = xent;

  const ELSE = "something else";
  const TOP = 3; // nats: the upper edge of the curve

  // Bets stay in this browser; where it keeps nothing, in this page.
  let page = {};
  const bets = {
    read() {
      try {
        return JSON.parse(localStorage.getItem("xent-bets")) || {};
      } catch {
        return page;
      }
    },
    write(value) {
      page = value;
      try {
        localStorage.setItem("xent-bets", JSON.stringify(value));
      } catch { /* page has it */ }
    },
  };

  const place = (loss) => `--x:${Math.exp(-loss)};--y:${loss / TOP}`;

  // A row of chips: those that are missing fall in, those too many go.
  const fill = (box, n) => {
    while (box.childElementCount > n) box.lastChild.remove();
    for (let i = box.childElementCount; i < n; i++) {
      const chip = document.createElement("i");
      chip.style = `--k:${i % 10};--up:${10 - Math.floor(i / 10)}`;
      box.append(chip);
    }
  };

  class Bets extends Live {
    start() {
      this.hero = this.config.rounds.length === 1;
      this.live.classList.toggle("x-hero", this.hero);
      this.live.innerHTML = `<p class="x-sentence"></p>
      ${
        this.hero
          ? '<p class="x-ask">You are the model. You have 100 chips: tap the words you ' +
            "expect next, ten a tap.</p>"
          : ""
      }
      <div class="x-play"><div>
      <div class="x-hand" aria-hidden="true"></div>
      <div class="x-wells" role="group" aria-label="words to bet on"></div>
      <div class="x-acts"><button class="x-go"></button><button class="x-back"></button
        ><p role="status"></p></div></div>
      ${this.hero ? this.curve() : '<div class="x-stairs"></div>'}</div>`;
      this.one(".x-wells").addEventListener("click", ({ target }) => {
        const well = target.closest("button");
        if (well) this.put(well.value);
      });
      this.one(".x-go").addEventListener("click", () => this.go());
      this.one(".x-back").addEventListener("click", () => this.back());
      const load = () => this.load();
      addEventListener("storage", load); // a bet in another tab
      addEventListener("pageshow", (event) => event.persisted && load());
      load();
    }

    // Where a reader left off: at the first word without a bet.
    load() {
      const { rounds } = this.config;
      const next = rounds.findIndex((round) => !this.bet(round));
      if (this.hero) this.deal(0, next < 0);
      else this.deal(next < 0 ? rounds.length : next);
      for (const fall of this.live.getAnimations({ subtree: true })) fall.finish();
    }

    bet({ context, chips }) {
      const bet = bets.read()[context];
      const known = bet &&
        Object.keys(chips).every((word) => bet[word] >= 0 && bet[word] % 10 === 0);
      return known && sum(Object.values(bet)) === 100 ? bet : null;
    }

    // A word to bet on, with the chips of an earlier bet, or the end of the sentence.
    deal(at, shown = false) {
      const round = this.config.rounds[at], earlier = round && this.bet(round);
      this.taps = Object.entries(earlier || {}).flatMap(([word, chips]) =>
        Array(chips / 10).fill(word)
      );
      this.known = earlier && !shown;
      Object.assign(this, { at, round, shown });
      this.one(".x-wells").innerHTML = round
        ? listing(Object.keys(round.chips), (word) => `
      <button value="${safe(word)}"><span class="x-dots"></span><span class="x-name">${
          safe(word)
        }</span><span class="x-chips"></span></button>`)
        : "";
      this.run = null;
      this.draw();
      if (shown) this.point(surprise(this.on(round.answer)));
      this.say(shown || !round ? this.verdict() : this.hint());
    }

    on(word) {
      return 10 * this.taps.filter((other) => other === word).length;
    }

    put(word) {
      if (this.taps.length === 10) return this.say("No chips are left: take ten back first.");
      this.taps.push(word);
      this.changed();
    }

    changed() {
      this.known = false;
      this.draw();
      this.say(this.hint());
    }

    back() {
      if (this.shown || !this.round) return this.clear();
      if (this.taps.pop()) this.changed();
    }

    clear() {
      const kept = bets.read();
      for (const { context } of this.config.rounds) delete kept[context];
      bets.write(kept);
      this.deal(0);
    }

    go() {
      if (!this.round || (this.shown && this.hero)) return this.clear();
      if (this.shown) return this.deal(this.at + 1);
      while (this.taps.length < 10) this.taps.push(ELSE);
      const { context, answer, chips } = this.round;
      const bet = Object.fromEntries(Object.keys(chips).map((word) => [word, this.on(word)]));
      bets.write({ ...bets.read(), [context]: bet });
      this.shown = true;
      this.draw();
      this.glide(surprise(bet[answer]));
    }

    // From certain up the curve to the surprise, which is said once it rests.
    glide(loss) {
      const { matches: still } = matchMedia("(prefers-reduced-motion: reduce)");
      const begun = performance.now(), run = this.run = {};
      const step = (now) => {
        if (this.run !== run) return;
        const share = still ? 1 : Math.min(1, Math.max(0, now - begun) / 1100);
        this.point(share < 1 ? Math.min(loss, TOP * 1.1) * (1 - (1 - share) ** 3) : loss);
        if (share < 1) requestAnimationFrame(step);
        else this.say(this.verdict());
      };
      step(begun);
    }

    point(loss) {
      if (!this.hero) return;
      this.one(".x-you").style = place(loss);
      this.one(".x-big").textContent = show(loss, 2);
      this.one(".x-top").textContent = loss === Infinity ? "↑ off the top" : "";
    }

    say(text) {
      const status = this.one("[role=status]");
      if (status.textContent !== text) status.textContent = text;
    }

    hint() {
      const left = 100 - 10 * this.taps.length;
      return this.known
        ? "You have bet on this word before, and these were your chips. " +
          "Keep them, or take some back."
        : left === 100
        ? "Tap a word: ten chips fall on it."
        : left
        ? `${left} chips are left. What you keep falls on something else.`
        : "All 100 chips are placed.";
    }

    verdict() {
      if (!this.round) {
        return `Your ${this.yours().length} surprises add up to ${
          show(sum(this.yours()), 2)
        } nats.`;
      }
      const { answer } = this.round, chips = this.on(answer);
      return chips
        ? `The word was “${answer}”. You had ${chips} chips on it: your surprise is ${
          show(surprise(chips), 2)
        }.`
        : `The word was “${answer}”, and it had none of your chips: your surprise is infinite. ` +
          "Never rule out what can happen.";
    }

    yours() {
      return this.config.rounds.slice(0, this.at + this.shown).map((round) =>
        surprise(this.bet(round)[round.answer])
      );
    }

    draw() {
      const { at, round, shown, hero } = this, { rounds } = this.config;
      this.live.classList.toggle("x-shown", shown);
      const last = rounds.at(-1);
      this.one(".x-sentence").innerHTML = !round
        ? safe(`${last.context} ${last.answer}`)
        : `${safe(round.context)} <span class="x-blank">${
          shown ? `<b>${safe(round.answer)}</b>` : '<span class="visually-hidden">blank</span>'
        }</span>${hero ? "" : `<small>word ${at + 1} of ${rounds.length}</small>`}`;
      fill(this.one(".x-hand"), round ? 100 - 10 * this.taps.length : 0);
      for (const well of this.all(".x-wells button")) {
        const chips = this.on(well.value);
        fill(well.firstChild, chips);
        well.lastChild.textContent = chips || "";
        well.ariaLabel = `${well.value}: ${chips} chips`;
        well.disabled = shown;
        well.classList.toggle("x-hit", shown && well.value === round.answer);
      }
      const [go, back] = this.all(".x-acts button");
      go.textContent = !round || (shown && hero)
        ? "Bet again"
        : !shown
        ? "Show the word"
        : at + 1 < rounds.length
        ? "Next word"
        : "Add up";
      go.classList.toggle("x-later", !!round && !shown && !this.taps.length);
      back.textContent = shown ? "Start over" : "Take ten back";
      back.hidden = !round || (shown && hero);
      back.ariaDisabled = !shown && !this.taps.length;
      if (!hero) this.climb();
    }

    curve() {
      const { models } = this.config, { chips } = this.config.rounds[0];
      const d = Array.from({ length: 41 }, (_, i) => TOP * 1.05 * i / 40)
        .map((y) => `${(100 * Math.exp(-y)).toFixed(2)} ${(100 - 100 * y / TOP).toFixed(2)}`);
      return `<div class="x-curve" aria-hidden="true"><div>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none"><path class="x-axis"
        d="M0 0V100H100"/><path d="M${d.join("L")}"/></svg>
      ${
        listing(Object.entries(models), ([name, [loss]]) =>
          `<b class="x-ours" style="${place(loss)}"><span>${safe(name)} ${
            show(loss, 2)
          }</span></b>`)
      }
      <b class="x-you"></b></div>
      <span>surprise <b class="x-top"></b></span><span>0</span
        ><span>100 chips on the word that came</span>
      <p><strong class="x-big"></strong>your surprise, in nats</p></div>`;
    }

    // Each line climbs by one word's surprise a step.
    climb() {
      const { rounds, models } = this.config, lines = Object.entries(models), yours = this.yours();
      // A word that is still to be bet on is not named.
      const word = (i) => (i < yours.length ? rounds[i].answer : `word ${i + 1}`);
      if (lines.length) {
        lines.push([
          "a player",
          rounds.map(({ chips, answer }) => surprise(chips[answer])),
        ]);
      }
      if (yours.length) lines.push(["you", yours]);
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
        const spoken = `${name}: ${
          list.map((x, i) => `${word(i)} ${show(x, 2)}`).join(", ")
        }, in all ${show(total, 2)} nats. `;
        return {
          name,
          total,
          y: y(total),
          mine,
          spoken,
          path: `<path class="${mine}" ${
            k === lines.length - 1 ? 'pathLength="1"' : ""
          } d="${d}"/>`,
        };
      });
      // Labels keep their distance, and stay within.
      const sorted = [...ends].sort((a, b) => a.y - b.y);
      let free = 10, last = 170;
      for (const end of sorted) free = 30 + (end.y = Math.max(end.y, free));
      for (const end of sorted.reverse()) last = (end.y = Math.min(end.y, last)) - 30;
      this.one(".x-stairs").innerHTML = `<svg viewBox="0 0 320 190" role="img" aria-label="${
        safe(listing(ends, (end) => end.spoken)) || "no surprises yet"
      }">
      <path class="x-axis" d="M8 168H216"/>
      ${ends[0] ? "" : '<text x="112" y="150" class="x-mid">your surprises will add up here</text>'}
      ${
        listing(ends, (end) =>
          `${end.path}<text x="222" y="${end.y}" class="${end.mine}">${
            safe(end.name)
          }<tspan x="222" dy="14">${show(end.total, 2)} nats</tspan></text>`)
      }
      ${
        listing(rounds, (_, i) =>
          `<text x="${8 + wide * (i + 0.5)}" y="184" class="x-mid">${
            i < yours.length ? safe(word(i)) : i + 1
          }</text>`)
      }</svg>`;
    }
  }

  customElements.define("xent-bets", Bets);
})();
