// The house rules that a compiler does not know: no hex colours outside tokens.css, no exclamation marks and no banned words
// in what people read, no static style attributes (the content policy refuses them), no feature importing another, and no
// sentence outside the message catalogue (lib/words; the samples of the host in memory are no sentences of the app).
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { checkItself, ofCode, ofMarkup } from "./literals.mjs";

const src = fileURLToPath(new URL("../src", import.meta.url));
const files = readdirSync(src, { recursive: true, withFileTypes: true }).filter((e) => e.isFile()).map((e) => join(e.parentPath ?? e.path, e.name));
const found = checkItself();
const outsideTheCatalogue = /\.test\.ts$|bindings\.ts$|^lib\/words\/|^lib\/host\/(memory|samples|for-tests|schedule-in-memory)/;
const report = (file, line, what) => found.push(`ui/src/${relative(src, file)}:${line}: ${what}`);

for (const file of files.filter((f) => /\.(svelte|ts|css)$/.test(f) && !f.endsWith("bindings.ts"))) {
  const name = relative(src, file).replaceAll("\\", "/");
  const source = readFileSync(file, "utf8");
  if (!outsideTheCatalogue.test(name) && !name.endsWith(".css")) for (const [line, text] of name.endsWith(".svelte") ? ofMarkup(source) : ofCode(source)) report(file, line, `“${text}” belongs into the message catalogue, lib/words`);
  source.split("\n").forEach((text, n) => {
    if (!name.endsWith("tokens.css") && /#[0-9a-f]{3}(?:[0-9a-f]{3})?\b(?![\w-])/i.test(text.replace(/\{#\w+/g, ""))) report(file, n + 1, "a hex colour outside tokens.css");
    if (/\sstyle="/.test(text)) report(file, n + 1, "a style attribute; use style: directives or a class");
    if (name.startsWith("lib/words/")) {
      for (const [quoted] of text.matchAll(/"[^"]*"|`[^`]*`/g)) {
        if (/!(?!=)/.test(quoted.replace(/\$\{[^}]*\}/g, ""))) report(file, n + 1, "an exclamation mark");
        const banned = quoted.match(/\b(sync job|repository|endpoint|successfully|oops)\b/i);
        if (banned) report(file, n + 1, `the word “${banned[0]}”`);
      }
    }
    const feature = name.match(/^features\/([^/]+)\//)?.[1];
    const other = text.match(/from "(?:\.\.\/)([a-z-]+)\//)?.[1];
    if (feature && other && other !== feature) report(file, n + 1, `the feature ${feature} imports ${other}`);
    if (name.startsWith("lib/components/") && /from "[^"]*(words|host|runs|bindings|features)/.test(text)) report(file, n + 1, "a component that knows the app");
  });
}
for (const line of found) console.log(line);
process.exit(found.length === 0 ? 0 : 1);
