#!/usr/bin/env bash
# Runs one command with a display, a session bus, an unlocked keyring and a home of its own; nothing outlives it.
#   tests/desktop/with-desktop.sh COMMAND [ARGUMENT…]
# DESKTOP_HOME keeps the home in a folder of yours. KEYRING=none: no keyring, and none that the bus could start;
# KEYRING=locked: one that nobody unlocks.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: with-desktop.sh COMMAND [ARGUMENT…]" >&2; exit 2; }
room=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-desktop.XXXXXX")
started=()

end_all() {
  trap '' EXIT INT TERM HUP
  local index
  for ((index = ${#started[@]} - 1; index >= 0; index--)); do end_one "${started[index]}"; done
  rm -rf "$room" || { sleep 1; rm -rf "$room"; }
}
end_one() {
  kill "$1" 2>/dev/null || return 0
  local waited
  for ((waited = 0; waited < 50; waited++)); do kill -0 "$1" 2>/dev/null || return 0; sleep 0.1; done
  kill -9 "$1" 2>/dev/null || true
}
read_line() { # the first line that a program writes into a pipe, or failure after 20 seconds
  local line
  read -r -t 20 line <"$1" || { echo "with-desktop.sh: $2 did not start" >&2; return 1; }
  printf '%s' "$line"
}
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

export HOME="${DESKTOP_HOME:-$room/home}" XDG_RUNTIME_DIR="$room/runtime" GDK_BACKEND=x11
mkdir -p "$HOME" && mkdir -m 700 "$XDG_RUNTIME_DIR" && mkfifo "$room/display" "$room/bus"
unset XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME XDG_STATE_HOME XDG_SESSION_TYPE WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS

# Opened for both ways: neither side waits for the other, and a program that fails does not block us.
exec 8<>"$room/display" 9<>"$room/bus"
Xvfb -displayfd 8 -screen 0 1600x1000x24 -nolisten tcp >"$room/xvfb.log" 2>&1 9>&- &
started+=($!)
DISPLAY=":$(read_line "$room/display" Xvfb)"
export DISPLAY
bus=(--session)
if [ "${KEYRING:-}" = none ]; then
  cat >"$room/bus.conf" <<CONF
<busconfig><type>session</type><listen>unix:dir=$room</listen><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
CONF
  bus=(--config-file="$room/bus.conf")
fi
dbus-daemon "${bus[@]}" --nofork --nopidfile --print-address=9 >"$room/bus.log" 2>&1 8>&- &
started+=($!)
DBUS_SESSION_BUS_ADDRESS=$(read_line "$room/bus" dbus-daemon)
export DBUS_SESSION_BUS_ADDRESS
exec 8>&- 9>&-

unlock() {
  [ "${KEYRING:-}" != none ] || return 0
  local option=--unlock
  [ "${KEYRING:-}" != locked ] || option=--start
  printf %s holdfast | gnome-keyring-daemon --foreground "$option" --components=secrets >"$room/keyring.log" 2>&1 &
  started+=($!)
  local waited
  for ((waited = 0; waited < 100; waited++)); do has_secrets && return 0; sleep 0.1; done
  echo "with-desktop.sh: gnome-keyring-daemon did not start" >&2
  return 1
}
has_secrets() {
  dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
    string:org.freedesktop.secrets 2>/dev/null | grep -q 'boolean true'
}
unlock

"$@" &
started+=($!)
status=0
wait $! || status=$?
exit "$status"
