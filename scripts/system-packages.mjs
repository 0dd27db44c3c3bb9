// The system packages that Holdfast needs on Linux and macOS, by purpose, and how each package manager calls them.

const BUILD = [
  "libwebkit2gtk-4.1-dev", "libgtk-3-dev", "libayatana-appindicator3-dev", "librsvg2-dev", "libdbus-1-dev",
  "build-essential", "pkg-config", "file",
];
const TERMINAL = ["build-essential", "pkg-config", "libdbus-1-dev"];
const TEST = [
  "webkit2gtk-driver", "xvfb", "xauth", "dbus", "dbus-x11", "gnome-keyring", "libsecret-tools", "imagemagick",
  "xdotool", "xdg-utils", "fonts-dejavu-core", "at-spi2-core", "libglib2.0-bin", "libayatana-appindicator3-1",
  "python3-dbus", "python3-gi", "chromium-headless-shell", "faketime", "zsh", "fish",
];

/** apt packages by what is to be done: `window` builds the app, `terminal` the command line, `test` runs the tests. */
export const APT = { window: BUILD, terminal: TERMINAL, test: [...BUILD, ...TEST] };

const OTHERS = [
  {
    manager: "dnf",
    window: "sudo dnf install webkit2gtk4.1-devel gtk3-devel libappindicator-gtk3-devel librsvg2-devel dbus-devel gcc gcc-c++ make pkgconf file",
    test: "sudo dnf install webkit2gtk-driver xorg-x11-server-Xvfb dbus-daemon gnome-keyring libsecret ImageMagick xdotool xdg-utils dejavu-sans-fonts at-spi2-core python3-dbus python3-gobject chromium libfaketime zsh fish",
  },
  {
    manager: "pacman",
    window: "sudo pacman -S --needed webkit2gtk-4.1 gtk3 libayatana-appindicator librsvg dbus base-devel file",
    test: "sudo pacman -S --needed xorg-server-xvfb gnome-keyring libsecret imagemagick xdotool xdg-utils ttf-dejavu at-spi2-core python-dbus python-gobject chromium libfaketime zsh fish",
  },
  { manager: "brew", window: "xcode-select --install", test: "xcode-select --install && brew install --cask chromium && brew install bash zsh fish" },
];

/** The commands to run by hand where apt is not the package manager; `has` tells whether a program is here. */
export function adviceFor(purpose, has) {
  const found = OTHERS.find(({ manager }) => has(manager));
  if (!found) return `your system's names for: ${APT[purpose].join(" ")}`;
  return purpose === "test" ? `${found.window}\n  ${found.test}` : found.window;
}
