#!/usr/bin/python3
"""A panel with a tray, played: it takes one tray item, and on its input answers `menu` with the labels of the item's menu
as JSON (those that cannot be chosen in brackets), and `click LABEL` by choosing that entry."""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

WATCHER = "org.kde.StatusNotifierWatcher"
MENU = "com.canonical.dbusmenu"

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
loop = GLib.MainLoop()
items = []


class Watcher(dbus.service.Object):
    @dbus.service.method(WATCHER, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender=None):
        items.append((sender, service) if service.startswith("/") else (service, "/StatusNotifierItem"))
        self.StatusNotifierItemRegistered("".join(items[-1]))

    @dbus.service.method(WATCHER, in_signature="s")
    def RegisterStatusNotifierHost(self, service):
        pass

    @dbus.service.signal(WATCHER, signature="s")
    def StatusNotifierItemRegistered(self, item):
        pass

    @dbus.service.method("org.freedesktop.DBus.Properties", in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return self.GetAll(interface)[name]

    @dbus.service.method("org.freedesktop.DBus.Properties", in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        registered = dbus.Array(["".join(item) for item in items], signature="s")
        return {
            "RegisteredStatusNotifierItems": registered,
            "IsStatusNotifierHostRegistered": dbus.Boolean(True),
            "ProtocolVersion": dbus.Int32(0),
        }


def menu_of(item):
    properties = dbus.Interface(bus.get_object(*item), "org.freedesktop.DBus.Properties")
    path = properties.Get("org.kde.StatusNotifierItem", "Menu")
    menu = dbus.Interface(bus.get_object(item[0], path), MENU)
    _, root = menu.GetLayout(0, -1, dbus.Array([], signature="s"))
    entries = [(int(entry[0]), str(entry[1].get("label", "")), bool(entry[1].get("enabled", True))) for entry in root[2]]
    return menu, [entry for entry in entries if entry[1]]


def answer(line):
    if not items:
        return []
    menu, entries = menu_of(items[-1])
    if line.startswith("click "):
        chosen = [number for number, label, _ in entries if label == line[6:]]
        for number in chosen:
            menu.Event(number, "clicked", dbus.String(""), dbus.UInt32(0))
        return len(chosen)
    return [label if enabled else f"({label})" for _, label, enabled in entries]


def read(source, _):
    line = source.readline()
    if not line:
        loop.quit()
        return False
    try:
        print(json.dumps(answer(line.strip())), flush=True)
    except dbus.DBusException as error:
        print(json.dumps({"error": str(error)}), flush=True)
    return True


name = dbus.service.BusName(WATCHER, bus)
Watcher(bus, "/StatusNotifierWatcher")
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, read)
print("ready", flush=True)
loop.run()
