// Each scene: a scenario of the host in memory, what is remembered, and the steps to the picture.
const day = (n) => new Date(Date.UTC(2026, 10, 20 - n)).toISOString().slice(0, 10);
const heights = [3, 7, 5, 9, 4, 6, 8, 2, 9, 5, 4, 7, 6, 3, 8, 5, 9, 4, 6, 7, 2, 5, 8, 6, 4, 9, 3, 7, 5, 6];
const days = (shift, part = []) => heights.map((_, n) => ({ day: day(29 - n), bytes: 10 ** (5 + heights[(n * 7 + shift) % 30] * 0.55), state: part.includes(29 - n) ? "part" : "complete" }));
const place = "s3:https://s3.eu-central-003.backblazeb2.com/lindqvist-keep/laptop/";
const folder = (name, path, minutes, state, part, shift) => ({
  path, prefix: name, name, place, rules: { hidden: false, remove: name === "Documents", excludes: [] },
  last: { at: new Date(Date.UTC(2026, 10, 20, 14, 8 - minutes)).toISOString(), state }, completeAt: state === "complete" ? new Date(Date.UTC(2026, 10, 20, 14, 8 - minutes)).toISOString() : "2026-11-16T12:00:00Z", days: days(shift, part),
});
export const remembered = {
  "holdfast.folders": JSON.stringify([folder("Studio projects", "/home/mara/Studio", 66, "partial", [0, 1, 2], 0), folder("Documents", "/home/mara/Documents", 11, "complete", [], 3), folder("Photos", "/home/mara/Pictures", 28, "complete", [], 11)]),
};

const fillProvider = async ({ page, id }) => {
  await id("choose-provider").check();
  await id("field-provider").click();
  await id("field-provider-b2").click();
  await id("field-bucket").fill("lindqvist-keep");
  await id("field-key-id").fill("0034f1c2a97be5d0000000002");
  await id("field-secret").fill("K003abcdefghijklmnop");
  await page.waitForTimeout(50);
};
const fillGateway = async ({ id }) => {
  await id("choose-gateway").check();
  await id("field-gateway-url").fill("https://backup.lindqvist.example");
  await id("field-gateway-key").fill("hfk_0123456789abcdef");
};
const planOf = async ({ id }) => { await id("nav-backup").click(); await id("hand-Documents").click(); await id("plan-sentence").waitFor(); };
const runIt = async (t) => { await planOf(t); await t.id("run-backup").click(); };
const pressCheck = async ({ id }) => {
  await id("more").click();
  await id("check").click();
};
const checkOf = async (t, depth) => { await planOf(t); await pressCheck(t); await t.id(`check-${depth}`).check(); };
const checkIt = async (t, depth) => { await checkOf(t, depth); await t.id("check-start").click(); };
const house = async ({ id }) => {
  await id("nav-restore").click();
  for (const name of ["Documents", "House", "2026"]) await id(`restore-open-${name}`).click();
  await id("restore-row-Site visit").waitFor();
};

const overview = async ({ id }) => { await id("headline").waitFor(); await id("cost").waitFor(); };
const setPlan = (name) => async ({ id }) => { await id("nav-backup").click(); await id(`folder-${name}`).click(); await id("plan-sentence").waitFor(); };
const setTab = (name, tab) => async (t) => { await t.id("nav-backup").click(); await t.id(`folder-${name}`).click(); await t.id(`tab-${tab}`).click(); await t.page.waitForTimeout(250); };

const archive = async (t) => { await t.id("nav-restore").click(); await t.id("restore-open-Photos").click(); await t.id("restore-check-2014").click(); if (t.page.viewportSize().width <= 1000) await t.id("selection").click(); };
const history = async ({ id }) => { await id("nav-history").click(); await id("history-line").first().waitFor(); };
const type = async ({ id, page }, text) => { await id("history-search").fill(text); await page.waitForTimeout(200); };
const details = async ({ id, page }) => { if (page.viewportSize().width <= 1000) { await id("history-details").click(); await page.waitForTimeout(250); } };
const CODE = "abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve acid acoustic acquire across act action actor actress actual";
const records = async ({ id }) => { await id("nav-records").click(); await id("person-Elsa Lindqvist").click(); await id("record-Ear infection").waitFor(); };
const recordsStart = (wanted) => async ({ id }) => { await id("nav-records").click(); await id(wanted).waitFor(); };
const openCare = async (t) => { if (t.page.viewportSize().width <= 1000) { await t.id("show-glance").click(); await t.page.waitForTimeout(250); } await t.id("open-care").click(); await t.id("care-panel").waitFor(); };
const glance = async (t) => { if (t.page.viewportSize().width <= 1000) { await t.id("show-glance").click(); await t.page.waitForTimeout(250); } };
const openShare = async (t) => { await glance(t); await t.id("open-share").click(); await t.id("share-panel").waitFor(); };
const share = async (t) => { await records(t); await openShare(t); await t.id("own-words").waitFor(); };
const KARIN_ID = "9c3ffae21b7d4c56a1e0d3b2c4f5a697";
const KARIN_WORDS = "timber rocket hollow canyon basket puzzle winter garlic salmon ticket frozen island";
const lookFor = async (t) => { await share(t); await t.id("share-add").click(); await t.id("known-name").fill("Karin"); await t.id("known-id").fill(KARIN_ID); await t.id("known-look").click(); await t.id("known-words").waitFor(); };
const newRecord = async (t, kind) => { await records(t); await t.id("add-record").click(); await t.id(`kind-${kind}`).click(); await t.id("save-record").waitFor(); };
export const scenes = [
  { name: "overview", scenario: "attention", act: async (t) => { await overview(t); await t.id("problem").waitFor(); } },
  { name: "overview-costs", scenario: "attention", act: async (t) => {
    await overview(t);
    await t.id("costs-by-set").click();
    await t.id("cost-table").waitFor();
    const [rows, all] = [await t.id("cost-row").count(), await t.id("cost-all").locator("td").last().innerText()];
    if (rows !== 6 || !/^\$\d+\.\d\d$/.test(all)) throw new Error(`${rows} rows, ${all} together`);
    await t.id("month-2026-07").focus();
    await t.page.keyboard.press("Enter");
    if (!(await t.id("cost-month").innerText()).includes("July 2026")) throw new Error("the chosen month is not told");
  } },
  { name: "overview-calm", scenario: "calm", act: overview },
  { name: "overview-failed", scenario: "failed", act: overview },
  { name: "overview-missed", scenario: "missed", act: overview },
  { name: "overview-paused", scenario: "paused", act: overview },
  { name: "overview-working", scenario: "working", act: async (t) => { await overview(t); await t.page.waitForTimeout(1600); } },
  { name: "overview-drill", scenario: "drill", act: overview },
  { name: "overview-drill-again", scenario: "drill", act: async (t) => {
    await overview(t);
    await t.id("problem-copyAgain").click();
    await t.page.waitForTimeout(1800);
    await t.id("nav-overview").click();
    await t.id("problem-drill").waitFor();
    if (!(await t.id("problem").innerText()).includes("sent anew")) throw new Error("nothing says that the copies were sent anew");
    await t.id("problem-drill").click();
    await t.id("problem").waitFor({ state: "detached", timeout: 30_000 });
    if (!(await t.id("headline").innerText()).startsWith("Everything is backed up")) throw new Error("the set is not well after a drill that passed");
  } },
  { name: "overview-broken", scenario: "broken", act: async (t) => {
    await overview(t);
    if ((await t.page.locator('[data-testid="overview-set"][data-state="bad"]').count()) !== 1) throw new Error("one set is red, the others are not");
    await t.id("problem-set").click();
    await t.id("schedule-cron").waitFor();
    await t.page.getByText("five parts").first().waitFor();
  } },
  { name: "overview-quiet", scenario: "quiet", act: async (t) => { await overview(t); await t.id("all-devices").click(); await t.id("devices-drawer").waitFor(); } },
  { name: "overview-many", scenario: "sets", act: overview },
  { name: "overview-empty", scenario: "bare", act: ({ id }) => id("overview-empty").waitFor() },
  { name: "overview-keyboard", scenario: "attention", act: async (t) => {
    await overview(t);
    const line = t.id("hold-Documents");
    if (t.page.viewportSize().width <= 760) return; // the line has no column there
    await line.focus();
    const said = async () => line.getAttribute("aria-valuetext");
    const last = await said();
    for (let n = 0; n < 3; n++) await t.page.keyboard.press("ArrowLeft");
    if ((await said()) === last || !/^\w{3} \d+ \w{3}: /.test(await said())) throw new Error(`the arrows name no day: ${await said()}`);
    if (!(await t.page.locator(".tipline").isVisible())) throw new Error("the day is not named on the page");
  } },
  { name: "overview-day", scenario: "attention", act: async (t) => { await overview(t); if (t.page.viewportSize().width <= 760) return; await t.id("hold-Studio projects").focus(); await t.page.keyboard.press("Enter"); await t.id("open-run").waitFor(); } },
  { name: "set-tabs", scenario: "attention", act: async (t) => { await setPlan("Documents")(t); await t.id("tab-next").focus(); await t.page.keyboard.press("ArrowRight"); await t.page.keyboard.press("ArrowRight"); await t.id("set-kept").waitFor(); } },
  { name: "set-check", scenario: "attention", act: async (t) => { await setPlan("Photos")(t); await pressCheck(t); await t.id("check-ask").waitFor(); } },
  { name: "set-plan", scenario: "attention", act: setPlan("Documents") },
  { name: "set-cost", scenario: "attention", act: async (t) => { await setPlan("Documents")(t); if (t.page.viewportSize().width > 1000) return; await t.id("see-cost").click(); await t.id("cost-drawer").waitFor(); await t.page.waitForTimeout(250); } },
  { name: "set-brake", scenario: "brake", act: setPlan("Documents") },
  { name: "set-history", scenario: "attention", act: setTab("Studio projects", "history") },
  { name: "set-kept", scenario: "attention", act: setTab("Documents", "kept") },
  { name: "set-rules", scenario: "attention", act: setTab("Documents", "rules") },
  { name: "set-schedule", scenario: "attention", act: setTab("Documents", "schedule") },
  { name: "set-new", scenario: "attention", act: async ({ id }) => { await id("nav-backup").click(); await id("new-folder").click(); await id("suggested-Music").click(); } },
  { name: "set-new-room", scenario: "attention", act: async ({ id, page }) => {
    if (page.viewportSize().width === 1280) await page.setViewportSize({ width: 1280, height: 900 });
    await id("nav-backup").click(); await id("new-folder").click(); await id("suggested-Music").click();
    const [all, seen] = await id("folder-path").evaluate((field) => { const column = field.closest(".scroll"); return [column.scrollHeight, column.clientHeight]; });
    if (page.viewportSize().width === 1280 && all > seen + 1) throw new Error(`the page scrolls although there is room: ${all} of ${seen}`);
  } },
  { name: "set-running", scenario: "working", act: async (t) => { await t.id("nav-backup").click(); await t.id("folder-Photos").click(); await t.page.waitForTimeout(1600); } },
  { name: "log", scenario: "attention", act: async (t) => { await t.id("nav-activity").click(); await t.id("open-run").waitFor(); await t.id("failures").waitFor(); } },
  { name: "log-working", scenario: "working", act: async (t) => { await t.id("nav-activity").click(); await t.page.waitForTimeout(1800); } },
  { name: "first-run-ask", scenario: "fresh", act: ({ id }) => id("choose-provider").waitFor() },
  { name: "first-run-computer", scenario: "fresh", act: async ({ id, page }) => { await id("choose-computer").check(); await id("continue").click(); await page.locator('[data-testid="test-result"][data-state="passed"]').waitFor(); } },
  { name: "first-run-provider", scenario: "fresh", act: async (t) => { await fillProvider(t); await t.id("test-connection").click(); await t.page.locator('[data-testid="test-result"][data-state="passed"]').waitFor(); } },
  { name: "first-run-refused", scenario: "refused", act: async (t) => { await fillProvider(t); await t.id("continue").click(); await t.id("place-error").waitFor(); await t.id("place-error").scrollIntoViewIfNeeded(); } },
  { name: "first-run-gateway", scenario: "fresh", act: async (t) => { await fillGateway(t); await t.id("test-connection").click(); await t.page.locator('[data-testid="test-result"][data-state="passed"]').waitFor(); } },
  { name: "first-run-gateway-refused", scenario: "refused", act: async (t) => { await fillGateway(t); await t.id("continue").click(); await t.id("place-error").waitFor(); await t.id("place-error").scrollIntoViewIfNeeded(); } },
  { name: "first-run-gateway-missing", scenario: "fresh", act: async ({ id }) => { await id("choose-gateway").check(); await id("advanced").click(); await id("continue").click(); } },
  { name: "first-run-missing", scenario: "fresh", act: async ({ id }) => { await id("choose-provider").check(); await id("field-provider").click(); await id("field-provider-minio").click(); await id("advanced").click(); await id("continue").click(); } },
  { name: "first-run-folder", scenario: "fresh", act: async ({ id, page }) => { await id("choose-computer").check(); await id("continue").click(); await page.locator('[data-testid="test-result"][data-state="passed"]').waitFor(); await id("continue").click(); await id("suggested-Documents").click(); } },
  { name: "first-run-when", scenario: "fresh", act: async ({ id, page }) => { await id("choose-computer").check(); await id("continue").click(); await page.locator('[data-testid="test-result"][data-state="passed"]').waitFor(); await id("continue").click(); await id("suggested-Documents").click(); await id("choose-when").click(); await id("when-daily").check(); } },
  { name: "set-held", scenario: "attention", act: async ({ id }) => { await id("nav-backup").click(); await id("new-folder").click(); await id("folder-path").fill("/home/mara/Music"); await id("when-change").check(); await id("preview").click(); await id("plan-sentence").waitFor(); await id("held").waitFor(); } },
  { name: "backup-pick", scenario: "default", act: async ({ id }) => { await id("nav-backup").click(); await id("new-folder").click(); await id("suggested-Documents").click(); } },
  { name: "backup-plan", scenario: "default", storage: remembered, act: planOf },
  { name: "backup-to-set", scenario: "bare", storage: remembered, act: async (t) => { await planOf(t); await t.id("to-set").click(); await t.id("schedule-words").waitFor(); } },
  { name: "backup-brake", scenario: "brake", storage: remembered, act: planOf },
  { name: "backup-nothing", scenario: "nothing", storage: remembered, act: planOf },
  { name: "backup-running", scenario: "steady", storage: remembered, act: async (t) => { await runIt(t); await t.page.waitForTimeout(2600); } },
  { name: "backup-complete", scenario: "default", storage: remembered, act: async (t) => { await runIt(t); await t.id("result").waitFor(); } },
  { name: "backup-partial", scenario: "partial", storage: remembered, act: async (t) => { await runIt(t); await t.id("result").waitFor(); } },
  { name: "backup-failed", scenario: "fail", storage: remembered, act: async (t) => { await runIt(t); await t.id("result").waitFor(); } },
  { name: "backup-cancelled", scenario: "slow", storage: remembered, act: async (t) => { await runIt(t); await t.page.waitForTimeout(400); await t.id("cancel").click(); await t.id("result").waitFor(); } },
  { name: "check-ask", scenario: "default", storage: remembered, act: (t) => checkOf(t, "quick") },
  { name: "check-sample", scenario: "default", storage: remembered, act: async (t) => { await checkOf(t, "sample"); await t.id("check-percent").fill("0"); } },
  { name: "check-running", scenario: "steady", storage: remembered, act: async (t) => { await checkIt(t, "full"); await t.page.waitForTimeout(2600); } },
  { name: "check-list-running", scenario: "steady", storage: remembered, act: async (t) => { await checkIt(t, "quick"); await t.page.waitForTimeout(2600); } },
  { name: "check-there", scenario: "default", storage: remembered, act: async (t) => { await checkIt(t, "quick"); await t.id("result").waitFor(); } },
  { name: "check-proven", scenario: "default", storage: remembered, act: async (t) => { await checkIt(t, "full"); await t.id("result").waitFor(); } },
  { name: "check-sampled", scenario: "default", storage: remembered, act: async (t) => { await checkIt(t, "sample"); await t.id("result").waitFor(); } },
  { name: "check-wrong", scenario: "partial", storage: remembered, act: async (t) => { await checkIt(t, "full"); await t.id("result").waitFor(); } },
  { name: "check-failed", scenario: "fail", storage: remembered, act: async (t) => { await checkIt(t, "quick"); await t.id("result").waitFor(); } },
  { name: "check-cancelled", scenario: "slow", storage: remembered, act: async (t) => { await checkIt(t, "full"); await t.page.waitForTimeout(400); await t.id("cancel").click(); await t.id("result").waitFor(); } },
  { name: "activity-check", scenario: "partial", storage: remembered, act: async (t) => { await checkIt(t, "full"); await t.id("result").waitFor(); await t.id("nav-activity").click(); await t.id("log-row").first().waitFor(); } },
  { name: "restore-browse", scenario: "default", storage: remembered, act: house },
  { name: "restore-conflict", scenario: "default", storage: remembered, act: async (t) => {
    await house(t);
    for (const name of ["Site visit", "Renovation budget.xlsx", "Offer Bergström.pdf"]) await t.id(`restore-check-${name}`).click();
    if (t.page.viewportSize().width <= 1000) await t.id("selection").click();
    await t.id("conflicts").waitFor(); await t.page.waitForTimeout(700);
  } },
  { name: "restore-many", scenario: "many", storage: remembered, act: async (t) => { await house(t); await t.id("restore-row-Site visit").click(); await t.id("restore-row-Floor plan scan.tiff").click({ modifiers: ["Shift"] }); } },
  { name: "restore-done", scenario: "default", storage: remembered, act: async (t) => {
    await house(t);
    await t.id("restore-check-Site visit").click();
    if (t.page.viewportSize().width <= 1000) await t.id("selection").click();
    await t.page.locator('[data-testid="run-restore"]:not([disabled])').click({ timeout: 8000 }); await t.id("result").waitFor();
  } },
  { name: "restore-keyboard", scenario: "default", storage: remembered, act: async (t) => {
    await house(t);
    await t.id("restore-row-Site visit").focus();
    for (const key of ["ArrowDown", "Space", "Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown"]) await t.page.keyboard.press(key);
    const ticked = await t.page.locator('[role="row"][aria-selected="true"]').count();
    if (ticked !== 4) throw new Error(`Space and Shift with the arrows ticked ${ticked} rows, not 4`);
    await t.page.keyboard.press("F6");
    if (t.page.viewportSize().width > 1000 && !(await t.page.evaluate(() => !!document.activeElement.closest(".take")))) throw new Error("F6 did not move to the next column");
  } },
  { name: "restore-partly", scenario: "attention", act: async (t) => {
    await t.id("nav-restore").click(); await t.id("restore-place").click(); await t.id("restore-set-Documents").click();
    for (const name of ["House", "2026", "Site visit"]) await t.id(`restore-open-${name}`).click();
    await t.id("restore-check-IMG_2202.heic").click(); await t.id("tree-2026").click(); await t.id("restore-check-Renovation budget.xlsx").click();
    for (const name of ["House", "2026", "Site visit"]) if ((await t.id(`tree-${name}`).locator("[data-mark]").getAttribute("data-mark")) !== "some") throw new Error(`the tree does not say that a part of ${name} is ticked`);
    if (!(await t.id("restore-check-Site visit").evaluate((box) => box.indeterminate))) throw new Error("a folder of which a part is ticked has no half tick");
    await t.id("restore-row-Renovation budget.xlsx").hover(); await t.id("versions-Renovation budget.xlsx").click(); await t.id("version-v2").click();
    if ((await t.id("size-Renovation budget.xlsx").innerText()) !== "377 KB") throw new Error(`the row says ${await t.id("size-Renovation budget.xlsx").innerText()}`);
    await t.page.mouse.move(10, 500); await t.page.waitForTimeout(500);
  } },
  { name: "restore-columns", scenario: "default", storage: remembered, act: async (t) => {
    await house(t);
    const inside = () => t.page.evaluate(() => [...document.querySelectorAll("[data-column]")].findIndex((one) => one.contains(document.activeElement)));
    await t.id("nav-restore").focus();
    const seen = [];
    do { await t.page.keyboard.press("F6"); seen.push(await inside()); } while (seen.at(-1) !== 0 && seen.length < 9);
    if (seen.at(-1) !== 0 || new Set(seen).size !== seen.length) throw new Error(`F6 went through the columns ${seen}, and not once around`);
  } },
  { name: "overview-leave-out", scenario: "attention", act: async (t) => {
    await t.id("problem-leaveOut").click();
    if (!(await t.id("leave-out-dialog").textContent()).includes("Clients/Norrsken/Stems.zip")) throw new Error("the files are not named");
    await t.page.waitForTimeout(200);
  } },
  { name: "new-set-same-name", scenario: "attention", act: async (t) => {
    await t.id("nav-backup").click(); await t.id("new-folder").click(); await t.id("folder-path").fill("/mnt/old laptop/Documents");
    const name = await t.id("new-set-name").inputValue();
    if (name !== "Documents (old laptop)") throw new Error(`the new set is called ${name}`);
    await t.id("new-set-name").scrollIntoViewIfNeeded();
  } },
  { name: "first-run-stale-failure", scenario: "refused", act: async (t) => {
    await fillProvider(t); await t.id("test-connection").click();
    await t.page.locator('[data-testid="test-result"][data-state="failed"]').waitFor();
    await t.id("choose-gateway").check();
    await t.page.locator('[data-testid="test-result"][data-state="none"]').waitFor();
    if ((await t.id("field-gateway-url").inputValue()) !== "") throw new Error("the gateway's address is filled in");
  } },
  { name: "activity-stalled", scenario: "stalled", act: async (t) => {
    await t.id("nav-backup").click(); await t.id("folder-Photos").click(); await t.id("plan-sentence").waitFor(); await t.id("run-backup").click();
    await t.id("nav-activity").click(); await t.id("speed").waitFor(); await t.page.waitForTimeout(1200);
    await t.page.clock.fastForward(7000); await t.id("run-notice").waitFor();
    if (/ left|\/s/.test(await t.id("progress").innerText())) throw new Error(`a run that does not move has a time and a speed: ${await t.id("progress").innerText()}`);
    if (!/^No progress at .+ for \d+ s\. It may be slow or away/.test(await t.id("run-notice").innerText())) throw new Error(await t.id("run-notice").innerText());
  } },
  { name: "activity-paused", scenario: "steady", act: async (t) => {
    await t.id("nav-backup").click(); await t.id("folder-Photos").click(); await t.id("plan-sentence").waitFor(); await t.id("run-backup").click();
    await t.id("nav-activity").click(); await t.id("speed").waitFor(); await t.id("pause").click();
    await t.page.waitForTimeout(300);
    const said = `${await t.id("progress").textContent()} ${await t.id("state-line").textContent()}`;
    if (/ left|\/s/.test(said) || !/Paused/.test(said)) throw new Error(`a paused run says ${said}`);
  } },
  { name: "backup-brake-list", scenario: "brake", storage: remembered, act: async (t) => { await planOf(t); await t.id("brake-see").click(); } },
  { name: "restore-asof", scenario: "attention", act: async (t) => {
    await t.id("nav-restore").click(); await t.id("restore-place").click(); await t.id("restore-set-Documents").click();
    for (let n = 0; n < 6; n++) { await t.id("earlier").click(); await t.page.waitForTimeout(60); }
    await t.page.waitForTimeout(500);
    for (const name of ["House", "2026"]) await t.id(`restore-open-${name}`).click();
    await t.id("restore-check-Site visit").click(); await t.id("restore-check-Renovation budget.xlsx").click(); await t.id("restore-check-Offer Bergström.pdf").click();
    await t.id("restore-row-Renovation budget.xlsx").hover(); await t.id("versions-Renovation budget.xlsx").click(); await t.id("version-list").waitFor();
    await t.page.mouse.move(10, 500); await t.page.waitForTimeout(700);
  } },
  { name: "restore-search", scenario: "attention", act: async (t) => { await t.id("nav-restore").click(); await t.id("restore-row-Documents").waitFor(); await t.page.keyboard.press("/"); await t.id("search").fill("img 22"); await t.id("restore-row-IMG_2201.heic").waitFor(); } },
  { name: "restore-unversioned", scenario: "nothing", act: async (t) => { await t.id("nav-restore").click(); await t.id("restore-row-Documents").waitFor(); await t.id("as-of").waitFor(); } },
  { name: "restore-archive", scenario: "attention", act: async (t) => { await t.id("nav-restore").click(); await t.id("restore-place").click(); await t.id("restore-set-Documents").click(); await t.id("restore-open-Contracts").click(); await t.id("restore-check-Lease 2019.pdf").click(); if (t.page.viewportSize().width <= 1000) await t.id("selection").click(); await t.id("thaw").waitFor(); } },
  { name: "restore-archive-many", scenario: "archive", act: async (t) => { await archive(t); await t.id("thaw-now").waitFor(); } },
  { name: "restore-archive-asked", scenario: "archive", act: async (t) => { await archive(t); await t.id("thaw-now").click(); await t.id("thaw-stop").click(); await t.id("thaw-result").waitFor(); await t.id("thaw-now").waitFor(); } },
  { name: "restore-empty", scenario: "empty", storage: remembered, act: async ({ id }) => { await id("nav-restore").click(); await id("restore-empty").waitFor(); } },
  { name: "activity-running", scenario: "steady", storage: remembered, act: async (t) => { await runIt(t); await t.page.waitForTimeout(2600); await t.id("nav-activity").click(); } },
  { name: "activity-log", scenario: "partial", storage: remembered, act: async (t) => { await runIt(t); await t.id("result").waitFor(); await t.id("nav-activity").click(); await t.id("log-row").first().waitFor(); } },
  { name: "activity-empty", scenario: "nothing", storage: remembered, act: async ({ id }) => { await id("nav-activity").click(); } },
  { name: "activity-dialog", scenario: "default", storage: remembered, act: async ({ id }) => { await id("nav-activity").click(); await id("abort-uploads").click(); await id("abort-dialog").waitFor(); } },
  { name: "activity-silent", scenario: "silent", storage: remembered, act: async ({ id }) => { await id("nav-activity").click(); await id("unfinished-error").first().scrollIntoViewIfNeeded(); } },
  { name: "complaint", complains: true, scenario: "silent", storage: remembered, act: async ({ id, page }) => { await id("nav-settings").click(); await page.evaluate(() => void Promise.reject({ kind: "ConfigError", code: "place_in_use", message: "the place “cloud” is used by “Photos”", hint: "choose another place for it, or remove it first; copies stay where they are", retryable: false })); await id("complaint").waitFor(); } },
  { name: "settings-moved", scenario: "attention", act: async ({ id }) => { await id("nav-settings").click(); await id("settings-move").click(); await id("import-settings").click(); await id("imported").waitFor(); } },
  { name: "history", scenario: "attention", act: async (t) => { await history(t); await type(t, "restic OR rclone sync"); if (await t.page.evaluate(() => document.activeElement?.dataset.testid) !== "history-search") throw new Error("the field has not the focus on arrival"); } },
  { name: "history-all", scenario: "attention", act: async (t) => { await history(t); await details(t); await t.id("history-numbers").scrollIntoViewIfNeeded(); } },
  { name: "history-million", scenario: "history-million", act: async (t) => { await history(t); await type(t, "git"); for (let n = 0; n < 30; n++) await t.page.keyboard.press("PageDown"); await t.page.waitForTimeout(200); } },
  { name: "history-keyboard", scenario: "attention", act: async (t) => {
    await history(t); await type(t, "restic");
    await t.page.keyboard.press("ArrowDown"); await t.page.keyboard.press("ArrowDown");
    const on = async () => t.page.locator('[role="option"][aria-selected="true"]').getAttribute("data-index");
    if ((await on()) !== "2") throw new Error(`the arrows reached ${await on()}, not 2`);
    await t.page.keyboard.press("Delete"); await t.id("history-delete-dialog").waitFor();
  } },
  { name: "history-deleted", scenario: "attention", act: async (t) => {
    await history(t); await type(t, "restic forget");
    const before = await t.id("history-line").count();
    await t.page.keyboard.press("Delete"); await t.id("history-delete-dialog-also").click(); await t.id("toast").waitFor(); await t.page.waitForTimeout(150);
    const after = await t.id("history-line").count();
    if (before !== 2 || after !== 0) throw new Error(`${before} commands before, ${after} after`);
  } },
  { name: "history-failed", scenario: "attention", act: async (t) => { await history(t); await t.id("history-failed").click(); await t.page.waitForTimeout(150); await t.id("history-line").nth(1).click(); await t.page.waitForTimeout(100); await details(t); } },
  { name: "history-redact", scenario: "attention", act: async (t) => { await history(t); await type(t, "tulip"); await details(t); await t.id("history-redact").click(); await t.id("redact-part").fill("tulip-42-north"); await t.id("redact-preview").waitFor(); await t.id("redact-replace").scrollIntoViewIfNeeded(); } },
  { name: "history-filter", scenario: "attention", act: async (t) => { await history(t); await t.id("history-device").click(); await t.id("history-host-studio-nas").click(); await t.id("history-time").click(); await t.id("history-time-week").click(); await t.page.waitForTimeout(250); } },
  { name: "history-none", scenario: "attention", act: async (t) => { await history(t); await type(t, "nobody typed this"); await t.id("history-none").waitFor(); } },
  { name: "history-panel", scenario: "attention", act: async (t) => { await history(t); await t.id("history-sync").click(); await t.id("history-deletion").first().waitFor(); await t.id("sync-now").click(); await t.page.waitForTimeout(350); } },
  { name: "history-words", scenario: "attention", act: async (t) => { await history(t); await t.id("history-sync").click(); await t.id("show-words").click(); await t.id("show-words-dialog").waitFor(); } },
  { name: "history-stuck", scenario: "history-stuck", act: async (t) => { await history(t); await t.id("history-sync").click(); await t.id("sync-problem").waitFor(); } },
  { name: "history-paused", scenario: "history-paused", act: async (t) => { await history(t); await t.id("history-paused").waitFor(); } },
  { name: "history-slow", scenario: "history-slow", act: history },
  { name: "history-alone", scenario: "history-alone", act: async (t) => { await history(t); await t.id("history-share").waitFor(); } },
  { name: "history-quiet", scenario: "history-quiet", act: async ({ id }) => { await id("nav-history").click(); await id("history-empty").waitFor(); await id("history-how").click(); await id("history-hook").waitFor(); } },
  { name: "history-first", scenario: "history-new", act: async ({ id }) => { await id("nav-history").click(); await id("history-setup").waitFor(); await id("import-zsh").waitFor(); } },
  { name: "history-joined", scenario: "history-new", act: async ({ id }) => { await id("nav-history").click(); await id("join").click(); await id("history-joined").waitFor(); } },
  { name: "history-others", scenario: "history-others", act: async ({ id, page }) => { await id("nav-history").click(); await id("join").click(); await id("join-others").waitFor(); await id("join-have-words").click(); await id("join-words").fill("abandon ability able"); await page.waitForTimeout(50); } },
  { name: "records", scenario: "attention", act: records },
  { name: "records-person", scenario: "attention", act: async (t) => { await records(t); await t.id("person-Grandpa Olle").click(); await t.id("record-Apixaban").waitFor(); if (t.page.viewportSize().width <= 1000) { await t.id("show-glance").click(); await t.page.waitForTimeout(250); } } },
  { name: "records-kind", scenario: "attention", act: async (t) => { await records(t); await t.page.getByRole("button", { name: "Visits", exact: true }).click(); await t.page.waitForTimeout(150); const shown = await t.id("record-line").count(); if (shown !== 3) throw new Error(`${shown} visits, not 3`); } },
  { name: "records-record", scenario: "attention", act: async (t) => { await records(t); await t.id("record-Blood count").click(); await t.id("edit-record").waitFor(); await t.id("versions").click(); await t.id("version").waitFor(); } },
  { name: "records-profile", scenario: "attention", act: async (t) => { await records(t); await t.id("profile").click(); await t.id("edit-record").waitFor(); } },
  { name: "records-pick", scenario: "attention", act: async (t) => { await records(t); await t.id("add-record").click(); await t.id("kind-visit").waitFor(); } },
  { name: "records-new", scenario: "attention", act: async (t) => { await newRecord(t, "medication"); await t.id("field-medicationCodeableConcept").fill("Cetirizine"); await t.id("field-dosage").fill("5 mg in the evening"); } },
  { name: "records-held", scenario: "attention", act: async (t) => { await newRecord(t, "note"); await t.id("field-title").fill("Fever since Monday"); await t.page.clock.fastForward(11 * 60_000); await t.id("locks-in").waitFor(); } },
  { name: "records-held-choice", scenario: "attention", act: async (t) => { await newRecord(t, "allergy"); await t.id("field-criticality").click(); await t.id("field-criticality-high").click(); await t.page.clock.fastForward(11 * 60_000); await t.id("locks-in").waitFor(); } },
  { name: "records-faults", scenario: "attention", act: async (t) => { await newRecord(t, "result"); await t.id("field-effectiveDateTime").fill("yesterday"); await t.id("field-valueQuantity").fill("many"); await t.id("save-record").click(); await t.page.waitForTimeout(100); if (!(await t.id("record-editor").isVisible())) throw new Error("it was saved"); } },
  { name: "records-files", scenario: "attention", act: async (t) => {
    await newRecord(t, "document"); await t.id("field-description").fill("Passport");
    await t.page.evaluate(() => { const data = new DataTransfer(); data.items.add(new File([new Uint8Array(1200)], "Passport.png", { type: "image/png" })); const at = document.querySelector("[data-testid=drop-files]"); for (const type of ["dragover", "drop"]) at.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data })); });
    await t.page.locator("[data-testid=record-editor] [data-testid=file-chip]").waitFor(); await t.id("attach").click(); await t.page.waitForTimeout(200); await t.id("drop-files").scrollIntoViewIfNeeded();
  } },
  { name: "records-saved", scenario: "attention", act: async (t) => { await newRecord(t, "allergy"); await t.id("field-code").fill("Peanuts"); await t.id("field-criticality").click(); await t.id("field-criticality-high").click(); await t.id("save-record").click(); await t.id("record-Peanuts").waitFor(); await t.id("toast").waitFor(); } },
  { name: "records-person-edit", scenario: "attention", act: async (t) => { await records(t); await t.id("profile").click(); await t.id("edit-record").click(); await t.id("field-contact-0-name").waitFor(); await t.id("field-contact-0-name").scrollIntoViewIfNeeded(); } },
  { name: "records-decide", scenario: "attention", act: async (t) => { await records(t); await t.id("choose-Azithromycin").click(); await t.id("decide-panel").waitFor(); } },
  { name: "records-profile-conflict", scenario: "records-profile-conflict", act: async (t) => { await records(t); await t.id("choose-profile").click(); await t.id("decide-panel").waitFor(); await t.page.keyboard.press("Escape"); await t.id("decide-panel").waitFor({ state: "detached" }); await t.id("records-conflicts").click(); await t.id("decide-panel").waitFor(); await t.page.keyboard.press("Escape"); await t.page.waitForTimeout(200); } },
  { name: "records-decided", scenario: "attention", act: async (t) => { await records(t); await t.id("choose-Azithromycin").click(); await t.page.locator("label", { has: t.id("pick-dosage-1") }).click(); await t.id("merge").click(); await t.id("toast").waitFor(); if ((await t.id("record-conflict").count()) !== 0) throw new Error("it is still undecided"); } },
  { name: "records-both", scenario: "attention", act: async (t) => { await records(t); await t.id("choose-Azithromycin").click(); await t.id("keep-both").click(); await t.id("toast").waitFor(); await t.page.waitForTimeout(150); const kept = await t.id("record-Azithromycin").count(); if (kept !== 2) throw new Error(`${kept} records, not 2`); } },
  { name: "records-image", scenario: "attention", act: async (t) => { await records(t); await t.id("file-Form page 1.jpg").click(); await t.id("preview-image").waitFor(); } },
  { name: "records-camera", scenario: "records-camera", act: async (t) => {
    await records(t); await t.id("thumb-IMG_0413.jpg").waitFor(); await t.id("file-Form page 1.jpg").scrollIntoViewIfNeeded(); await t.id("thumb-Form page 1.jpg").waitFor();
    const [above, below] = await t.id("thumb-IMG_0413.jpg").first().evaluate((canvas) => [0.25, 0.75].map((part) => [...canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height * part, 1, 1).data]));
    if (above[0] < 150 || above[2] > 100 || below[2] < 150 || below[0] > 100) throw new Error(`the photo is not turned as the camera says: ${above} above ${below}`);
    if ((await t.id("thumb-IMG_0412.HEIC").count()) !== 0) throw new Error("HEIC was drawn");
    await t.id("file-IMG_0413.jpg").scrollIntoViewIfNeeded();
  } },
  { name: "records-gallery", scenario: "records-camera", act: async (t) => { await records(t); await t.id("record-School health form").click(); await t.page.locator("[data-testid=record-drawer] canvas").nth(2).waitFor(); } },
  { name: "records-heic", scenario: "records-camera", act: async (t) => { await records(t); await t.id("file-IMG_0412.HEIC").click(); await t.id("preview-undrawn").waitFor(); if (!/HEIC cannot be shown/.test(await t.id("preview-undrawn").innerText())) throw new Error("it does not say why"); await t.id("undrawn-copy").click(); await t.id("copy-dialog").waitFor(); } },
  { name: "records-thumbs-locked", scenario: "records-camera", act: async (t) => { await records(t); await t.id("thumb-IMG_0413.jpg").waitFor(); await t.id("lock-records").click(); await t.id("records-shut").waitFor(); if ((await t.page.locator("canvas").count()) !== 0) throw new Error("a picture stands on the locked page"); } },
  { name: "records-pdf", scenario: "attention", act: async (t) => { await records(t); await t.id("file-Lab report.pdf").click(); await t.page.locator('[data-testid="preview-pdf"][data-pages="1"]').waitFor(); } },
  { name: "records-search", scenario: "attention", act: async (t) => { await records(t); await t.page.keyboard.press("/"); await t.id("records-search").fill("dr holm"); await t.id("found-Seven year check").waitFor(); } },
  { name: "records-unfound", scenario: "attention", act: async (t) => { await records(t); await t.id("records-search").fill("nobody wrote this"); await t.id("records-found").waitFor(); } },
  { name: "records-sheet", scenario: "attention", act: async (t) => { await records(t); await t.id("person-Grandpa Olle").click(); await t.id("record-Apixaban").waitFor(); await t.id("emergency-sheet").click(); await t.id("sheet").waitFor(); } },
  ...[["records-paper", "attention"], ["records-paper-long", "records-long"]].map(([name, scenario]) => ({ name, scenario, act: async (t) => {
    await records(t); await t.id("person-Grandpa Olle").click(); await t.id("record-Apixaban").waitFor(); await t.id("emergency-sheet").click(); await t.id("sheet").waitFor();
    await t.page.emulateMedia({ media: "print", colorScheme: "dark" });
    const paper = (await t.page.pdf({ preferCSSPageSize: true })).toString("latin1");
    const pages = paper.match(/\/Type\s*\/Page\b(?!s)/g)?.length;
    if (pages !== 1) throw new Error(`the sheet is printed on ${pages} pages`);
    if (await t.id("print-sheet").isVisible() || await t.id("nav-records").isVisible()) throw new Error("more than the sheet is printed");
    const colours = await t.id("sheet").evaluate((node) => [getComputedStyle(node).color, getComputedStyle(node).backgroundColor]);
    if (colours.join() !== "rgb(0, 0, 0),rgb(255, 255, 255)") throw new Error(`the sheet is printed in ${colours}`);
    await t.page.emulateMedia({ media: "screen", colorScheme: null });
  } })),
  { name: "records-share", scenario: "records-shared", act: share },
  { name: "records-share-words", scenario: "attention", act: async (t) => { await share(t); await t.id("own-id").scrollIntoViewIfNeeded(); } },
  { name: "records-share-computers", scenario: "attention", act: async (t) => { await share(t); await t.id("computer-Old tablet").scrollIntoViewIfNeeded(); } },
  { name: "records-sees", scenario: "attention", act: async (t) => { await records(t); await glance(t); await t.id("who-sees").scrollIntoViewIfNeeded(); const said = await t.id("who-sees").innerText(); if (!/You\s+owner[\s\S]*Aunt Petra\s+until 1 Jan 2027[\s\S]*Ben\s+can edit/.test(said)) throw new Error(`who sees it: ${said}`); } },
  { name: "records-alone", scenario: "records-alone", act: async (t) => { await records(t); await openShare(t); await t.id("share-nobody").waitFor(); } },
  { name: "records-with-me", scenario: "records-empty", act: async (t) => { await recordsStart("records-empty")(t); await t.id("shared-with-me").click(); await t.id("share-nobody").waitFor(); } },
  { name: "records-add-known", scenario: "attention", act: async (t) => { await share(t); await t.id("share-add").click(); await t.id("known-name").fill("Karin"); await t.id("known-id").fill("9c3f"); await t.id("known-id").press("Enter"); await t.page.waitForTimeout(100); if (!(await t.page.getByText("An id has 32 letters").isVisible())) throw new Error("an id that is none was taken"); } },
  { name: "records-add-nobody", scenario: "attention", act: async (t) => { await share(t); await t.id("share-add").click(); await t.id("known-name").fill("Karin"); await t.id("known-id").fill(KARIN_ID.replace("9c3f", "9c3e")); await t.id("their-url").check(); await t.id("their-store").fill("s3://karin/family?region=eu-north-1"); await t.id("known-look").click(); await t.id("look-error").waitFor(); await t.id("look-error").scrollIntoViewIfNeeded(); } },
  { name: "records-hear", scenario: "attention", act: async (t) => { await lookFor(t); await t.id("known-words").fill("timber rocket hollow canyon"); const said = await t.id("share-panel").innerText(); if (said.includes("island")) throw new Error("the words that were found are shown"); } },
  { name: "records-differ", scenario: "attention", act: async (t) => { await lookFor(t); await t.id("known-words").fill(KARIN_WORDS.replace("puzzle", "puddle")); await t.id("known-compare").click(); await t.page.getByText("These are not the words of the key").waitFor(); } },
  { name: "records-known", scenario: "attention", act: async (t) => { await lookFor(t); await t.id("known-words").fill(KARIN_WORDS); await t.id("known-compare").click(); await t.id("share-said").waitFor(); } },
  { name: "records-give", scenario: "attention", act: async (t) => { await share(t); await t.id("give-Aunt Petra").click(); await t.id("give-write").check(); await t.id("give-long").click(); await t.id("give-long-day").click(); await t.id("give-day").fill("tomorrow"); await t.id("give-go").click(); await t.page.getByText("Write a day to come").waitFor(); } },
  { name: "records-given", scenario: "attention", act: async (t) => { await share(t); await t.id("give-Ben").click(); await t.id("give-what").click(); await t.id("give-what-01100000-0000-4000-8000-000000000031").click(); await t.id("give-go").click(); await t.id("share-said").waitFor(); } },
  { name: "records-fetched", scenario: "attention", act: async (t) => { await share(t); await t.id("fetch-Ben").click(); await t.id("share-said").waitFor(); await t.id("grant-Nils Berg-letgo").waitFor(); } },
  { name: "records-fetch-none", scenario: "attention", act: async (t) => { await share(t); await t.id("fetch-Aunt Petra").click(); await t.id("share-said").waitFor(); } },
  { name: "records-end", scenario: "attention", act: async (t) => { await share(t); await t.id("grant-Elsa Lindqvist-end").last().getByRole("button").click(); await t.page.getByText("Nothing takes those back").waitFor(); } },
  { name: "records-ended", scenario: "attention", act: async (t) => { await share(t); await t.id("grant-Elsa Lindqvist-end").last().getByRole("button").click(); await t.id("end-go").click(); await t.id("reseal").click(); await t.id("resealed").waitFor(); } },
  { name: "records-let-go", scenario: "records-shared", act: async (t) => { await share(t); await t.id("letgo-Nils Berg").click(); await t.id("letgo-dialog").waitFor(); } },
  { name: "records-lose", scenario: "attention", act: async (t) => { await share(t); await t.id("lost-Jonas's phone").click(); await t.id("lose-words").fill(CODE.replace("able", "zebra")); await t.id("lose-go").click(); await t.id("lose-error").waitFor(); } },
  { name: "records-lost", scenario: "attention", act: async (t) => { await share(t); await t.id("lost-Old tablet").click(); await t.id("lose-words").fill(CODE); await t.id("lose-go").click(); await t.id("compare-again").waitFor(); } },
  { name: "records-of-ben", scenario: "records-shared", act: async (t) => { await records(t); await t.id("person-Nils Berg").click(); await t.id("read-only").waitFor(); if ((await t.id("add-record").count()) !== 0) throw new Error("what may only be read has a button to add"); await t.id("person-Vera Berg").click(); await t.id("add-record").waitFor(); await t.id("person-Nils Berg").click(); await t.id("read-only").waitFor(); } },
  { name: "records-of-ben-record", scenario: "records-shared", act: async (t) => { await records(t); await t.id("person-Nils Berg").click(); await t.id("record-Asthma check").click(); await t.id("versions").waitFor(); for (const deed of ["edit-record", "delete-record"]) if ((await t.id(deed).count()) !== 0) throw new Error(`what may only be read shows ${deed}`); } },
  { name: "records-of-ended", scenario: "records-ended", act: async (t) => { await records(t); await t.id("person-Vera Berg").click(); await t.id("read-only").waitFor(); await glance(t); } },
  { name: "records-setback", scenario: "records-setback", act: async (t) => { await records(t); await openCare(t); await t.id("sync-records").click(); await t.page.waitForTimeout(250); await t.page.keyboard.press("Escape"); await t.id("records-problems").scrollIntoViewIfNeeded(); } },
  { name: "records-unproven", scenario: "records-setback", act: async (t) => { await records(t); await openCare(t); await t.id("verify-records").click(); await t.id("verify-set-back").waitFor(); await t.id("verify-unproven").scrollIntoViewIfNeeded(); } },
  { name: "records-care", scenario: "records-due", act: async (t) => { await records(t); await openCare(t); await t.id("drill").click(); await t.id("drill-words").fill(CODE); await t.id("drill-check").click(); await t.id("drill-done").waitFor(); await t.id("verify-records").click(); await t.id("verified").waitFor(); } },
  { name: "records-due", scenario: "records-due", act: async (t) => { await records(t); if (t.page.viewportSize().width <= 1000) { await t.id("show-glance").click(); await t.page.waitForTimeout(250); } await t.id("code-due").scrollIntoViewIfNeeded(); } },
  { name: "records-care-top", scenario: "records-due", act: async (t) => { await records(t); await openCare(t); await t.id("sync-records").click(); await t.page.waitForTimeout(250); } },
  { name: "records-shares", scenario: "attention", act: async (t) => { await records(t); await openCare(t); await t.id("split").click(); await t.id("drill-words").fill(CODE); await t.id("drill-check").click(); await t.id("share").first().waitFor(); await t.id("share").first().scrollIntoViewIfNeeded(); } },
  { name: "records-export", scenario: "attention", act: async (t) => { await records(t); await openCare(t); await t.id("export-records").click(); await t.id("export-dialog").waitFor(); await t.id("export-dialog-confirm").click(); await t.id("export-error").waitFor(); await t.id("export-over").scrollIntoViewIfNeeded(); } },
  { name: "records-sending", scenario: "records-sending", act: async (t) => { await records(t); await openCare(t); await t.id("sync-records").click(); await t.id("sync-far").waitFor(); if ((await t.id("sync-far").innerText()) !== "1,200 of 1,200 fetched, 96 of 240 sent") throw new Error(await t.id("sync-far").innerText()); } },
  { name: "records-stopped", scenario: "records-sending", act: async (t) => { await records(t); await openCare(t); await t.id("sync-records").click(); await t.id("stop-sync").click(); await t.page.getByText("the rest waits").waitFor(); } },
  { name: "records-offline", scenario: "records-offline", act: async (t) => { await records(t); await t.id("records-offline").click(); await t.id("care-offline").waitFor(); } },
  { name: "records-offline-bar", scenario: "records-offline", act: async (t) => { await records(t); await t.id("records-waiting").waitFor(); } },
  { name: "records-delete", scenario: "attention", act: async (t) => { await records(t); await t.id("record-Pollen test").click(); await t.id("delete-record").click(); await t.id("delete-dialog").waitFor(); } },
  { name: "records-deleted", scenario: "attention", act: async (t) => { await records(t); await t.id("record-Pollen test").click(); await t.id("delete-record").click(); await t.id("delete-dialog-confirm").click(); await t.id("toast").waitFor(); await t.page.waitForTimeout(150); if ((await t.id("record-Pollen test").count()) !== 0) throw new Error("it is still there"); } },
  { name: "records-remove", scenario: "attention", act: async (t) => { await records(t); await t.id("profile").click(); await t.id("remove-person").click(); await t.id("remove-dialog").waitFor(); if (!/Aunt Petra and Ben can still read/.test(await t.id("remove-dialog").innerText())) throw new Error("it does not say who keeps it"); } },
  { name: "records-removed", scenario: "attention", act: async (t) => { await records(t); await t.id("profile").click(); await t.id("remove-person").click(); await t.id("remove-dialog-confirm").click(); await t.id("person-Elsa Lindqvist").waitFor({ state: "detached" }); await openCare(t); await t.id("former-Elsa Lindqvist").scrollIntoViewIfNeeded(); } },
  { name: "records-returned", scenario: "attention", act: async (t) => { await records(t); await t.id("profile").click(); await t.id("remove-person").click(); await t.id("remove-dialog-confirm").click(); await openCare(t); await t.id("return-Elsa Lindqvist").click(); await t.page.keyboard.press("Escape"); await t.id("record-Ear infection").waitFor(); } },
  { name: "records-empty", scenario: "records-empty", act: recordsStart("records-empty") },
  { name: "records-first-person", scenario: "records-empty", act: async (t) => { await recordsStart("records-empty")(t); await t.id("add-first-person").click(); await t.id("field-name").fill("Elsa Lindqvist"); await t.id("field-birthDate").fill("2019-05-03"); } },
  { name: "records-none", scenario: "records-empty", act: async (t) => { await recordsStart("records-empty")(t); await t.id("add-first-person").click(); await t.id("field-name").fill("Elsa Lindqvist"); await t.id("save-record").click(); await t.id("records-none").waitFor(); } },
  { name: "records-begin", scenario: "records-none", act: recordsStart("records-begin") },
  { name: "records-join", scenario: "records-none", act: async (t) => { await recordsStart("records-begin")(t); await t.id("records-have").check(); await t.id("records-words").fill("abandon ability able"); await t.id("records-words").scrollIntoViewIfNeeded(); } },
  { name: "records-exist", scenario: "records-exist", act: async (t) => { await recordsStart("records-begin")(t); await t.id("records-go").click(); await t.id("records-exist").waitFor(); await t.id("records-exist").scrollIntoViewIfNeeded(); } },
  { name: "records-words", scenario: "records-none", act: async (t) => { await recordsStart("records-begin")(t); await t.id("records-go").click(); await t.id("code-words").waitFor(); } },
  { name: "records-typed", scenario: "records-none", act: async (t) => { await recordsStart("records-begin")(t); await t.id("records-go").click(); await t.id("code-written").click(); await t.id("code-typed").fill(CODE.replace("able", "zebra")); await t.id("code-check").click(); await t.page.waitForTimeout(400); if (!(await t.page.getByText("These are not the words").isVisible())) throw new Error("wrong words were taken"); } },
  { name: "records-begun", scenario: "records-none", act: async (t) => { await recordsStart("records-begin")(t); await t.id("records-go").click(); await t.id("code-written").click(); await t.id("code-typed").fill(CODE); await t.id("code-check").click(); await t.id("records-empty").waitFor(); } },
  { name: "records-unconfirmed", scenario: "records-unconfirmed", act: recordsStart("records-code") },
  { name: "records-nokey", scenario: "records-nokey", act: async (t) => { await recordsStart("records-begin")(t); await t.id("records-words").fill(CODE.split(" ").reverse().join(" ")); await t.id("records-go").click(); await t.id("records-begin-error").waitFor(); } },
  { name: "records-shut", scenario: "records-shut", act: recordsStart("records-shut") },
  { name: "records-locked", scenario: "attention", act: async (t) => { await records(t); await t.id("record-Blood count").click(); await t.page.keyboard.press("Escape"); await t.id("lock-records").click(); await t.id("records-shut").waitFor(); const said = await t.page.locator("main").textContent(); if (/Elsa|Blood|penicillin/i.test(said)) throw new Error("the locked page names somebody"); await t.id("records-forget").click(); await t.id("forget-dialog").waitFor(); } },
  { name: "settings-place", scenario: "default", storage: remembered, act: async ({ id }) => { await id("nav-settings").click(); await id("test-connection").click(); await id("test-result").waitFor(); } },
  ...["speed", "power", "notifications", "tray", "keyboard", "prices", "move"].map((page) => ({ name: `settings-${page}`, scenario: "attention", act: async ({ id }) => { await id("nav-settings").click(); await id(`settings-${page}`).click(); await id("settings-page").waitFor(); } })),
  { name: "settings-class-prices", scenario: "attention", act: async (t) => { await t.id("nav-settings").click(); await t.id("settings-prices").click(); await t.id("classes-aws-eu-north-1").click(); await t.id("price-aws-eu-north-1-GLACIER-back_gb").fill("0.02"); await t.page.keyboard.press("Tab"); await t.page.waitForTimeout(100); if (!(await t.id("price-aws-eu-north-1").innerText()).includes("yours")) throw new Error("the price is not marked as one's own"); } },
  { name: "settings-aws", scenario: "attention", act: async ({ id }) => { await id("nav-settings").click(); await id("settings-place-aws").click(); await id("keeping").waitFor(); await id("versioning").waitFor(); } },
  { name: "settings-encryption", scenario: "attention", act: async ({ id }) => {
    await id("nav-settings").click(); await id("settings-place-aws").click(); await id("edit-place").click(); await id("advanced").click();
    await id("field-encryption").click(); await id("field-encryption-kms").click(); await id("field-kms-key").fill("arn:aws:kms:eu-north-1:111122223333:key/0a1b2c3d");
    await id("field-kms-key").scrollIntoViewIfNeeded();
  } },
  { name: "settings-disk", scenario: "attention", act: async ({ id }) => {
    await id("nav-settings").click(); await id("settings-place-vault").click(); await id("versioning").waitFor();
    const said = await id("keeping").innerText();
    if (/Storage class|Clean up|Object Lock/.test(said)) throw new Error(`a folder is offered what only buckets have: ${said}`);
  } },
  { name: "settings-rule", scenario: "attention", act: async ({ id, page }) => { await id("nav-settings").click(); await id("settings-place-aws").click(); await id("old-versions").click(); await id("old-versions-30").click(); await id("write-rules").waitFor(); await id("rule-preview").scrollIntoViewIfNeeded(); await page.waitForTimeout(150); } },
  { name: "settings-many-sets", scenario: "sets", act: async ({ id }) => { await id("nav-settings").click(); await id("settings-place-aws").click(); await id("keeping").waitFor(); await id("versioning").scrollIntoViewIfNeeded(); } },
  { name: "settings-versions-off", scenario: "attention", act: async ({ id, page }) => {
    await id("nav-settings").click(); await id("settings-place-aws").click(); await id("versioning").waitFor();
    if (!(await id("test-result").innerText()).includes("Old versions are kept")) throw new Error("the test found versions, and it is not shown");
    await id("versioning").click(); await page.getByText("Stopped: what was kept stays").waitFor();
    if ((await id("test-result").innerText()).includes("Old versions are kept")) throw new Error("the test of before is believed against the switch");
  } },
  { name: "settings-rule-draft", scenario: "attention", act: async ({ id, page }) => {
    await id("nav-settings").click(); await id("settings-place-aws").click(); await id("old-versions").click(); await id("old-versions-30").click(); await id("write-rules").waitFor();
    await id("nav-activity").click(); await id("log").waitFor(); await id("nav-settings").click(); await id("rule-preview").scrollIntoViewIfNeeded();
    if (!(await id("old-versions").innerText()).includes("30 days")) throw new Error(`what was chosen is lost: ${await id("old-versions").innerText()}`);
    await page.waitForTimeout(150);
  } },
  { name: "settings-rule-refused", scenario: "rules-refused", act: async ({ id, page }) => {
    await id("nav-settings").click(); await id("settings-place-aws").click(); await id("move-class").click(); await id("write-rules").click(); await id("keeping-error").waitFor(); await page.waitForTimeout(150);
    const box = await id("keeping-error").boundingBox();
    if (!box || box.y < 0 || box.y + box.height > page.viewportSize().height) throw new Error("the refusal is out of sight");
    if (!(await id("keeping-error").innerText()).startsWith("The place does not take this setting")) throw new Error(await id("keeping-error").innerText());
  } },
  { name: "settings-remove", scenario: "attention", act: async ({ id }) => { await id("nav-settings").click(); await id("remove-place").click(); await id("remove-place-dialog").waitFor(); } },
  { name: "settings-add", scenario: "attention", act: async ({ id }) => { await id("nav-settings").click(); await id("settings-add").click(); await id("place-name").fill("vault-two"); await id("choose-computer").check(); } },
  { name: "settings-added", scenario: "attention", act: async ({ id }) => {
    await id("nav-settings").click(); await id("settings-add").click(); await id("place-name").fill("second disk"); await id("choose-computer").check(); await id("save-place").click();
    await id("edit-place").waitFor(); await id("keeping").waitFor();
    if ((await id("test-result").count()) !== 1) throw new Error("the test of a moment ago is not shown");
  } },
  { name: "settings-gateway", scenario: "gateway", act: async ({ id }) => { await id("nav-settings").click(); await id("settings-place-team").click(); await id("place-gateway").waitFor(); await id("test-connection").click(); await id("test-result").waitFor(); } },
  { name: "settings-gateway-edit", scenario: "gateway", act: async ({ id }) => { await id("nav-settings").click(); await id("settings-place-team").click(); await id("edit-place").click(); await id("field-gateway-key").waitFor(); await id("advanced").click(); } },
  { name: "settings-aws-profile", scenario: "aws-profiles", act: async (t) => {
    const { id, page } = t;
    await id("nav-settings").click();
    await id("edit-place").click();
    await id("field-bucket").waitFor();
    await page.locator("label", { hasText: "An AWS profile" }).click();
    if ((await id("field-secret").count()) !== 0) throw new Error("a secret is asked for although a profile signs in");
    await id("field-aws-profile").click();
    await id("field-aws-profile-work").click();
    await id("save-place").click();
    await id("place-signs").waitFor();
    if (!(await id("place-signs").innerText()).includes("AWS profile work")) throw new Error(await id("place-signs").innerText());
  } },
  { name: "settings-edit", scenario: "default", storage: remembered, act: async ({ id }) => { await id("nav-settings").click(); await id("edit-place").click(); await id("field-bucket").waitFor(); } },
  { name: "settings-look", scenario: "local", act: async ({ id }) => { await id("nav-settings").click(); await id("settings-look").click(); } },
  { name: "jump-set", scenario: "attention", act: async ({ page, id }) => { await id("headline").waitFor(); await page.keyboard.press("Control+k"); await id("jump-field").fill("photos"); await page.keyboard.press("ArrowDown"); } },
  { name: "set-pause", scenario: "attention", act: async ({ id }) => { await id("nav-backup").click(); await id("folder-Photos").click(); await id("plan-sentence").waitFor(); await id("pause-set").click(); await id("pause-tomorrow").click(); await id("resume-set").waitFor(); } },
  { name: "set-saved", scenario: "attention", act: async (t) => { await setTab("Documents", "rules")(t); await t.id("set-name").fill("Documents and letters"); await t.id("save-bar").waitFor(); } },
  { name: "set-cron", scenario: "attention", act: async (t) => { await setTab("Photos", "schedule")(t); await t.page.locator("label", { hasText: "Cron" }).click(); await t.id("schedule-cron").fill("every noon"); await t.page.waitForTimeout(150); } },
  { name: "set-complete", scenario: "attention", act: async (t) => { await setPlan("Documents")(t); await t.id("run-backup").click(); await t.id("result").waitFor(); } },
  { name: "set-partial", scenario: "partial", act: async (t) => { await setPlan("Documents")(t); await t.id("run-backup").click(); await t.id("result").waitFor(); } },
  { name: "set-long-name", scenario: "attention", act: async (t) => {
    const name = "Documents and letters of the whole family since the move to the house by the lake, with everything that was scanned";
    await setTab("Documents", "rules")(t); await t.id("set-name").fill(name); await t.id("save-set").click(); await t.id("toast").waitFor(); await t.page.waitForTimeout(150);
    for (const where of [t.id("set-title"), t.id(`folder-${name}`).locator("b")]) {
      const [title, cut, dots] = await where.evaluate((one) => [one.title, one.scrollWidth > one.clientWidth, getComputedStyle(one).textOverflow]);
      if (title !== name || (cut && dots !== "ellipsis")) throw new Error(`a long name is cut off: ${title}, ${dots}`);
    }
  } },
  { name: "set-remove", scenario: "attention", act: async (t) => { await setPlan("Photos")(t); await t.id("more").click(); await t.id("remove-set").click(); await t.id("remove-set-dialog").waitFor(); } },
  { name: "set-refused", scenario: "attention", act: async (t) => { await t.id("nav-backup").click(); await t.id("new-folder").click(); await t.id("folder-path").fill("/home/mara/Nowhere"); await t.id("new-set-name").scrollIntoViewIfNeeded(); await t.id("preview").click();
    await t.id("folder-path-error").waitFor();
    if (!(await t.id("folder-path").evaluate((field) => field === document.activeElement))) throw new Error("the field with the folder has not the focus");
    if ((await t.id("backup-error").count()) !== 0) throw new Error("it is said twice");
  } },
  { name: "jump", scenario: "default", storage: remembered, act: async ({ page, id }) => { await id("headline").waitFor(); await page.keyboard.press("Control+k"); await id("jump-field").fill("go"); } },
];
