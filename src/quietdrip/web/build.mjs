// Bundles what a page loads into static/quietdrip: script, htmx, style, typeface and icon sprite.
// Run by hatch_build.py; by hand, with a Node of your own: `node src/quietdrip/web/build.mjs`.

import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const web = dirname(fileURLToPath(import.meta.url));
const packages = join(web, "../../../node_modules");
const out = join(web, "static/quietdrip");
const typeface = "atkinson-hyperlegible-next";

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

await build({
  entryPoints: [join(web, "ts/card.ts"), join(web, "css/quietdrip.css")],
  entryNames: "[name]",
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  // The typeface and the sprite lie beside the style, under the very names it calls them by.
  external: ["*.woff2", "*.svg"],
  legalComments: "none",
  logLevel: "warning",
});

await copyFile(join(packages, "htmx.org/dist/htmx.min.js"), join(out, "htmx.min.js"));
await copyFile(
  join(packages, `@fontsource-variable/${typeface}/files/${typeface}-latin-wght-normal.woff2`),
  join(out, `${typeface}.woff2`),
);
await copyFile(join(web, "css/mark.svg"), join(out, "mark.svg"));
await writeFile(join(out, "icons.svg"), await sprite(join(web, "icons.txt")));
await writeFile(join(out, "licenses.txt"), await licenses());

/** One SVG with a symbol for each icon named in the list, one name a line; a page uses "#name". */
async function sprite(list) {
  const names = (await readFile(list, "utf8"))
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter(Boolean);
  const symbols = await Promise.all(names.sort().map(symbol));
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

/** The licences of what is shipped here and was made elsewhere, as their authors ask. */
async function licenses() {
  const shipped = [`@fontsource-variable/${typeface}`, "htmx.org", "lucide-static"];
  const texts = shipped.map(async (name) => {
    const text = await readFile(join(packages, name, "LICENSE"), "utf8");
    return `${name}\n${"=".repeat(name.length)}\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join("\n\n");
}

async function symbol(name) {
  const drawn = await readFile(join(packages, `lucide-static/icons/${name}.svg`), "utf8");
  const shapes = drawn
    .slice(drawn.indexOf(">", drawn.indexOf("<svg")) + 1, drawn.lastIndexOf("</svg>"))
    .replace(/\s*\n\s*/g, "");
  const stroke =
    'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
  return `<symbol id="${name}" viewBox="0 0 24 24" ${stroke}>${shapes}</symbol>`;
}
