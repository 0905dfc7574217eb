/* Comfort only: every page works without this file. */
(function () {
  "use strict";

  // A box with data-check-all ticks every box of the form that it belongs to.
  document.addEventListener("change", function (event) {
    var box = event.target;
    if (!box.matches("input[data-check-all]")) return;
    box.form.querySelectorAll('input[type=checkbox][name="' + box.dataset.checkAll + '"]').forEach(function (other) {
      other.checked = box.checked;
    });
  });

  // What is typed into a row with a box counts: the box says so.
  document.addEventListener("input", function (event) {
    if (!event.target.matches("input[data-ticks]")) return;
    var box = event.target.closest("tr").querySelector("input[type=checkbox]");
    if (box) box.checked = event.target.value !== "";
  });

  // A filter with data-at-once sends its form as soon as it is chosen.
  document.addEventListener("change", function (event) {
    if (event.target.matches("select[data-at-once]")) event.target.form.requestSubmit();
  });

  // A form is sent once: a second click while the answer is on its way does nothing.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });

  // A check that was asked for on the page before begins by itself.
  var begins = document.querySelector("form[data-send-at-once]");
  if (begins) begins.requestSubmit();

  // The browser knows the time zone: sign-up suggests it.
  var zone = document.querySelector("[data-suggest-zone]");
  if (zone && (!zone.value || zone.value === "UTC")) {
    var here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (here) zone.value = here;
  }
})();
