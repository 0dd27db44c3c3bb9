#!/usr/bin/python3
"""A NetworkManager, played on a bus of its own: on its input `at ADDRESS` brings it there, `metered yes`, `metered no`,
`wifi NAME` and `wire` change what it tells of the network. It answers each line with what it tells now as JSON."""
import json
import sys

import dbus
import dbus.bus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.NetworkManager"
PROPERTIES = "org.freedesktop.DBus.Properties"
METERED = {"unknown": 0, "yes": 1, "no": 2}

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
loop = GLib.MainLoop()
told = {"metered": "unknown", "wifi": None}
kept = []


class Told(dbus.service.Object):
    """One object with properties that are made anew for each question."""

    def __init__(self, bus, path, properties):
        super().__init__(bus, path)
        self.properties = properties

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return self.properties()[name]

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return self.properties()


def network():
    return {"Metered": dbus.UInt32(METERED[told["metered"]]), "PrimaryConnection": dbus.ObjectPath("/active/1")}


def active():
    return {"SpecificObject": dbus.ObjectPath("/point/1" if told["wifi"] else "/")}


def point():
    return {"Ssid": dbus.ByteArray((told["wifi"] or "").encode())}


def come_to(address):
    bus = dbus.bus.BusConnection(address)
    objects = [("/org/freedesktop/NetworkManager", network), ("/active/1", active), ("/point/1", point)]
    kept.extend(Told(bus, path, properties) for path, properties in objects)
    kept.append(dbus.service.BusName(NAME, bus))


def answer(line):
    word, _, rest = line.partition(" ")
    if word == "at":
        come_to(rest)
    elif word == "metered":
        told["metered"] = rest
    else:
        told["wifi"] = rest if word == "wifi" else None
    return told


def read(source, _):
    line = source.readline()
    if not line:
        loop.quit()
        return False
    print(json.dumps(answer(line.strip())), flush=True)
    return True


GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, read)
print("ready", flush=True)
loop.run()
