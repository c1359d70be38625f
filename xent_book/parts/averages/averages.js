/* Formula (16) under four denominators: each loss is a box of water, as high as the
   loss and as wide as its weight. Without walls the water levels: that is the mean. */
(() => {
  "use strict";
  const { Live, listing, safe, show, sum } = xent;

  // `weight` is what one loss counts for, `pads` how many places of a sentence are filled.
  const average = (losses, kind, pad = 0) => {
    const m = losses.map((list) => list.length);
    const longest = Math.max(...m);
    const padded = kind === "padded";
    const weight = m.map((length) =>
      ({
        sequence: 1 / m.length,
        token: 1 / sum(m),
        means: 1 / (m.length * length),
        padded: 1 / (m.length * longest),
      })[kind]
    );
    const pads = m.map((length) => (padded ? longest - length : 0));
    const value = sum(losses.map((list, k) => weight[k] * (sum(list) + pads[k] * pad)));
    return { value, weight, pads };
  };

  // Where each box stands, in shares of the tank's width, and in nats: `top` is how high
  // the water at its place reaches, since per sequence a sentence is one column.
  const boxes = (losses, kind, pad) => {
    const { value, weight, pads } = average(losses, kind, pad), stacked = kind === "sequence";
    const longest = Math.max(...losses.map((list) => list.length));
    let left = 0;
    const places = losses.map((list, k) => {
      const n = list.length + pads[k], total = sum(list), start = left;
      left += stacked ? weight[k] : n * weight[k];
      // A sentence owns as many boxes as the longest has; those beyond n have no width.
      return Array.from({ length: longest }, (_, i) => {
        const high = list[i] ?? (i < n ? pad : 0);
        return stacked
          ? { left: start, wide: weight[k], foot: sum(list.slice(0, i)), high, top: total }
          : {
            left: start + Math.min(i, n) * weight[k],
            wide: i < n ? weight[k] : 0,
            foot: 0,
            high,
            top: high,
          };
      });
    });
    return { value, weight, places };
  };

  class Averages extends Live {
    start() {
      const { sentences, pad, kinds } = this.config;
      this.losses = sentences.map((sentence) => sentence.losses);
      const m = this.losses.map((list) => list.length), longest = Math.max(...m);
      const box = (word, loss, kind) =>
        `<div class="x-box ${kind}"><span>${safe(word)} <i>${show(loss, 2)}</i></span></div>`;
      const last = m[0] - 1;
      this.followed = sentences[0].words[last];
      this.live.innerHTML = `
      <fieldset><legend class="visually-hidden">Average</legend>
      ${
        listing(Object.entries(kinds), ([kind, { name, how, value }]) =>
          `<label class="x-row"><input type="radio" name="${this.name}" value="${kind}"
            ><span>${name}</span><small>${how}</small><span class="x-end">${value}</span></label>`)
      }
      </fieldset>
      <div class="x-tank" role="img">
      ${
        listing(sentences, ({ words, losses }, k) =>
          Array.from({ length: longest }, (_, i) =>
            words[i]
              ? box(words[i], losses[i], !k && i === last ? "x-hit" : "")
              : box("pad", pad, "x-pad")).join(""))
      }
      ${'<i class="x-was"></i>'.repeat(longest * m.length)}
      ${
        listing(this.losses, (list, k) =>
          `<small class="x-beneath"><span>sentence </span>${k + 1}<b><span>sum </span>${
            show(sum(list))
          }</b></small>`)
      }
      ${'<small class="x-tick"></small>'.repeat(5)}<small class="x-unit">nats</small>
      <div class="x-level"><b></b></div></div>
      <p class="x-acts"><button class="x-go"></button><span class="x-hit">Weight of <b
        class="x-word">${
        safe(this.followed)
      }</b> in this average: <b class="x-word x-weight"></b></span></p>
      <p class="x-note" role="status"></p>`;
      this.live.addEventListener("change", ({ target }) => this.update(target.value));
      this.one("button").addEventListener("click", () => this.update(this.kind, !this.poured));
      const first = this.one("input");
      first.checked = true;
      this.update(first.value, false);
    }

    get shared() {
      return { kind: Object.keys(this.config.kinds), poured: [0, 1, 1] };
    }

    restore({ kind, poured }) {
      this.one(`[value=${kind}]`).checked = true;
      this.update(kind, poured > 0);
    }

    update(kind, poured = this.poured) {
      Object.assign(this, { kind, poured });
      const { losses, followed } = this, { pad, kinds } = this.config;
      const { value, weight, places } = boxes(losses, kind, pad), flat = places.flat();
      const most = Math.max(...flat.map((box) => box.top), Number.MIN_VALUE), tall = 1.15 * most;
      const tank = this.one(".x-tank"),
        put = (node, sizes) => {
          for (const [name, share] of Object.entries(sizes)) {
            node.style.setProperty(
              `--${name}`,
              share.toFixed(5),
            );
          }
        };
      const was = this.all(".x-was"), unders = this.all(".x-beneath");
      this.all(".x-box").forEach((box, i) => {
        const { left, wide, foot, high, top } = flat[i];
        const share = poured && top ? value / top / tall : 1 / tall;
        put(box, { left, wide, foot: foot * share, high: high * share });
        put(was[i], { left, wide, foot: top / tall });
      });
      unders.forEach((under, k) =>
        put(under, {
          left: places[k][0].left,
          wide: sum(places[k].map((box) => box.wide)) /
            (kind === "sequence" ? places[k].length : 1),
        })
      );
      // Three or four marks, at one, two or five times a power of ten.
      const power = 10 ** Math.floor(Math.log10(tall / 2)),
        step = power * [5, 2, 1].find((n) => n * power <= tall / 2);
      this.all(".x-tick").forEach((tick, i) => {
        tick.hidden = i * step > tall;
        tick.textContent = Number((i * step).toPrecision(12));
        put(tick, { foot: (i * step) / tall });
      });
      put(this.one(".x-level"), { foot: value / tall });
      this.one(".x-level b").textContent = kinds[kind].value;
      tank.classList.toggle("x-stacked", kind === "sequence");
      tank.classList.toggle("x-poured", poured);
      tank.ariaLabel =
        `Boxes as tall as the losses and as wide as the weights${
          kind === "sequence" ? ", those of a sentence stacked up" : ""
        }. ` +
        (poured
          ? `Without walls, they level off at ${kinds[kind].value}.`
          : `Their level would be ${kinds[kind].value}.`);
      this.one("button").textContent = poured ? "Put the walls back" : "Level the water";
      this.one(".x-weight").textContent = show(weight[0]);
      this.one(".x-note").textContent = kinds[kind].note;
    }
  }

  Object.assign(xent, { average });
  customElements.define("xent-averages", Averages);
})();
