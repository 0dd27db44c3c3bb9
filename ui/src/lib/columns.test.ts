import { beforeEach, expect, test } from "vitest";
import { walk } from "./columns";

beforeEach(() => {
  document.body.innerHTML = `
    <aside><button id="nav">Overview</button></aside>
    <section><input id="off" disabled /><button id="on">Open</button></section>
    <section><button disabled>Restore</button></section>
    <section tabindex="0" id="read"><p>Only to read</p></section>`;
});
const columns = () => [...document.body.children] as HTMLElement[];
const walked = (step: 1 | -1, times: number) => Array.from({ length: times }, () => { walk(columns(), step); return document.activeElement?.id; });

test("a column whose only control is off is passed over, both ways", () => {
  expect(walked(1, 4)).toEqual(["nav", "on", "read", "nav"]);
  expect(walked(-1, 3)).toEqual(["read", "on", "nav"]);
});
test("backwards from nowhere begins at the last column", () => expect(walked(-1, 1)).toEqual(["read"]));
test("where nothing takes the focus nothing happens", () => {
  document.body.innerHTML = "<section><button disabled>Restore</button></section>";
  expect(walked(1, 1)).toEqual([""]);
});
