// Keeps a draft of a report in this browser, only while its author asks for it: never names, telephone numbers,
// addresses or files of the author. A filed report deletes it. Beside that, an objection is never anonymous.
(() => {
  "use strict";
  const PLACE = "report-draft";
  const LONGEST = 7 * 24 * 60 * 60 * 1000; // an older one is deleted instead of shown
  const CHOSEN = ["kind", "matter"];
  const TYPED = ["subject_name", "subject_uscc", "region", "facts",
    "subject_site", "subject_phone", "subject_account", "subject_contract"];
  const SOON = 400;

  const read = () => {
    try {
      const draft = JSON.parse(localStorage.getItem(PLACE));
      if (draft && Date.now() - draft.at < LONGEST) return draft;
      localStorage.removeItem(PLACE);
    } catch {
      // A browser that keeps nothing, or something else under this name.
    }
    return null;
  };
  const remove = () => {
    try { localStorage.removeItem(PLACE); } catch { /* nothing was kept */ }
  };
  const write = (draft) => {
    try {
      localStorage.setItem(PLACE, JSON.stringify(draft));
      return true;
    } catch {
      return false;
    }
  };
  const mark = (sent) => {
    const draft = read();
    if (draft) write({ ...draft, sent });
  };

  // The receipt has come: what was sent is no draft any more. One that was begun afterwards stays.
  if (document.querySelector("[data-receipt]") && read()?.sent) remove();

  const preview = document.querySelector("form[data-sends]");
  if (preview) preview.addEventListener("submit", (event) => mark(!event.submitter?.name));

  const form = document.getElementById("report-form");
  const place = form?.querySelector("[data-draft]");
  if (!place) return;
  const keep = place.querySelector("input[type=checkbox]");
  let timer = 0;

  const save = (sent = false) => {
    clearTimeout(timer);
    if (!keep.checked) return;
    const values = {};
    for (const name of TYPED) values[name] = form.elements[name]?.value ?? "";
    for (const name of CHOSEN) values[name] = form.querySelector(`input[name=${name}]:checked`)?.value ?? "";
    values.subject_unlisted = form.elements.subject_unlisted.checked;
    if (!write({ at: Date.now(), sent, values })) {
      keep.checked = false;
      tell("这个浏览器不允许暂存，草稿没有保存。");
    }
  };

  const tell = (words, ...buttons) => {
    form.parentNode.querySelector(".draft-notice")?.remove();
    const notice = document.createElement("div");
    notice.className = "alert alert-info draft-notice";
    notice.setAttribute("role", "status");
    const text = document.createElement("p");
    text.textContent = words;
    const actions = document.createElement("div");
    actions.className = "actions";
    actions.append(...buttons);
    notice.append(text, actions);
    form.before(notice);
  };

  const button = (words, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-sm btn-outline-primary";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  };

  const forget = () => {
    clearTimeout(timer);
    remove();
    keep.checked = false;
    tell("草稿已从这台设备删除。页面上写的内容还在，需要的话请清空。", button("清空页面", () => location.assign(form.getAttribute("action"))));
  };
  const deleting = () => button("删除草稿", forget);

  const restore = (draft) => {
    for (const name of TYPED) if (draft.values[name] && form.elements[name]) form.elements[name].value = draft.values[name];
    for (const name of CHOSEN) {
      const option = Array.from(form.querySelectorAll(`input[name=${name}]`)).find((one) => one.value === draft.values[name]);
      if (option) option.checked = true;
    }
    form.elements.subject_unlisted.checked = Boolean(draft.values.subject_unlisted);
    form.elements.item.value = ""; // a line that was quoted belongs to what stood here before
    form.querySelector(".disputed-line")?.remove();
    keep.checked = true;
    identify();
    const at = new Date(draft.at).toLocaleString("zh-CN", { dateStyle: "short", timeStyle: "short" });
    tell(`已恢复 ${at} 暂存在这台设备上的草稿。姓名、电话、地址和文件没有保存，请重新填写。`, deleting());
  };

  // An objection is made by name: the choice follows the kind, and the other way round what was chosen before comes back.
  let anonymous = null;
  const identify = () => {
    const chosen = (value) => form.querySelector(`input[name=anonymous][value="${value}"]`);
    const objects = form.querySelector("input[name=kind]:checked")?.value === "objection";
    if (objects && chosen(1).checked) {
      anonymous = true;
      chosen(0).checked = true;
    } else if (!objects && anonymous) {
      anonymous = null;
      chosen(1).checked = true;
    }
  };

  place.hidden = false;
  const draft = read();
  keep.checked = draft !== null;
  if (draft && "fresh" in form.dataset) {
    // What a link has filled in, and what the browser brought back, is not written over.
    const blank = !location.search && !form.elements.facts.value && !form.elements.subject_name.value;
    if (blank) restore(draft);
    else {
      keep.checked = false;
      tell("这台设备上有一份暂存的草稿。", button("恢复草稿", () => restore(draft)), deleting());
    }
  }

  keep.addEventListener("change", () => {
    if (!keep.checked) return forget();
    save();
    tell("从现在起，您写的内容会暂存在这台设备上。", deleting());
  });
  form.addEventListener("input", (event) => {
    if (event.target.name === "kind") identify();
    if (event.target === keep) return;
    clearTimeout(timer);
    timer = setTimeout(save, SOON);
  });
  form.addEventListener("submit", (event) => save(!event.submitter?.name));
  addEventListener("pagehide", () => { if (timer) save(Boolean(read()?.sent)); });
})();
