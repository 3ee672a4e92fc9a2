"use strict";
// Draws every chart of the page from the specifications in it, when its fold is first opened. A chart that fails says so.
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const specs = read("charts");
  const options = { actions: false, renderer: "svg", formatLocale: read("number-format"), tooltip: { theme: "custom" } };
  const draw = async (key) => {
    const place = document.getElementById(`chart-${key}`);
    if (place.dataset.drawn) return;
    place.dataset.drawn = "yes";
    try {
      await vegaEmbed(place, specs[key], options);
    } catch (error) {
      place.textContent = place.closest("section").dataset.failed;
      place.classList.add("failed");
      console.error(key, error);
    }
  };
  const shown = () => Object.keys(specs).filter((key) => !document.getElementById(`chart-${key}`).closest("details:not([open])"));
  const finish = () => { document.documentElement.dataset.charts = "drawn"; };
  document.addEventListener("toggle", () => Promise.all(shown().map(draw)), true);
  Promise.all(shown().map(draw)).then(finish);
})();
