"use strict";
// The menu shows where one is; a link to a place inside a fold opens it; a file is saved from the page itself.
(() => {
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const mark = () => {
    const sections = [...document.querySelectorAll("main > section")];
    const here = sections.filter((one) => one.getBoundingClientRect().top < innerHeight / 3).pop() || sections[0];
    links.forEach((link, name) => {
      if (name !== here.id) link.removeAttribute("aria-current");
      else if (!link.hasAttribute("aria-current")) {
        link.setAttribute("aria-current", "location");
        link.parentElement.parentElement.scrollLeft = link.offsetLeft - 40;
      }
    });
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
  const open = () => {
    const place = document.getElementById(location.hash.slice(1));
    for (let fold = place?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    place?.scrollIntoView();
  };
  addEventListener("hashchange", open);
  if (location.hash) open();
  const files = JSON.parse(document.getElementById("files-data").textContent);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-file]");
    if (!(link?.dataset.file in files)) return; // a list too large for the page is opened where it lies
    event.preventDefault();
    const saved = document.createElement("a");
    saved.href = URL.createObjectURL(new Blob([files[link.dataset.file]], { type: "text/csv" }));
    saved.download = link.dataset.file;
    saved.click();
    setTimeout(() => URL.revokeObjectURL(saved.href), 60000);
  });
})();
