// Offers names while one types in a search box: the ARIA combobox pattern, for inputs with data-suggest.
// Everything works without it: the form then simply submits what was typed.
(() => {
  "use strict";
  const DELAY = 120;

  const equip = (input) => {
    const list = document.createElement("ul");
    list.id = `${input.id}-suggestions`;
    list.className = "suggestions";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "建议的机构");
    const announcer = document.createElement("div");
    announcer.className = "visually-hidden";
    announcer.setAttribute("role", "status");
    input.parentNode.append(list, announcer);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");

    let timer = 0;
    let request = null;
    let active = -1;

    const close = () => {
      clearTimeout(timer);
      if (request) request.abort();
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };

    const activate = (index) => {
      const options = list.children;
      active = (index + options.length + 1) % (options.length + 1);
      if (active === options.length) active = -1; // one step beyond the ends is the input itself
      for (const [at, option] of Array.from(options).entries()) {
        option.setAttribute("aria-selected", String(at === active));
      }
      if (active < 0) input.removeAttribute("aria-activedescendant");
      else {
        input.setAttribute("aria-activedescendant", options[active].id);
        options[active].scrollIntoView({ block: "nearest" });
      }
    };

    const show = (found) => {
      list.replaceChildren(...found.map((one, at) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${at}`;
        const leadsTo = input.dataset.suggestLeadsTo;
        option.dataset.url = leadsTo ? leadsTo + encodeURIComponent(one.uscc) : one.url;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        for (const segment of one.segments) {
          const part = document.createElement(segment.marked ? "mark" : "span");
          part.textContent = segment.text;
          option.append(part);
        }
        const code = document.createElement("span");
        code.className = "code";
        code.textContent = one.uscc;
        option.append(code);
        return option;
      }));
      active = -1;
      input.removeAttribute("aria-activedescendant");
      list.hidden = found.length === 0;
      input.setAttribute("aria-expanded", String(found.length > 0));
      announcer.textContent = found.length ? `有 ${found.length} 个建议，用上下方向键选择` : "";
    };

    const ask = async () => {
      const text = input.value.trim();
      if (request) request.abort();
      if (!text) return close();
      request = new AbortController();
      const { signal } = request;
      try {
        const response = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(text)}`, { signal });
        const found = response.ok ? await response.json() : [];
        if (!signal.aborted && document.activeElement === input) show(found);
      } catch {
        if (!signal.aborted) close(); // no network: the form still submits
      }
    };

    const askSoon = () => {
      clearTimeout(timer);
      timer = setTimeout(ask, DELAY);
    };

    input.addEventListener("input", (event) => { if (!event.isComposing) askSoon(); });
    input.addEventListener("compositionend", askSoon);
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return; // the keys belong to the input method
      if (event.key === "Escape" && !list.hidden) { event.preventDefault(); close(); }
      else if (list.hidden) { if (event.key === "ArrowDown") { event.preventDefault(); ask(); } }
      else if (event.key === "ArrowDown") { event.preventDefault(); activate(active + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); activate(active - 1 < -1 ? list.children.length - 1 : active - 1); }
      else if (event.key === "Enter" && active >= 0) { event.preventDefault(); location.assign(list.children[active].dataset.url); }
    });
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the input keeps the focus
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) location.assign(option.dataset.url);
    });
  };

  document.querySelectorAll("input[data-suggest]").forEach(equip);
})();
