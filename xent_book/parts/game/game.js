/* Beat the model: sentences that SmolLM2 has read, each without a word, and 100 chips to
   place on five boxes. */
(() => {
  "use strict";
  const { Live, listing, path, safe, show, sum, text } = xent;

  const ELSE = "something else";
  const BLIND = Math.log(5); // nats: the five boxes, alike
  const TOP = 3; // nats: the upper edge of the curve
  const KEPT = 5; // results that stay
  const BARS = "▁▂▃▄▅▆▇█";
  const folder = document.currentScript.src;

  // The share of the chips that a box has: what isn't placed lies evenly on all five.
  const share = (chips, i) => (chips[i] + (100 - sum(chips)) / chips.length) / 100;
  const nats = (p) => Math.log(1 / p);
  const place = (loss) => `--x:${Math.exp(-loss)};--y:${loss / TOP}`;
  // A bar for half a nat; the last is for everything from three and a half on.
  const bar = (loss) => BARS[Math.min(7, Math.floor(2 * loss))];
  const came = ({ word, words }) => [...words, word].indexOf(word);
  // SmolLM2 keeps a fifth for something else, which comes in one sentence of five.
  const places = ({ words, p }) => [
    ...words.map((word, i) => ({ word, p: 0.8 * p[i] / sum(p) })),
    { word: ELSE, p: 0.2 },
  ];
  // One sentence for all orders, by the sums as they are shown; the first of these is the reader.
  const verdict = (players) => {
    const sums = players.map(([, list]) => Number(sum(list).toFixed(2)));
    const [mine, ...others] = sums, least = Math.min(...others);
    const names = players.flatMap(([name], k) => k && sums[k] === least ? name : []).join(" and ");
    return mine === least
      ? `You tie with ${names}`
      : `You ${mine < least ? "beat" : "lose to"} ${names} by ${
        show(Math.abs(mine - least), 2)
      } nats`;
  };
  const today = () => Math.floor(Date.now() / 864e5); // in UTC: the same five for all

  // What stays in this browser; where it keeps nothing, in this page.
  let page = {};
  const store = {
    read() {
      try {
        const kept = JSON.parse(localStorage.getItem("xent-game"));
        const whole = (chips) => chips.length === 5 && sum(chips) === 100;
        return kept?.bets.every(whole) ? kept : {};
      } catch {
        return page;
      }
    },
    write(value) {
      page = value;
      try {
        localStorage.setItem("xent-game", JSON.stringify(value));
      } catch { /* page has it */ }
    },
  };

  // The sentences come in packs, each a script of its own.
  const packs = {};
  globalThis.xentGame = (number, lines) => packs[number] = lines;
  const load = (number) =>
    packs[number] || new Promise((done) => {
      const script = document.createElement("script");
      script.onload = script.onerror = () => done(packs[number]);
      script.src = new URL(`game-${number}.js`, folder);
      document.head.append(script);
    });

  // A row of chips: those that are missing fall in, those too many go.
  const fill = (box, n) => {
    while (box.childElementCount > n) box.lastChild.remove();
    for (let i = box.childElementCount; i < n; i++) {
      const chip = document.createElement("i");
      chip.style = `--k:${i % 10};--up:${10 - i / 10}`;
      box.append(chip);
    }
  };

  class Game extends Live {
    start() {
      this.opening = this.config.opening;
      this.bets = [];
      this.live.classList.toggle("x-hero", this.opening);
      this.live.innerHTML = `<p class="x-sentence"></p><p class="x-ask" role="status"></p>
      <div class="x-play"><div>
      <div class="x-hand"></div>
      <div class="x-wells" role="group" aria-label="words to bet on"></div>
      <div class="x-acts"><button class="x-go"></button><button class="x-send"></button
        ><small></small></div></div>
      ${this.curve()}<div class="x-stairs x-halo"></div></div>`;
      this.one(".x-wells").addEventListener("click", ({ target }) => {
        const button = target.closest("button"), well = button?.parentNode;
        if (well) {
          this.put(
            [...well.parentNode.children].indexOf(well),
            button !== well.lastChild,
          );
        }
      });
      this.one(".x-go").addEventListener("click", () => this.go());
      this.one(".x-send").addEventListener("click", () => this.send());
      new ResizeObserver(() => this.lines && this.draw()).observe(
        this.one(".x-curve"),
      );
      addEventListener("pageshow", ({ persisted }) => persisted && this.open());
      let sent;
      globalThis.pageLink?.follow("five", (text) => {
        const [, five, loss] = /^(\d+)(?:-([\d.]+|Infinity))?$/.exec(text)?.map(Number) ?? [];
        if (!(five < this.config.fives)) return;
        sent = true;
        this.friend = loss; // the sum to beat
        this.open(five);
      });
      if (!sent) this.open();
    }

    // The five of a link; else the one that was begun, today's if an older one is done.
    async open(number) {
      const kept = store.read(), now = today();
      const begun = kept.bets && (kept.day === now || kept.bets.length < 5);
      await this.choose(number ?? (begun ? kept.five : now % this.config.fives));
      this.bets = kept.five === this.five ? kept.bets : [];
      this.deal(Math.max(0, this.bets.length - 1), this.bets.length > 0);
    }

    async choose(number) {
      const size = this.config.pack, pack = Math.floor(number / size);
      const lines = await load(pack);
      const from = 5 * (number - pack * size);
      this.five = lines ? number : 0;
      if (!lines) this.friend = 0;
      this.lines = (lines?.slice(from, from + 5) ?? this.config.lines).map(
        ([left, word, right, words, p]) => ({ left, word, right, words, p }),
      );
    }

    // The sentence at this place, with the chips of its bet; or what all five come to.
    deal(at, shown = false) {
      this.at = at;
      this.shown = shown;
      this.chips = shown ? [...this.bets[at]] : [0, 0, 0, 0, 0];
      this.one(".x-wells").innerHTML = listing(
        places(this.line),
        ({ word }) =>
          `<div style="--l:${
            Math.max(...word.split(" ").map((part) => part.length))
          }"><button class="x-well"><span class="x-dots"></span
            ><span class="x-name">${
            safe(word)
          }</span></button><button class="x-chips" aria-label="take ten back from ${
            safe(word)
          }"></button></div>`,
      );
      cancelAnimationFrame(this.frame);
      this.loss = shown ? this.losses.at(-1) : 0;
      this.over = shown && this.done;
      this.draw();
      this.tell(shown ? this.result() : this.hint());
      for (const one of this.live.getAnimations({ subtree: true })) {
        one.finish();
      }
    }

    get line() {
      return this.lines[this.at];
    }
    get done() {
      return this.bets.length === 5;
    }
    get losses() {
      return this.bets.map((chips, i) => nats(chips[came(this.lines[i])] / 100));
    }
    get theirs() {
      return this.lines.map((line) => nats(places(line)[came(line)].p));
    }

    put(i, more = true) {
      if (this.shown) return;
      if (more && sum(this.chips) === 100) {
        return this.tell("No chips left: take ten back first.");
      }
      if (!more && !this.chips[i]) return;
      this.chips[i] += more ? 10 : -10;
      this.draw();
      this.tell(this.hint());
      // Where the last ten are gone, so is their button.
      if (!more && !this.chips[i]) {
        this.one(`.x-wells > :nth-child(${i + 1}) .x-well`).focus({
          preventScroll: true,
        });
      }
    }

    go() {
      if (!this.shown) return this.reveal();
      if (this.over) return this.another();
      if (this.done) return this.deal(this.at, true); // the verdict
      this.deal(this.at + 1);
      this.one(".x-well").focus({ preventScroll: true });
    }

    reveal() {
      this.chips = this.chips.map((_, i) => Math.round(100 * share(this.chips, i)));
      this.bets = [...this.bets, this.chips];
      this.shown = true;
      const { done = [] } = store.read(), last = this.losses.at(-1);
      if (this.done) done.unshift([this.five, sum(this.losses)]);
      // The last scene shows the last bet and its word.
      this.keep({ done: done.slice(0, KEPT), last, word: this.line.word });
      this.loss = 0;
      this.draw();
      this.tell(this.answer);
      this.glide({ loss: Math.min(last, TOP * 1.1) }, 1100, () => {
        this.point(last);
        this.tell(this.result());
      });
    }

    async another() {
      this.friend = 0;
      this.bets = [];
      await this.choose((this.five + 1) % this.config.fives);
      this.keep();
      history.replaceState(null, "", "#"); // a link would bring its own five back
      this.deal(0);
      this.one(".x-well").focus({ preventScroll: true });
    }

    keep(more) {
      const { five, bets } = this;
      store.write({ ...store.read(), day: today(), five, bets, ...more });
    }

    // Who plays, and what each has paid so far; of a friend only the sum is known.
    get players() {
      const { friend, losses } = this, so = losses.length;
      return [
        ["you", losses],
        ["the model", this.theirs.slice(0, so)],
        ["a blind guess", Array(so).fill(BLIND)],
        ...friend ? [["your friend", [friend]]] : [],
      ];
    }

    async send() {
      const rows = this.players.slice(0, 3).map(([name, list], k) =>
        `${k ? name : "me"} ${show(sum(list), 2)} ${listing(list, bar)}\n`
      );
      const five = `${this.five}-${sum(this.losses).toFixed(2)}`;
      const rules = "100 chips on each of five missing words; lowest surprise wins:";
      const text = `How surprised is the model? ${rules}\n${rows.join("")}`;
      this.one(".x-send").textContent = await pageLink.copy({ five }, `${text}Your turn: `);
    }

    tell(html) {
      if (this.told !== html) this.one("[role=status]").innerHTML = this.told = html;
    }

    hint() {
      const left = 100 - sum(this.chips);
      return left === 100
        ? `${
          this.at
            ? "One time in five it is something else."
            : this.friend
            ? `A friend paid ${show(this.friend, 2)} nats: pay less.`
            : "Can you beat the model?"
        } Tap a word to bet ten of 100 chips.`
        : left
        ? `${left} chips left. Any you keep are spread over all five.`
        : `All 100 chips are placed.${
          this.chips.includes(0) ? " An empty box costs ∞ if its word comes." : ""
        }`;
    }

    get answer() {
      return `It was <b>${safe(this.line.word)}</b>.`;
    }

    // What the word cost, and at the end who has won.
    result() {
      if (this.over) {
        const paid = sum(this.losses);
        return `<span class="visually-hidden">${this.headline}.</span> You paid ${
          show(paid, 2)
        }, on average ${show(paid / 5, 2)} a word: your cross-entropy loss.${
          this.config.opening ? ' <a href="01-surprise.html">Why? Chapter 1</a>' : ""
        }`;
      }
      const i = came(this.line), chips = this.bets[this.at][i];
      return `${this.answer} You had ${chips || "no"} chips on ${
        i === 4 ? ELSE : "it"
      }: your surprise is ${show(nats(chips / 100), 2)}.`;
    }

    // Against the friend, if there is one.
    get headline() {
      const { players } = this;
      return verdict(this.friend ? [players[0], players[3]] : players);
    }

    draw() {
      const { line, shown, chips, over, players } = this,
        boxes = places(line),
        right = came(line);
      this.live.classList.toggle("x-shown", shown);
      this.live.classList.toggle("x-won", over);
      const sentence = this.one(".x-sentence"),
        { left: start, word, right: end } = line;
      const so = players.slice(0, 2).map(([name, list]) => `${name} ${show(sum(list), 2)}`);
      const won = over && this.headline;
      sentence.style = `--n:${won.length ?? `${start} ${word}${end}`.length}`;
      sentence.innerHTML = won
        ? `<strong>${won}</strong>`
        : `<span>${safe(start)} <span class="x-blank">${
          shown ? `<b>${safe(word)}</b>` : '<span class="visually-hidden">blank</span>'
        }</span>${safe(end)}</span>`;
      this.one(".x-send ~ small").textContent = over || this.opening && !this.at
        ? ""
        : `${this.at + 1} of 5${this.bets[0] ? `; so far ${so.join(", ")}` : ""}`;
      fill(this.one(".x-hand"), 100 - sum(chips));
      this.all(".x-well").forEach((well, i) => {
        const box = well.parentNode, back = box.lastChild;
        const model = Math.round(100 * boxes[i].p);
        box.style.setProperty("--sent", shown ? model : 0);
        fill(well.firstChild, chips[i]);
        back.innerHTML = shown ? `you ${chips[i]}<small>model ${model}</small>` : chips[i] || "";
        back.hidden = !chips[i] && !shown;
        well.ariaLabel = `${boxes[i].word}: ${chips[i]} chips${
          shown ? `, the model ${model}` : ""
        }`;
        back.disabled = well.disabled = shown;
        box.classList.toggle("x-hit", shown && i === right);
      });
      this.one(".x-go").textContent = !shown
        ? "Show the word"
        : over
        ? "Another five"
        : this.done
        ? "Who wins?"
        : this.at
        ? "Next sentence"
        : "Four more";
      const send = this.one(".x-send");
      send.hidden = !over || !globalThis.pageLink;
      send.textContent = "Copy for a friend";
      this.scatter();
      if (over) this.climb();
    }

    update() {
      this.point(this.loss);
    }

    // Where the boxes stand on the curve; once the word has come, all but its own drop.
    scatter() {
      const box = this.one(".x-curve > div"), { line, shown, chips } = this;
      const right = came(line), boxes = places(line), alike = new Map();
      const { width, height } = box.getBoundingClientRect();
      for (const [i, { word }] of boxes.entries()) {
        const p = share(chips, i), key = p.toFixed(3);
        if (!shown || i !== right) {
          alike.set(key, [...(alike.get(key) ?? []), [word, p]]);
        }
      }
      const dots = [...alike.values()].map((some) => {
        const many = some.length, [[, p]] = some, names = some.map(([word]) => word).join(", ");
        const fits = many < 2 || p * width + 7 * names.length + 16 <= width;
        const name = shown ? "" : many > 4 ? "all five" : fits ? names : `${many} alike`;
        return { name, p, look: shown ? "x-gone" : "" };
      });
      if (shown) {
        dots.push({ name: "blind guess", p: 0.2, look: "x-ours", told: BLIND });
        const p = boxes[right].p;
        dots.push({ name: "model", p, look: "x-ours", told: nats(p) });
      }
      for (const dot of box.querySelectorAll("b:not(.x-you)")) dot.remove();
      const taken = [];
      dots.sort((a, b) => b.p - a.p);
      const html = dots.map(({ name, p, look, told }) => {
        const y = Math.min(nats(p) / TOP, 1.02);
        const text = told ? `${name} ${show(told, 2)}` : name,
          wide = 7 * text.length + 16;
        const back = p * width + wide > width,
          from = p * width + (back ? -wide : 0);
        // Above the curve, where that is highest beside the name.
        const top = back ? nats(from / width) / TOP : y;
        // At the upper edge beside its dot, right of the curve.
        const high = y > 0.94;
        let up = top * height + (high ? -5 : 9); // clear of the ring
        for (const other of text ? taken : []) {
          if (from < other.to && other.from < from + wide) up = Math.max(up, other.up + 17);
        }
        if (text) taken.push({ from, to: from + wide, up });
        return `<b class="${look}${
          back ? " x-back" : high ? " x-top" : ""
        }" style="--x:${p};--y:${y};--lift:${(up - y * height).toFixed(0)}px"><span>${
          safe(text)
        }</span></b>`;
      });
      this.one(".x-you").insertAdjacentHTML("beforebegin", html.join(""));
      if (shown) this.update();
    }

    // What is infinite leaves the plot, and an arrow stays where it left.
    point(loss) {
      const off = loss > 99, you = this.one(".x-you"), big = this.one(".x-big");
      you.parentNode.style = off ? "--x:0;--y:1" : place(loss);
      for (const one of [you, big]) one.classList.toggle("x-off", off);
      big.textContent = off ? "∞" : loss.toFixed(2);
    }

    curve() {
      const d = Array.from({ length: 41 }, (_, i) => TOP * 1.05 * i / 40)
        .map((y) => `${(100 * Math.exp(-y)).toFixed(2)} ${(100 - 100 * y / TOP).toFixed(2)}`);
      return `<div class="x-curve x-stage" aria-hidden="true"><div>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none"><path class="x-axis"
        d="M0 0V100H100"/><path d="M${d.join("L")}"/></svg>
      ${listing([1, 2, 3], (nats) => `<em style="--y:${nats / TOP}">${nats}</em>`)}
      <b class="x-you"></b></div>
      <span>↑ surprise, nats</span><span>0</span
        ><span>100 chips on the word that comes</span>
      <p><strong class="x-big"></strong>nats</p></div>`;
    }

    // Three staircases, a step a word, on one scale; and the sums of other fives.
    climb() {
      const box = this.one(".x-stairs"), [, ...older] = store.read().done ?? [];
      const sums = this.players.map(([, list]) => sum(list));
      const most = Math.max(...sums.filter(Number.isFinite));
      const { clientWidth: wide, clientHeight: high } = box;
      const foot = Math.max(140, high - (wide > 500 ? 50 : 60)), step = (wide - 24 - 140) / 5;
      const y = (total) => Math.max(2, foot - (foot - 16) * total / most);
      const ends = this.players.slice(0, 3).map(([name, list], k) => {
        let total = 0, d = `M24 ${foot}`;
        for (const loss of list) {
          total += loss;
          // What is infinite leaves the frame.
          d += `V${y(total)}${total < 99 ? `h${step}` : "l-5 7m5-7l5 7m-5-7"}`;
        }
        return {
          name: `${name.replace(/^\w+ /, "")} ${show(total, 2)}`,
          at: y(total),
          look: ["x-ink", "x-dash", "x-thin"][k],
          d,
        };
      });
      let free = 12; // below the edge, and the name above
      for (const end of [...ends].sort((a, b) => a.at - b.at)) {
        free = 16 + (end.y = Math.max(end.at + 4, free));
      }
      const friend = sums[3] ? `Your friend paid ${show(sums[3], 2)}. ` : "";
      const before = older.map(([, x]) => show(x ?? Infinity, 2)).join(", ");
      const more = sums[1] > sums[2]
        ? this.config.unlucky
        : before && `Your sums before: ${before}.`;
      box.innerHTML = `<svg viewBox="0 0 ${wide} ${foot + 20}" role="img" aria-label="${
        ends.map(({ name }) => name).join(", ")
      }"><path class="x-axis" d="M24 8V${foot}H${24 + 5 * step}"/>${
        listing(ends, ({ d, look, name, y }, k) =>
          path(look, d) + text(32 + 5 * step, y, name, k ? "" : look))
      }${listing([1, 2, 3, 4, 5], (i) => text(24 + step * (i - 0.5), foot + 16, i, "x-mid"))}${
        text(0, 10, "nats")
      }${text(32 + 5 * step, foot + 16, "word")}</svg><small>${friend}${more}</small>`;
    }
  }

  Object.assign(xent, { game: { share, nats, bar, came, verdict } });
  customElements.define("xent-game", Game);
})();
