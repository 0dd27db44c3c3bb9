import { expect, test } from "vitest";
import { Picked } from "./picked.svelte";
import { ancestors, nameOf, parentOf } from "./selection";

const files = (...keys: string[]): [string, number][] => keys.map((key) => [key, 10]);

test.each([["a/b/c.txt", "a/b/", "c.txt"], ["a/b/", "a/", "b"], ["a/", "", "a"], ["a", "", "a"], ["", "", ""], ["/a", "/", "a"], ["a//b", "a//", "b"], ["a//", "a/", ""], ["/", "", ""]])("%j is in %j and called %j", (key, parent, name) => expect([parentOf(key), nameOf(key)]).toEqual([parent, name]));

test.each([[["a/b/1", "a/b/c/2"], "a/b/"], [["a/1", "b/1"], ""], [["a/b/1"], "a/b/"], [["a/b/1", "2"], ""], [[], ""]])("%j share the folder %s", (keys, folder) => {
  const picked = new Picked();
  picked.add(files(...keys));
  expect(picked.base).toBe(folder);
});

test("a key that begins with a stroke has an end to its folders", () => expect(ancestors("/a//b")).toEqual(["/a//", "/a/", "/"]));

test("folders and files are named once, folders first", () => {
  const picked = new Picked();
  picked.add(files("a/3", "a/b/1", "a/b/2", "a/4"));
  expect(picked.tops("a/", 3)).toEqual({ names: ["a/b/", "a/3", "a/4"], count: 3 });
  expect(picked.tops("a/", 2)).toEqual({ names: ["a/b/", "a/3"], count: 3 });
  picked.remove(["a/b/1", "a/b/2"]);
  expect(picked.tops("a/", 3)).toEqual({ names: ["a/3", "a/4"], count: 2 });
});

/** A repeatable order of numbers below `most`. */
function* numbers(most: number) {
  for (let n = 1; ; n = (n * 48_271) % 2_147_483_647) yield n % most;
}

test("whatever is ticked and unticked, counts are those of the files, and the selection names exactly them", () => {
  const all = Array.from({ length: 60 }, (_, n) => `a${n % 2}/b${n % 3}/${n % 5 === 0 ? "" : `c${n % 5}/`}${n}`);
  const folders = [...new Set(all.flatMap(ancestors))];
  const next = numbers(1_000_003);
  const draw = (most: number) => next.next().value! % most;
  const picked = new Picked();
  const model = new Map<string, number>();
  for (let step = 0; step < 400; step++) {
    const folder = folders[draw(folders.length)]!;
    const inside = all.filter((key) => key.startsWith(folder));
    const key = all[draw(all.length)]!;
    switch (draw(4)) {
      case 0: picked.add([[key, step]]); model.set(key, step); break;
      case 1: picked.remove([key]); model.delete(key); break;
      case 2:
        picked.add(inside.map((one) => [one, step]));
        picked.counted(new Map(folders.filter((one) => one.startsWith(folder)).map((one) => [one, all.filter((file) => file.startsWith(one)).length])));
        for (const one of inside) model.set(one, step);
        break;
      default: picked.removeBelow(folder); for (const one of inside) model.delete(one);
    }
    expect([picked.size, picked.bytes]).toEqual([model.size, [...model.values()].reduce((sum, size) => sum + size, 0)]);
    for (const one of folders) {
      const below = [...model.keys()].filter((file) => file.startsWith(one));
      expect([picked.below(one), picked.beside(one)]).toEqual([below.length, below.filter((file) => parentOf(file) === one).length]);
      const isAll = below.length === all.filter((file) => file.startsWith(one)).length;
      expect(picked.mark({ key: one, folder: true })).toBe(below.length === 0 ? "none" : isAll && picked.isWhole(one) ? "all" : "some");
      if (picked.isWhole(one)) expect(isAll).toBe(true);
    }
    const named = picked.selection();
    expect(all.filter((file) => named.some((one) => (one.endsWith("/") ? file.startsWith(one) : file === one))).sort()).toEqual([...model.keys()].sort());
    expect(named.some((one) => named.some((other) => other !== one && other.endsWith("/") && one.startsWith(other)))).toBe(false);
  }
});
