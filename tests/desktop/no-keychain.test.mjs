// On a system without a keychain a bucket's secret is put nowhere: a clear message names the choices, nothing is saved.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { bareBus, chooseThisComputer, fillBucket, id, newHome, openApp, scenario, serveBucket } from "./scenario.mjs";

scenario("without a keychain the message names the choices and nothing is saved", async (t) => {
  const home = newHome(t);
  const bucket = await serveBucket(t, home);
  const window = await openApp(t, home, { env: { DBUS_SESSION_BUS_ADDRESS: await bareBus(t) } });
  await fillBucket(window, bucket, bucket.secret_key);
  await window.click(id("continue"));
  const message = await window.waitForText(id("place-error"), /keychain/i);
  assert.match(message, /AWS_ACCESS_KEY_ID/, "the choice of the environment is named");
  assert.match(message, /AWS profile/, "the choice of a profile is named");
  assert.match(message, /Nothing was saved/);
  assert.equal(existsSync(join(home, ".config", "holdfast", "profiles.json")), false);
  assert.equal((await window.invoke("get_s3_config", { profile: null })).is_configured, false);
});

scenario("this computer needs no keychain", async (t) => {
  const home = newHome(t);
  const window = await openApp(t, home, { env: { DBUS_SESSION_BUS_ADDRESS: await bareBus(t) } });
  await chooseThisComputer(window);
});
