/* Two conversations, of which each token is scored or left out, and their loss under three
   divisors. */
(() => {
  "use strict";
  const { Live, listing, safe, show, sum } = xent;
  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

  // By the number of tokens; by that of each sequence, and then of sequences; by a constant.
  const divided = (losses, constant) => {
    const sums = losses.map(sum), counts = losses.map((list) => list.length);
    return [
      sum(sums) / sum(counts),
      sum(sums.map((x, k) => x / counts[k])) / counts.length,
      sum(sums) / (counts.length * constant),
    ];
  };

  class Mask extends Live {
    start() {
      const { chats, masks, shown } = this.config;
      // Each message on lines of its own.
      const token = (text, i, { losses, parts, tokens }) =>
        `<button aria-label="${safe(text === "\n" ? "line break" : text.trim())}, ${
          losses[i].toFixed(2)
        } nats, ${parts[i]}"><span>${safe(text.trim() || "↵")}</span><small>${
          losses[i].toFixed(2)
        }</small></button>${tokens[i + 1] === "<|im_start|>" ? "<br>" : ""}`;
      this.live.innerHTML = `
      <p class="x-line">Tap a token to score it, or to leave it out.</p>
      <div class="x-acts x-masks" role="group" aria-label="What is scored">${
        listing(Object.keys(masks), (name) => `<button>${name}</button>`)
      }</div>
      <div class="x-row x-head x-text"><span>divide by</span><span class="x-how">how</span><span
        class="x-end">loss</span></div>
      ${
        listing(["tokens", "sequences", "a constant"], (name) =>
          `<div class="x-row x-text"><b>${name}</b><span class="x-how"></span><strong
            class="x-end"></strong></div>`)
      }
      ${
        listing(chats, (chat, k) =>
          `<div class="x-chat" role="group" aria-label="Conversation ${k + 1}">
          <p><small>Conversation ${k + 1}</small></p><span>&lt;|im_start|&gt;</span>${
            listing(chat.tokens, (text, i) =>
              token(text, i, chat))
          }</div>`)
      }
      <p class="visually-hidden" role="status"></p>`;
      this.rows = this.all(".x-row").slice(1);
      this.presets = this.all(".x-masks button");
      this.tokens = this.all(".x-chat button");
      this.parts = chats.flatMap(({ parts }) => parts);
      this.presets.forEach((button) =>
        button.onclick = () => this.update(this.parts.map((part) => this.has(button, part)))
      );
      this.tokens.forEach((button, i) => {
        button.tabIndex = i ? -1 : 0;
        button.onclick = () => this.update(this.scored.map((hit, k) => hit !== (k === i)));
        button.onfocus = () => {
          for (const one of this.tokens) one.tabIndex = one === button ? 0 : -1;
        };
        button.onkeydown = (event) => {
          const next = this.tokens[i + STEPS[event.key]];
          if (!next) return;
          event.preventDefault();
          next.focus();
        };
      });
      this.update(this.parts.map((part) => masks[shown].includes(part)));
      clearTimeout(this.later); // said when something changes, not at first
    }

    has(preset, part) {
      return this.config.masks[preset.textContent].includes(part);
    }

    sent() {
      return this.scored.map(Number).join("");
    }

    follow(text) {
      if (text.length === this.tokens.length) this.update([...text].map((one) => one === "1"));
    }

    update(scored) {
      const { chats, constant } = this.config, { parts, presets, rows, tokens } = this;
      this.scored = scored;
      tokens.forEach((button, i) => (button.ariaPressed = scored[i]));
      for (const one of presets) {
        one.ariaPressed = parts.every((part, i) => this.has(one, part) === scored[i]);
      }
      let from = 0;
      const kept = chats.map(({ losses }) => {
        const mask = scored.slice(from, from += losses.length);
        return losses.filter((loss, i) => mask[i]);
      });
      const n = chats.length, m = kept.map((list) => list.length), all = sum(m);
      const sums = kept.map((list) => show(sum(list), 2)), total = show(sum(kept.flat()), 2);
      const three = divided(kept, constant);
      const how = [
        `${total} / ${all}`,
        `(${sums.map((x, k) => `${x} / ${m[k]}`).join(" + ")}) / ${n}`,
        `${total} / (${n} × ${constant})`,
      ];
      rows.forEach(({ children: [, place, loss] }, k) => {
        place.textContent = how[k];
        loss.textContent = show(three[k], 2);
      });
      const told = rows.map(({ children: [name, , loss] }) =>
        `by ${name.textContent} ${loss.textContent}`
      );
      this.say(
        `${all} of ${scored.length} tokens are scored. The loss is ${told.join(", ")}.`,
      );
    }
  }

  Object.assign(xent, { divided });
  customElements.define("xent-mask", Mask);
})();
