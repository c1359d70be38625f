/* A vocabulary on several machines: each word is tapped from one to the next, and what
   the machines send is joined to the same loss. */
(() => {
  "use strict";
  const { Live, listing, safe, show, sum } = xent;

  // What a machine sends: its largest logit, and the sum of e to the gaps below it.
  const pair = (o) => {
    const top = Math.max(...o);
    return [top, sum(o.map((x) => Math.exp(x - top)))];
  };

  // The rule that joins any number of them; a machine without words has (−∞, 0).
  const join = (pairs) => {
    const top = Math.max(...pairs.map(([x]) => x));
    return [top, sum(pairs.map(([x, total]) => total && total * Math.exp(x - top)))];
  };

  class Shards extends Live {
    start() {
      const { words, logits, target, names } = this.config;
      this.live.innerHTML = `
      <p class="x-line">Tap a word: it moves to the next machine.</p>
      <div class="x-row x-head"><span>machine</span><span class="x-strip">its words, and
        what they add to the sum</span><span class="x-end">largest</span><span
        class="x-end">sum</span></div>
      ${
        listing([...names], (name) =>
          `<div class="x-row"><b>${name}</b><span class="x-held x-many"></span><span
            class="x-strip"></span><span class="x-end"></span><span
            class="x-end"></span></div>`)
      }
      <div class="x-row"><b>joined</b><small class="x-rule"></small><span class="x-strip"></span
        ><span class="x-end"></span><span class="x-end"></span></div>
      <p class="x-loss"><span>loss of <em>${
        safe(words[target])
      }</em>: <span class="x-how"></span></span><span><strong></strong> nats</span></p>
      <p class="x-acts"><button class="x-yours">Reset</button></p>
      <p class="visually-hidden" role="status"></p>`;
      this.rows = this.all(".x-row").slice(1);
      this.buttons = words.map((word, k) =>
        Object.assign(document.createElement("button"), {
          className: k === target ? "x-hit" : "",
          innerHTML: `<span class="x-word">${safe(word)}</span> ${show(logits[k], 1)}`,
          onclick: () => {
            this.owners[k] = (this.owners[k] + 1) % names.length;
            this.update();
            this.buttons[k].focus();
          },
        })
      );
      this.one(".x-yours").onclick = () => {
        this.owners = [...this.config.owners];
        this.update();
        this.buttons[0].focus();
      };
      this.owners = [...this.config.owners];
      this.update();
      clearTimeout(this.later); // said when something changes, not at first
    }

    get shared() {
      return { owners: [0, this.config.names.length - 1, 1] };
    }

    update() {
      const { words, logits, target, names } = this.config;
      const pairs = [...names].map((name, k) =>
        pair(logits.filter((x, i) => this.owners[i] === k))
      );
      const joined = join(pairs), loss = joined[0] - logits[target] + Math.log(joined[1]);
      // Of each word e to its gap, end to end: in its machine’s row, and joined.
      const order = [...words.keys()].sort((i, j) => this.owners[i] - this.owners[j]);
      const bit = (i, here) => {
        const kind = !here ? "x-else" : i === target ? "x-hit" : "";
        const share = Math.exp(logits[i] - joined[0]) / joined[1];
        return `<i class="${kind}" style="--p: ${share}"></i>`;
      };
      [...pairs, joined].forEach(([top, total], k) => {
        const [, place, added, first, second] = this.rows[k].children;
        added.innerHTML = listing(
          order,
          (i) => bit(i, k === names.length || k === this.owners[i]),
        );
        if (k < names.length) {
          place.replaceChildren(...this.buttons.filter((button, i) => this.owners[i] === k));
        }
        first.textContent = show(top, 1);
        second.textContent = show(total);
      });
      this.buttons.forEach((
        button,
        i,
      ) => (button.ariaLabel = `${words[i]}, ${show(logits[i], 1)}, on machine ${
        names[this.owners[i]]
      }`));
      const shrunk = ([x, total]) =>
        show(total) + (x < joined[0] ? ` · e<sup>${show(x - joined[0], 1)}</sup>` : "");
      this.one(".x-rule").innerHTML = pairs.filter(([, total]) => total).map(shrunk).join(" + ");
      const [top, sum] = joined;
      this.one(".x-how").textContent = `${show(top, 1)} − ${show(logits[target], 1)} + ln ${
        show(sum)
      }`;
      this.one(".x-loss strong").textContent = show(loss);
      this.one(".x-yours").disabled = this.owners.join() === this.config.owners.join();
      this.say(
        `${
          pairs.map(([x, total], k) => `${names[k]} sends ${show(x, 1)} and ${show(total)}`).join(
            ", ",
          )
        }. The loss is ${show(loss)}.`,
      );
    }
  }

  Object.assign(xent, { pair, join });
  customElements.define("xent-shards", Shards);
})();
