#!/usr/bin/python3
"""A desktop that shows notifications, played: on its input it answers `shown` with all it was asked to show as JSON, and
`press NUMBER` by pressing the one with that number, as a person does."""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.Notifications"

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
loop = GLib.MainLoop()


class Desktop(dbus.service.Object):
    shown = []

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, title, body, actions, hints, timeout):
        number = int(replaces) or len(self.shown) + 1
        offered = [str(action) for action in actions[::2]]
        self.shown.append({"number": number, "app": str(app), "icon": str(icon), "title": str(title), "body": str(body), "actions": offered})
        return number

    @dbus.service.method(NAME, out_signature="as")
    def GetCapabilities(self):
        return ["body", "actions"]

    @dbus.service.method(NAME, out_signature="ssss")
    def GetServerInformation(self):
        return ("played", "tests", "1", "1.2")

    @dbus.service.method(NAME, in_signature="u")
    def CloseNotification(self, number):
        self.NotificationClosed(number, 3)

    @dbus.service.signal(NAME, signature="us")
    def ActionInvoked(self, number, action):
        pass

    @dbus.service.signal(NAME, signature="uu")
    def NotificationClosed(self, number, reason):
        pass


desktop = Desktop(bus, "/org/freedesktop/Notifications")


def answer(line):
    if line.startswith("press "):
        desktop.ActionInvoked(int(line[6:]), "default")
        desktop.NotificationClosed(int(line[6:]), 2)
    return desktop.shown


def read(source, _):
    line = source.readline()
    if not line:
        loop.quit()
        return False
    print(json.dumps(answer(line.strip())), flush=True)
    return True


name = dbus.service.BusName(NAME, bus)
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, read)
print("ready", flush=True)
loop.run()
