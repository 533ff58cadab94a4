// Offers names while one types in a search box: the ARIA combobox pattern, for inputs with data-suggest.
// Everything works without it: the form then simply submits what was typed.
// A chosen name leads to a page, or with data-suggest-fills (the id of a field) stays, its code put into that field.
(() => {
  "use strict";
  const DELAY = 120;
  // As in the macro institution_status; who is registered needs no mark here.
  const LOOKS = { suspended: ["warning", "pause"], deregistered: ["bad", "cross"], withdrawn: ["bad", "cross"] };

  const element = (name, className, text = "") => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.textContent = text;
    return made;
  };

  const equip = (input) => {
    const list = element("ul", "suggestions");
    list.id = `${input.id}-suggestions`;
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "建议的机构");
    const announcer = element("div", "visually-hidden");
    announcer.setAttribute("role", "status");
    input.parentNode.append(list, announcer);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");

    let timer = 0;
    let request = null;
    let active = -1; // the option that Enter would take; -1 is the input itself
    let composing = false;
    const fills = document.getElementById(input.dataset.suggestFills ?? "");
    let filled = ""; // the code of the name that was chosen

    // Nothing that was asked before may show itself any more.
    const forget = () => {
      clearTimeout(timer);
      if (request) request.abort();
      request = null;
    };

    const close = () => {
      forget();
      list.hidden = true;
      announcer.textContent = "";
      input.setAttribute("aria-expanded", "false");
      activate(-1);
    };

    const activate = (index) => {
      active = index;
      for (const [at, option] of Array.from(list.children).entries()) {
        option.setAttribute("aria-selected", String(at === active));
      }
      if (active < 0) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", list.children[active].id);
      list.children[active].scrollIntoView({ block: "nearest" });
    };

    // One step beyond either end is the input itself.
    const step = (by) => {
      const places = list.children.length + 1;
      activate((active + 1 + by + places) % places - 1);
    };

    const badge = (one) => {
      const [tone, symbol] = LOOKS[one.status];
      const mark = element("span", `status status-${tone}`);
      const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      icon.setAttribute("class", "icon");
      icon.setAttribute("aria-hidden", "true");
      const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
      use.setAttribute("href", `${input.dataset.suggestIcons}#${symbol}`);
      icon.append(use);
      mark.append(icon, one.status_word);
      return mark;
    };

    const optionOf = (one, at) => {
      const option = element("li", "");
      option.id = `${list.id}-${at}`;
      const leadsTo = input.dataset.suggestLeadsTo;
      option.dataset.uscc = one.uscc;
      option.dataset.name = one.name;
      option.dataset.url = leadsTo ? leadsTo + encodeURIComponent(one.uscc) : one.url;
      option.setAttribute("role", "option");
      option.append(...one.segments.map((part) => element(part.marked ? "mark" : "span", "", part.text)));
      if (one.status in LOOKS) option.append(" ", badge(one));
      option.append(element("span", "code", one.uscc));
      return option;
    };

    const show = (found, degraded) => {
      list.replaceChildren(...found.map(optionOf));
      list.hidden = found.length === 0;
      input.setAttribute("aria-expanded", String(found.length > 0));
      activate(-1);
      announcer.textContent = (found.length ? `有 ${found.length} 个建议，用上下方向键选择` : fills ? "名录中没有建议，可以照您知道的写" : "没有建议，按回车键搜索")
        + (degraded ? "。检索服务暂时不可用，拼音暂时查不到" : "");
    };

    const ask = async () => {
      forget();
      const text = input.value.trim();
      if (!text) return close();
      const asked = request = new AbortController();
      try {
        const response = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(text)}`, { signal: asked.signal });
        const found = response.ok ? await response.json() : [];
        if (request === asked && document.activeElement === input) {
          show(found, response.headers.has("Search-Degraded"));
        }
      } catch {
        if (request === asked) close(); // no network: the form still submits
      }
    };

    const askSoon = () => {
      forget();
      timer = setTimeout(ask, DELAY);
    };

    const take = (option) => {
      close();
      if (!fills) return location.assign(option.dataset.url);
      input.value = option.dataset.name;
      fills.value = filled = option.dataset.uscc;
      fills.dispatchEvent(new Event("input", { bubbles: true }));
      announcer.textContent = `已选择${option.dataset.name}，代码已填好`;
    };

    const KEYS = {
      ArrowDown: () => { if (list.hidden) ask(); else step(1); },
      ArrowUp: () => { if (list.hidden) return false; step(-1); },
      Escape: () => {
        if (list.hidden && (fills || !input.value)) return false;
        if (list.hidden) input.value = "";
        close();
      },
      Enter: () => {
        if (active < 0) return false; // the form submits what was typed
        take(list.children[active]);
      },
    };

    input.addEventListener("compositionstart", () => { composing = true; close(); });
    input.addEventListener("compositionend", () => { composing = false; askSoon(); });
    input.addEventListener("input", () => {
      // Another name than the chosen one: its code would name the wrong agency.
      if (filled && fills.value === filled) fills.value = "";
      filled = "";
      if (!composing) askSoon();
    });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || event.keyCode === 229) return; // the keys belong to the input method
      if (event.altKey && event.key === "ArrowUp") close();
      else if (KEYS[event.key] && KEYS[event.key]() !== false) event.preventDefault();
      else if (active >= 0 && !["Shift", "Control", "Alt", "Meta", "Tab"].includes(event.key)) activate(-1); // back to the text
    });
    if (input.form) input.form.addEventListener("submit", close); // the next page comes; nothing opens over it
    addEventListener("pagehide", close);
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the input keeps the focus
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) take(option);
    });
  };

  document.querySelectorAll("input[data-suggest]").forEach(equip);
})();
