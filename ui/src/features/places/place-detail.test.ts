import { render, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { memoryHost } from "$lib/host/for-tests";
import { PlaceCheck } from "./place-check.svelte";
import PlaceDetail from "./PlaceDetail.svelte";

async function shown(profile: string) {
  const host = memoryHost("attention");
  const config = (await host.listPlaces())[0]!.config;
  render(PlaceDetail, { host, config: { ...config, profile }, presets: await host.listProviders(), check: new PlaceCheck(), home: null, onchanged: async () => {} });
  return screen.queryByTestId("place-own-name")?.textContent ?? null;
}
test("a place says the name that it was given", async () => expect(await shown("second-disk")).toBe("second-disk"));
test("the first place was given none", async () => expect(await shown("default")).toBeNull());
