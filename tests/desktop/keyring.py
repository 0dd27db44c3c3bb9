#!/usr/bin/python3
"""Locks and unlocks the keyring of the session's bus: on its input it takes `lock` and `unlock PASSWORD` and answers
whether the keyring is locked then."""
import json
import sys

import dbus

SECRETS = "org.freedesktop.secrets"
ROOT = "/org/freedesktop/secrets"
SERVICE = "org.freedesktop.Secret.Service"

bus = dbus.SessionBus()
root = bus.get_object(SECRETS, ROOT)
service = dbus.Interface(root, SERVICE)


def collection():
    return service.ReadAlias("default")


def answer(line):
    if line == "lock":
        service.Lock([collection()])
    if line.startswith("unlock "):
        _, session = service.OpenSession("plain", dbus.String("", variant_level=1))
        password = dbus.Struct((session, dbus.ByteArray(b""), dbus.ByteArray(line[7:].encode()), "text/plain"), signature="oayays")
        # What the login of a desktop does: no prompt, the password is handed over.
        dbus.Interface(root, "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface").UnlockWithMasterPassword(collection(), password)
    properties = dbus.Interface(bus.get_object(SECRETS, collection()), "org.freedesktop.DBus.Properties")
    return {"locked": bool(properties.Get("org.freedesktop.Secret.Collection", "Locked"))}


print("ready", flush=True)
for line in sys.stdin:
    try:
        print(json.dumps(answer(line.strip())), flush=True)
    except dbus.DBusException as error:
        print(json.dumps({"error": str(error)}), flush=True)
