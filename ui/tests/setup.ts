import { configure } from "@testing-library/svelte";
import { beforeEach } from "vitest";

// A query is asked again after every change of the page. By default each one that finds nothing draws the whole page into
// its error, which takes longer than the page itself; and a limit of a second is one on the machine, not on the page.
configure({ asyncUtilTimeout: 30_000, getElementError: (message) => new Error(message ?? "nothing is found") });

// jsdom lays nothing out, so nothing changes its size, and nothing comes into sight.
globalThis.ResizeObserver ??= class { observe() {} unobserve() {} disconnect() {} };
globalThis.IntersectionObserver ??= class { readonly root = null; readonly rootMargin = ""; readonly scrollMargin = ""; readonly thresholds = []; observe() {} unobserve() {} disconnect() {} takeRecords() { return []; } };

beforeEach(() => localStorage.clear());
