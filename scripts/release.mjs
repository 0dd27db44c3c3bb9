// The release build: what of it is built together, and where its programs lie.
import { join, resolve } from "node:path";
import { env, platform } from "node:process";
import { ROOT, runVisibly } from "./command.mjs";

export const SUFFIX = platform === "win32" ? ".exe" : "";
export const TARGET = resolve(env.CARGO_TARGET_DIR ?? join(ROOT, "target"));

const COMMAND_LINE = ["-p", "holdfast"];
// One cargo call for both, so that the crates they share are built once and with the same features.
const WINDOW = [...COMMAND_LINE, "-p", "holdfast-desktop", "--features", "holdfast-desktop/custom-protocol"];

export const buildCommandLine = () => runVisibly("cargo", ["build", "--release", ...COMMAND_LINE]);
/** The window with the command line. The page must be built before. */
export const buildWindow = () => runVisibly("cargo", ["build", "--release", ...WINDOW]);
export const program = (name) => join(TARGET, "release", `${name}${SUFFIX}`);
