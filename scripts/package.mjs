// npm run package [-- BUNDLES] [--no-build]
// Builds installers for this system, all that it has or those named: npm run package -- deb,rpm
// Each has the window and the command line; the packages of Linux also its man page and the completions of shells.
// --no-build takes the programs that are in target/release.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv, platform } from "node:process";
import { gzipSync } from "node:zlib";
import { outputOf, runVisibly } from "./command.mjs";
import { SUFFIX, TARGET, buildWindow, program } from "./release.mjs";

const BUNDLES = { linux: "deb,rpm,appimage", darwin: "dmg", win32: "msi" };
const words = argv.slice(2);

if (!words.includes("--no-build")) {
  await runVisibly("npm", ["run", "-s", "ui:build"]);
  await buildWindow();
}
const bundles = words.find((word) => !word.startsWith("--")) ?? BUNDLES[platform];
await runVisibly("npm", ["run", "-s", "tauri", "--", "bundle", "--bundles", bundles, "--config", configOf(join(TARGET, "bundled"))]);

/** The command line and what belongs to it, laid ready in a folder, and the file that says where each goes. */
function configOf(folder) {
  mkdirSync(folder, { recursive: true });
  const holdfast = program("holdfast");
  const triple = /^host: (.+)$/m.exec(outputOf("rustc", ["-vV"]) ?? "")?.[1];
  if (!triple) throw new Error("rustc does not say for which system it builds");
  copyFileSync(holdfast, join(folder, `holdfast-${triple}${SUFFIX}`));
  const laid = (name, content) => (writeFileSync(join(folder, name), content), join(folder, name));
  const printed = (...args) => outputOf(holdfast, args) ?? fail(`${holdfast} ${args.join(" ")} failed`);
  const common = () => ({
    "/usr/share/man/man1/holdfast.1.gz": laid("holdfast.1.gz", gzipSync(`${printed("man")}\n`)),
    "/usr/share/bash-completion/completions/holdfast": laid("holdfast.bash", `${printed("completions", "bash")}\n`),
    "/usr/share/fish/vendor_completions.d/holdfast.fish": laid("holdfast.fish", `${printed("completions", "fish")}\n`),
  });
  const zsh = () => laid("_holdfast", `${printed("completions", "zsh")}\n`);
  const linux = platform === "linux" && {
    deb: { files: { ...common(), "/usr/share/zsh/vendor-completions/_holdfast": zsh() } },
    rpm: { files: { ...common(), "/usr/share/zsh/site-functions/_holdfast": zsh() } },
  };
  const bundle = { externalBin: [join(folder, "holdfast")], ...(linux && { linux }) };
  return laid("config.json", JSON.stringify({ bundle }, null, 2));
}

function fail(message) {
  throw new Error(message);
}
