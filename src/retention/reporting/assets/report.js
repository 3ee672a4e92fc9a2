"use strict";
// Draws every chart of the page from the specifications in it. A chart that fails says so; its table is below it.
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const options = {
    actions: false,
    renderer: "svg",
    formatLocale: read("number-format"),
    tooltip: { theme: "custom" },
  };
  const draw = async ([key, spec]) => {
    const place = document.getElementById(`chart-${key}`);
    try {
      await vegaEmbed(place, spec, options);
    } catch (error) {
      place.textContent = place.closest("section").dataset.failed;
      place.classList.add("failed");
      console.error(key, error);
    }
  };
  // On paper the folded tables of the segments are open; the tables that repeat a chart stay folded.
  const folded = () => document.querySelectorAll("details:not(.data):not([open])");
  addEventListener("beforeprint", () => folded().forEach((item) => { item.open = true; item.dataset.printed = ""; }));
  addEventListener("afterprint", () => document.querySelectorAll("details[data-printed]").forEach((item) => {
    item.open = false;
    delete item.dataset.printed;
  }));
  const finish = () => { document.documentElement.dataset.charts = "drawn"; };
  Promise.all(Object.entries(read("charts")).map(draw)).then(finish);
})();
