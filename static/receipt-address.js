// Takes a receipt that stands in the address behind # (as the QR code writes it) into the field for it. A browser never
// sends that part to a server; here it also leaves the address bar, so that nobody reads it there.
(() => {
  "use strict";

  const take = () => {
    const receipt = location.hash.slice(1);
    if (!/^[0-9A-Za-z-]{20,40}$/.test(receipt)) return;
    history.replaceState(history.state, "", location.pathname + location.search);
    const field = document.querySelector("input[name=receipt]");
    if (!field) return;
    field.value = receipt;
    // On the page of an opened case the form for another one stands hidden.
    const other = field.closest("[data-other-receipt]");
    if (other) other.hidden = false;
    field.form.querySelector("button[type=submit]").focus();
  };

  take();
  window.addEventListener("hashchange", take);
})();
