// Warns of files that are too large or too many before they are sent, and keeps the key of a form with its page; the
// server decides without it as well.
(() => {
  "use strict";

  // "Back" may fetch the form anew, with what was typed but another key: the same report sent again would then be a
  // second one. The history keeps the key with the page.
  const key = document.querySelector("input[name=idempotency_key]");
  if (key && history.state?.reportKey) key.value = history.state.reportKey;
  else if (key) history.replaceState({ reportKey: key.value }, "");

  const warningFor = (input) => {
    const most = Number(input.dataset.maxCount);
    const largest = Number(input.dataset.maxBytes);
    const chosen = Array.from(input.files);
    const sentences = chosen
      .filter((file) => file.size > largest)
      .map((file) => `“${file.name}”超过 ${Math.floor(largest / 1048576)} MB，不能上传。请压缩或拆分后再选。`);
    const room = most - Number(input.dataset.keptCount ?? 0);
    if (chosen.length > room) sentences.unshift(`选了 ${chosen.length} 个文件，最多还能选 ${room} 个。请减少后再提交。`);
    return sentences.join("");
  };

  for (const input of document.querySelectorAll("input[type=file][data-max-bytes]")) {
    const place = input.closest(".form-row").querySelector("[data-file-warning]");
    input.addEventListener("change", () => {
      place.textContent = warningFor(input);
      place.hidden = !place.textContent;
    });
    input.form.addEventListener("submit", (event) => {
      if (!warningFor(input)) return;
      event.preventDefault();
      input.focus();
    });
  }
})();
