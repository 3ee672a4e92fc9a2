"""Whether what was handed over is what the exports, the settings and the code give: recomputed, never believed."""
