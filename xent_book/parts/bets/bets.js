/* The reader as the model: 100 chips on each next word, ten at a tap. */
(() => {
  "use strict";
  const { Live, listing, safe, show, sum, surprise } = xent;

  const ELSE = "something else";
  const TAP = "You have 100 chips. Tap a word to bet ten.";
  const DASHES = ["2 3", "8 3", "none", "8 3 1 3"]; // a model each
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
      this.hero = !this.config.models;
      this.live.classList.toggle("x-hero", this.hero);
      this.live.innerHTML = `<p class="x-sentence"></p>
      ${this.hero ? '<p class="x-ask" role="status"></p>' : ""}
      <div class="x-play"><div>
      <div class="x-hand" aria-hidden="true"><div></div><span></span></div>
      <div class="x-wells" role="group" aria-label="words to bet on"></div>
      <div class="x-acts"><button class="x-go"></button><button class="x-yours">Reset</button
        ><button class="x-yours x-link"></button>${
        this.hero ? "" : '<p role="status"></p>'
      }</div></div>
      ${this.hero ? this.curve() : '<div class="x-stairs x-halo"></div>'}</div>`;
      this.one(".x-wells").addEventListener("click", ({ target }) => {
        const button = target.closest("button"), well = button?.parentNode.firstChild;
        if (well) well === button ? this.put(well.value) : this.less(well);
      });
      this.one(".x-go").addEventListener("click", () => this.go());
      this.one(".x-yours").addEventListener("click", () => this.back());
      this.link = this.one(".x-link");
      this.link.addEventListener("click", () => this.send());
      if (!this.hero) new ResizeObserver(() => this.climb()).observe(this.one(".x-stairs"));
      if (this.hero) globalThis.pageLink?.follow("bet", (text) => this.receive(text));
      const load = () => this.load();
      addEventListener("storage", load); // a bet in another tab
      addEventListener("pageshow", (event) => event.persisted && load());
      load();
    }

    // Where a reader left off: at the first word without a bet, or alone with the models.
    load() {
      const { rounds, again } = this.config;
      const next = rounds.findIndex((round) => !this.bet(round));
      if (this.hero) this.deal(0, next !== 0);
      else this.deal(next < 0 ? rounds.length : next || +(again && -9));
      for (const fall of this.live.getAnimations({ subtree: true })) fall.finish();
    }

    async send() {
      const bet = Object.keys(this.round.chips).map((word) => this.on(word)).join("-");
      this.link.textContent = await pageLink.copy({ bet });
    }

    // Somebody else's bet waits for the reader's own; a link of one's own brings nobody's.
    receive(text) {
      const [round] = this.config.rounds, given = text.split("-"), own = this.bet(round);
      const words = Object.keys(round.chips);
      const sent = this.valid(round, Object.fromEntries(words.map((word, i) => [word, +given[i]])));
      this.guest = words.some((word) => sent?.[word] !== own?.[word]) ? sent : null;
      this.load();
    }

    get friend() {
      return this.at === 0 && this.guest;
    }

    bet(round) {
      return this.valid(round, bets.read()[round.context]);
    }
    valid({ chips }, bet) {
      const known = bet &&
        Object.keys(chips).every((word) => bet[word] >= 0 && bet[word] % 10 === 0);
      return known && sum(Object.values(bet)) === 100 ? bet : null;
    }

    // A word to bet on, with the chips of an earlier bet, or the end of the sentence.
    deal(at, shown = false) {
      const { rounds } = this.config, round = rounds[at], dealt = round ?? rounds.at(-1);
      const earlier = this.bet(dealt);
      this.taps = Object.entries(earlier || {}).flatMap(([word, chips]) =>
        Array(chips / 10).fill(word)
      );
      this.known = earlier && !shown;
      Object.assign(this, { at, round, shown, last: at + 1 === rounds.length });
      this.one(".x-wells").innerHTML = listing(
        Object.keys(dealt.chips),
        (word) =>
          `<div><button class="x-well" value="${
            safe(word)
          }"><span class="x-dots"></span><span class="x-name">${
            safe(word)
          }</span></button><button class="x-chips" aria-label="take ten back from ${
            safe(word)
          }"></button></div>`,
      );
      cancelAnimationFrame(this.frame);
      this.draw();
      if (shown) this.point(surprise(this.on(round.answer)));
      this.say(shown || !round ? this.verdict() : this.hint());
    }

    on(word) {
      return 10 * this.taps.filter((other) => other === word).length;
    }

    put(word) {
      if (this.taps.length === 10) return this.say("No chips left: press − to take ten back.");
      this.taps.push(word);
      this.changed();
    }

    // Where the last ten are gone, so is their button.
    less(well) {
      this.taps.splice(this.taps.indexOf(well.value), 1);
      this.changed();
      if (!this.on(well.value)) well.focus({ preventScroll: true });
    }

    changed() {
      this.known = false;
      this.draw();
      this.say(this.hint());
    }

    back() {
      if (this.shown || !this.round) this.clear();
      else {
        this.taps = [];
        this.changed();
      }
      this.one(".x-wells button").focus({ preventScroll: true });
    }

    clear() {
      const kept = bets.read();
      for (const { context } of this.config.rounds) delete kept[context];
      bets.write(kept);
      this.deal(0);
    }

    go() {
      if (!this.round) return this.back();
      if (this.shown && this.hero && this.last) return this.end();
      if (this.shown) {
        this.deal(this.at + 1);
        return this.one(".x-wells button").focus({ preventScroll: true });
      }
      while (this.taps.length < 10) this.taps.push(ELSE);
      const { context, answer, chips } = this.round;
      const bet = Object.fromEntries(Object.keys(chips).map((word) => [word, this.on(word)]));
      bets.write({ ...bets.read(), [context]: bet });
      this.shown = true;
      this.draw();
      this.say(`The word was “${answer}”.`);
      this.glide(surprise(bet[answer]));
    }

    // After an opening, the next page of the book, where it is one.
    get next() {
      return document.querySelector("a.right-next");
    }

    end() {
      this.next ? this.next.click() : this.clear();
    }

    // From certain up the curve to the surprise, which is said once it rests.
    glide(loss) {
      this.loss = 0;
      super.glide({ loss: Math.min(loss, TOP * 1.1) }, 1100, () => {
        this.point(loss);
        this.say(this.verdict());
      });
    }
    update() {
      this.point(this.loss);
    }

    // What is infinite leaves the plot, and an arrow stays where it left.
    point(loss) {
      if (!this.hero) return;
      const off = loss > 99, you = this.one(".x-you"), big = this.one(".x-big");
      you.parentNode.style = off ? "--x:0;--y:1" : place(loss);
      for (const one of [you, big]) one.classList.toggle("x-off", off);
      big.textContent = off ? "∞" : loss.toFixed(2);
    }

    // The others beside the reader; above the curve, below which the reader's line is.
    beside() {
      for (const dot of this.all(".x-ours")) dot.remove();
      const theirs = surprise(this.friend?.[this.round.answer]);
      this.one(".x-you").insertAdjacentHTML(
        "beforebegin",
        listing(
          Object.entries({ ...this.round.models, ...theirs < 99 && { "your friend": theirs } }),
          ([name, loss]) =>
            `<b class="x-ours${loss < Math.LN2 ? " x-within" : ""}${
              loss === theirs ? " x-above" : ""
            }" style="${place(loss)}"><span>${safe(name)} ${show(loss, 2)}</span></b>`,
        ),
      );
    }

    say(text) {
      const status = this.one("[role=status]");
      if (status.textContent !== text) status.textContent = text;
    }

    hint() {
      const left = 100 - 10 * this.taps.length;
      return this.known
        ? "Your bet from before: keep it, or reset."
        : left === 100
        ? this.hero
          ? `${this.friend ? "A friend has bet." : "You are the model."} ${TAP}`
          : "Tap a word: ten chips fall on it."
        : left
        ? `${left} chips left. What you keep goes to something else.`
        : "All 100 chips are placed.";
    }

    // What came, and how that was for whom.
    result() {
      const { answer } = this.round, chips = this.on(answer);
      const loss = (chips) => chips ? show(surprise(chips), 2) : "infinite";
      const friend = this.friend?.[answer];
      return `The word was “${answer}”. You had ${chips || "no"} chips on it: your surprise is ${
        loss(chips)
      }.${
        this.friend
          ? ` Your friend had ${friend || "none"}: ${loss(friend)}.`
          : chips
          ? ""
          : " Never rule out what can happen."
      }`;
    }

    verdict() {
      if (this.round) return this.result();
      return `Your ${this.yours().length} surprises add up to ${show(sum(this.yours()), 2)} nats.`;
    }

    yours() {
      return this.config.rounds.slice(0, this.at + this.shown).map((round) =>
        surprise(this.bet(round)[round.answer])
      );
    }

    draw() {
      const { at, round, shown, hero } = this, { rounds } = this.config;
      this.live.classList.toggle("x-shown", shown);
      this.live.classList.toggle("x-waits", at < 0);
      const last = rounds.at(-1);
      this.one(".x-sentence").innerHTML = !round
        ? safe(`${last.context} ${last.answer}`)
        : `${safe(round.context)} <span class="x-blank">${
          shown ? `<b>${safe(round.answer)}</b>` : '<span class="visually-hidden">blank</span>'
        }</span>${hero ? "" : `<small>${at + 1} of ${rounds.length}</small>`}`;
      const [hand, left] = this.one(".x-hand").children, many = 100 - 10 * this.taps.length;
      fill(hand, many);
      left.textContent = `${many} left`;
      for (const well of this.all(".x-well")) {
        const chips = this.on(well.value), sent = shown && this.friend?.[well.value] || 0;
        const box = well.parentNode, back = box.lastChild;
        box.style = `--sent:${sent}`;
        fill(well.firstChild, chips);
        back.innerHTML = (chips || "") + (sent ? `<small>friend ${sent}</small>` : "");
        back.hidden = !chips && !sent;
        well.ariaLabel = `${well.value}: ${chips} chips${sent ? `, your friend ${sent}` : ""}`;
        back.disabled = well.disabled = shown || !round;
        box.classList.toggle("x-hit", well.disabled && well.value === (round ?? last).answer);
      }
      const [go, reset] = this.all(".x-acts button");
      go.textContent = at < 0
        ? "Bet"
        : !round
        ? "Bet again"
        : !shown
        ? "Show the word"
        : hero
        ? !this.last ? "Another sentence" : this.next ? "Read on" : "Bet again"
        : this.last
        ? "Add up"
        : "Next word";
      go.classList.toggle("x-later", !!round && !shown && !this.taps.length);
      reset.hidden = !round || (shown && hero && !this.last);
      reset.disabled = !shown && !this.taps.length;
      this.link.hidden = !(globalThis.pageLink && hero && shown && round === rounds[0]);
      this.link.textContent = "link to this bet";
      hero ? this.beside() : this.climb();
    }

    curve() {
      const d = Array.from({ length: 41 }, (_, i) => TOP * 1.05 * i / 40)
        .map((y) => `${(100 * Math.exp(-y)).toFixed(2)} ${(100 - 100 * y / TOP).toFixed(2)}`);
      return `<div class="x-curve" aria-hidden="true"><div>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none"><path class="x-axis"
        d="M0 0V100H100"/><path d="M${d.join("L")}"/></svg>
      ${listing([1, 2, 3], (nats) => `<em style="--y:${nats / TOP}">${nats}</em>`)}
      <b class="x-you"></b></div>
      <span>surprise, nats</span><span>0</span
        ><span>100 chips on the word that came</span>
      <p><strong class="x-big"></strong>nats</p></div>`;
    }

    // Each line climbs by one word's surprise a step, all on one scale from the first bet on.
    climb() {
      const { rounds, models } = this.config, lines = Object.entries(models), yours = this.yours();
      // A word that is still to be bet on is not named.
      const word = (i) => (i < yours.length ? rounds[i].answer : `word ${i + 1}`);
      lines.push(["a player", rounds.map(({ chips, answer }) => surprise(chips[answer]))]);
      if (yours.length) lines.push(["you", yours]);
      const high = Math.max(rounds.length * surprise(10), ...Object.values(models).map(sum));
      const box = this.one(".x-stairs");
      const all = box.clientWidth || 320, end = all - 100;
      const foot = all > 560 ? 248 : 168; // below the unit's name is room for what is infinite
      const wide = (end - 24) / rounds.length;
      const y = (nats) => foot - (foot - 24) * Math.min(nats / high, 1.04);
      const ends = lines.map(([name, list], k) => {
        let total = 0, at = 24, d = `M24 ${foot}`;
        list.forEach((x, i) => {
          if (total === Infinity) return;
          total += x;
          d += `V${y(total)}`;
          if (total < Infinity) d += `H${at = 24 + wide * (i + 1)}`;
        });
        const mine = list === yours, look = mine ? "x-mine" : "x-model";
        const spoken = `${name}: ${
          list.map((x, i) => `${word(i)} ${show(x, 2)}`).join(", ")
        }, in all ${show(total, 2)} nats. `;
        const dash = mine ? 'pathLength="1"' : `stroke-dasharray="${DASHES[k % 4]}"`;
        const path = `<path class="${look}" ${dash} d="${d}"/>`;
        return { name, total, x: at + 8, y: y(total), look, spoken, path };
      });
      // Labels keep their distance, and stay within.
      const sorted = [...ends].sort((a, b) => a.y - b.y);
      let free = 26, last = foot + 2;
      for (const end of sorted) free = 30 + (end.y = Math.max(end.y, free));
      for (const end of sorted.reverse()) last = (end.y = Math.min(end.y, last)) - 30;
      const ticks = [0, 1, 2, 3, 4, 5].map((i) => i * (high > 18 ? 6 : 4)).filter((nats) =>
        nats < high
      );
      box.innerHTML = `<svg viewBox="0 0 ${all} ${foot + 22}" role="img" aria-label="${
        safe(listing(ends, (end) => end.spoken))
      }">
      <path class="x-axis" d="M24 12V${foot}H${end}"/>
      ${listing(ticks, (nats) => `<text x="18" y="${y(nats) + 4}" class="x-end">${nats}</text>`)}
      <text x="4" y="10">nats</text>
      ${listing(ends, (end) => end.path)}
      ${
        listing(ends, ({ name, total, x, y, look }) =>
          `<text x="${x}" y="${y}" class="${look}">${safe(name)}<tspan x="${x}" dy="14">${
            show(total, 2)
          } nats</tspan></text>`)
      }
      ${
        listing(rounds, (_, i) =>
          `<text x="${24 + wide * (i + 0.5)}" y="${foot + 16}" class="x-mid">${
            i < yours.length ? safe(word(i)) : i + 1
          }</text>`)
      }</svg>`;
    }
  }

  customElements.define("xent-bets", Bets);
})();
