// A file that may not be read is named where the run ended and in the log, with why and what helps; the others are safe,
// and when it may be read the next run is complete.
import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { APP, backUp, chooseThisComputer, id, keysIn, look, newHome, openApp, scenario, writeTree } from "./scenario.mjs";

/** Root may read everything; without these two capabilities it is bound by permissions as everybody is. */
function asEverybody(home) {
  if (process.getuid() !== 0) return APP;
  const program = join(home, "holdfast-desktop");
  writeFileSync(program, `#!/bin/sh\nexec setpriv --bounding-set=-dac_override,-dac_read_search "${APP}" "$@"\n`, { mode: 0o755 });
  return program;
}

scenario("a file that may not be read is named in the result and in the log", async (t) => {
  const home = newHome(t);
  const documents = writeTree(join(home, "Documents"), { "Letter.docx": "Dear", "Private/Diary 2026.odt": "Monday", "Ledger.ods": "1 2 3" });
  chmodSync(join(documents, "Private/Diary 2026.odt"), 0);
  const window = await openApp(t, home, { program: asEverybody(home) });
  await chooseThisComputer(window);
  await look(window, documents);
  assert.equal(await backUp(window), "partial");
  assert.match(await window.text(id("result-problem")), /^2 files were copied\. 1 could not be\./);
  assert.equal(await window.attribute(`${id("failure")} [title]`, "title"), "Private/Diary 2026.odt");
  assert.match(await window.text(id("failure")), /not allowed[\s\S]*the right to read it/);

  await window.click(id("nav-activity"));
  await window.waitForText(`${id("log-row")}[data-state="partial"]`, /In part, 1 not copied/);
  await window.waitForText(id("open-run"), /Diary 2026\.odt[\s\S]*not allowed[\s\S]*the right to read it/);
  await window.click(id("nav-overview"));
  await window.find(`${id("overview-set")}[data-state="warn"]`);
  await window.waitForText(id("problem"), /Diary 2026\.odt|1 file/);
  assert.deepEqual((await keysIn(window, "Documents/")).sort(), ["Documents/Ledger.ods", "Documents/Letter.docx"]);

  chmodSync(join(documents, "Private/Diary 2026.odt"), 0o600);
  await window.click(id("run-all"));
  await window.find(`${id("overview-set")}[data-state="ok"]`, 60_000);
  assert.equal((await keysIn(window, "Documents/")).length, 3);
});
