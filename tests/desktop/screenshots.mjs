// Takes the pictures of the README from the real window: tests/desktop/with-desktop.sh node tests/desktop/screenshots.mjs
// A home with invented folders is backed up for real; nothing on the pictures is drawn.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import { backUp, id, look, openApp, userFolders, waitUntil, writeTree } from "./scenario.mjs";

const OUT = fileURLToPath(new URL("../../docs/images", import.meta.url));
const HOME = join(mkdtempSync("/tmp/home."), "mara"); // a short path that looks like a person's on the pictures
const endings = [];
const t = { after: (end) => endings.unshift(end), windows: new Set() };

const photos = (month, from, count) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`2026/${month}/IMG_${from + n}.heic`, 180_000 + n * 3001]));
const DOCUMENTS = {
  "Contracts/Lease 2019.pdf": 1_200_000, "House/2026/Renovation budget.xlsx": 412_000, "House/2026/Offer Bergström.pdf": 1_100_000,
  "House/2026/Kitchen plans v3.pdf": 8_470_000, "House/2026/Building permit.pdf": 3_900_000, "House/2026/Floor plan scan.tiff": 11_000_000,
  "House/2026/Electrician quote.pdf": 212_000, "House/2026/Window seat.heic": 5_200_000, "House/2026/Neighbours letter.docx": 38_000,
  ...Object.fromEntries(Array.from({ length: 46 }, (_, n) => [`House/2026/Site visit/IMG_${2201 + n}.heic`, 534_200 + n * 977])),
  "School/Timetable autumn.pdf": 212_000, "Taxes/2025/Ledger.ods": 1_900_000, "Work/Invoices/2026-118.docx": 84_000,
};

async function picture(window, name) {
  for (const theme of ["light", "dark"]) {
    await window.run("document.documentElement.setAttribute('data-theme', arguments[0]); document.activeElement?.blur()", theme);
    await pause(400);
    await window.screenshot(join(OUT, `window-${name}-${theme}.png`));
  }
}

async function takeAll() {
  userFolders(HOME);
  const documents = writeTree(join(HOME, "Documents"), DOCUMENTS);
  const pictures = writeTree(join(HOME, "Pictures"), { ...photos("Iceland", 4471, 60), ...photos("Midsummer", 3100, 40) });
  const window = await openApp(t, HOME);
  await window.click(id("choose-computer"));
  await window.click(id("continue"));
  await window.find(`${id("test-result")}[data-state="passed"]`);
  await picture(window, "first-run");
  await window.click(id("continue"));
  await look(window, pictures);
  await backUp(window);
  await window.click(id("new-folder"));
  await window.click(id("delete-remote"));
  await look(window, documents);
  await backUp(window);

  rmSync(join(documents, "Work/Invoices/2026-118.docx"));
  writeTree(documents, { "House/2026/Renovation budget.xlsx": 418_000, "Taxes/2025/Ledger.ods": 1_910_000, "Notes.tmp": 900, "House/2026/Kitchen plans v4.pdf": 9_200_000, "School/Timetable winter.pdf": 209_000 });
  await window.click(id("look-again"));
  await window.find(id("plan-remove"));
  await picture(window, "backups");

  await window.click(id("nav-overview"));
  await window.find(id("cost"));
  await picture(window, "overview");
  await window.click(id("nav-restore"));
  await window.click(id("restore-open-Documents"));
  await window.click(id("restore-open-House"));
  await window.click(id("restore-open-2026"));
  for (const name of ["Site visit", "Renovation budget.xlsx", "Offer Bergström.pdf"]) await window.click(id(`restore-check-${name}`));
  await window.click(id("destination-original"));
  await window.find(id("conflicts"));
  await waitUntil("the totals", async () => /Restore \d/.test(await window.text(id("run-restore"))));
  await picture(window, "restore");
  await window.click(id("nav-activity"));
  await window.find(id("log-row"));
  await picture(window, "activity");
  await window.click(id("nav-settings"));
  await window.click(id("test-connection"));
  await window.find(`${id("test-result")}[data-state="passed"]`);
  await window.waitUntilGone(`${id("test-connection")}[aria-busy="true"]`);
  await picture(window, "settings");
}

mkdirSync(OUT, { recursive: true });
try {
  await takeAll();
} finally {
  for (const end of endings) await end();
  rmSync(join(HOME, ".."), { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
