// Keys for the queue of reports, a box that ticks all rows, and how many are ticked. Everything works without it:
// links, boxes and the form are plain ones. The keys can be switched off; the browser remembers that.
(() => {
  "use strict";
  const table = document.querySelector("[data-queue]");
  if (!table) return;
  const STORED = "queue-keys-off";
  const rows = Array.from(table.tBodies[0].rows);
  const boxOf = (row) => row.querySelector("input[name=row]");
  const boxes = rows.map(boxOf).filter(Boolean);
  const help = document.querySelector("[data-keys-help]");
  const keysSwitch = document.querySelector("[data-keys-switch]");

  // A browser that keeps nothing for the site still has keys.
  const stored = () => { try { return localStorage.getItem(STORED); } catch { return null; } };
  const store = (off) => { try { off ? localStorage.setItem(STORED, "1") : localStorage.removeItem(STORED); } catch { /* as it is */ } };

  const all = document.querySelector("[data-choose-all]");
  const count = () => {
    if (!all) return;
    const chosen = boxes.filter((box) => box.checked).length;
    const allBox = all.querySelector("input");
    allBox.checked = chosen === boxes.length;
    allBox.indeterminate = chosen > 0 && chosen < boxes.length;
    all.querySelector("[data-chosen-count]").textContent = chosen ? `已选 ${chosen} 件` : "";
  };
  if (all && boxes.length) {
    all.hidden = false;
    all.querySelector("input").addEventListener("change", (event) => {
      for (const box of boxes) box.checked = event.target.checked;
      count();
    });
    table.addEventListener("change", count);
    count();
  }

  help.hidden = false;
  keysSwitch.checked = !stored();
  keysSwitch.addEventListener("change", () => store(!keysSwitch.checked));

  const isTyping = (element) =>
    element instanceof HTMLElement &&
    (element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox])"));
  const present = () => rows.indexOf(document.activeElement.closest("[data-queue] tbody tr"));
  const goTo = (index) => {
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)];
    row.querySelector("th a").focus();
    row.scrollIntoView({ block: "nearest" });
  };

  const deeds = {
    j: (at) => goTo(at + 1),
    k: (at) => goTo(at < 0 ? 0 : at - 1),
    ArrowDown: (at) => goTo(at + 1),
    ArrowUp: (at) => goTo(at - 1),
    x: (at) => boxOf(rows[at])?.click(),
    Enter: (at) => rows[at].querySelector("th a").click(),
    "/": () => document.querySelector("[data-queue-search]").focus(),
    "?": () => {
      help.open = !help.open;
      if (help.open) help.querySelector("summary").focus();
    },
  };
  // These belong to the page until a row has the focus; Enter on a link or a button is the browser's own.
  const needsRow = new Set(["ArrowDown", "ArrowUp", "x", "Enter"]);

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (!Object.hasOwn(deeds, event.key) || isTyping(event.target)) return;
    if (!keysSwitch.checked && event.key !== "Enter") return;
    const at = present();
    if (needsRow.has(event.key) && at < 0) return;
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    event.preventDefault();
    deeds[event.key](at);
  });
})();
