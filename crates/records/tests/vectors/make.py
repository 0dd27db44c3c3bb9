#!/usr/bin/env python3
"""Makes the frozen vectors in this folder from the byte tables alone, with Python's `cryptography` instead of our code.

It was run once; the files are what counts. Run again it gives the same bytes. The tests never run it.
"""

import importlib.util
import json
import pathlib
import struct
import uuid

HERE = pathlib.Path(__file__).parent
spec = importlib.util.spec_from_file_location("crypto_vectors", HERE.parents[2] / "crypto/tests/vectors/make.py")
crypto = importlib.util.module_from_spec(spec)
spec.loader.exec_module(crypto)
counted, derive, seal, change = crypto.counted, crypto.derive, crypto.seal, crypto.change

IDS = [counted(f"device {name}", 16) for name in "abc"]
SECRETS = [counted(f"keys of {name}", 64) for name in "abc"]
PAIRS = [crypto.Pairs(one[:32], one[32:]) for one in SECRETS]
KEYS = [(b"\x01" + device + secret).hex() for device, secret in zip(IDS, SECRETS)]


def write(name, content):
    (HERE / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


def handed_over(to, random):
    key = f"keyring/2/{uuid.UUID(bytes=IDS[to])}.blob"
    start = b"HFRK\x01\x01\x00\x00" + IDS[0] + IDS[to]
    signed = start + crypto.hpke_seal(PAIRS[to].agreement_public, b"holdfast 1 records keyring" + key.encode(), start, crypto.VAULT, random)
    return signed + PAIRS[0].sign(b"holdfast 1 records keyring", key, signed)


def of_rotations():
    """Device a revokes device c; device b stays."""
    randoms, nonce = [counted("random for a", 32), counted("random for b", 32)], counted("nonce of a statement", 12)
    head = b"HFRR\x01\x00" + struct.pack(">HH", 2, 2)
    for to, random in enumerate(randoms):
        blob = handed_over(to, random)
        head += IDS[to] + struct.pack(">H", len(blob)) + blob
    each = 18 + len(blob)
    public_key = public_key_of(crypto.USER, crypto.MASTERS[1], 2)
    master_key = counted("a sealed master key", 83)
    limits = sorted([(IDS[0], 12, 40), (IDS[2], 5, 9)])
    said = b"\x01" + IDS[0] + IDS[2] + struct.pack(">H", len(limits))
    said += b"".join(device + struct.pack(">QQ", sequence, number) for device, sequence, number in limits)
    statement = said + public_key + master_key
    log = derive(crypto.MASTERS[1], b"holdfast 1 records log")
    values = derive(log, b"holdfast 1 small values")

    def stated(plain, name="keyring/2.blob", before=head, key=values):
        return before + nonce + seal(key, nonce, b"holdfast 1 records revocation " + name.encode() + b" " + before, plain)

    whole, second = stated(statement), 10 + each
    former = derive(derive(crypto.MASTERS[0], b"holdfast 1 records log"), b"holdfast 1 small values")
    other = bytes([IDS[0][0] ^ 1]).hex() + IDS[0][1:].hex()
    unknown, broken = "Crypto(UnknownFormat)", "Crypto(Broken)"
    write("rotations", {
        "known": crypto.VAULT_BEFORE.hex(), "vault": crypto.VAULT.hex(), "keys": KEYS, "generation": 2,
        "random": b"".join([*randoms, nonce]).hex(), "public_key": public_key.hex(), "master_key": master_key.hex(),
        "limits": [{"device": device.hex(), "sequence": sequence, "number": number} for device, sequence, number in limits],
        "blob": whole.hex(),
        "failing": [
            change("another magic", unknown, flip=0), change("later format", unknown, set=[4, "02"]),
            change("reserved byte", unknown, set=[5, "01"]),
            change("another generation", "Crypto(Signature)", set=[6, "0003"]),
            change("one device fewer", "NotHandedOver", set=[8, "0001"]),
            change("more devices than there are", unknown, set=[8, "00ff"]),
            change("for another device", "NotHandedOver", flip=second),
            change("longer keyring than there is", unknown, set=[second + 16, "ffff"]),
            change("another sender", f'Crypto(OtherDevice {{ found: "{other}" }})', flip=second + 18 + 8),
            change("flipped keyring", "Crypto(Signature)", flip=second + 18 + 80),
            change("keyrings changed places", "Crypto(Signature)", swap=[10 + 18 + 40, second + 18 + 40, each - 58]),
            change("another's keyring flipped", broken, flip=10 + 18 + 80),
            change("flipped nonce of the statement", broken, flip=len(head)),
            change("flipped statement", broken, flip=len(head) + 20), change("flipped tag", broken, flip=len(whole) - 1),
            change("cut by a byte", broken, cut=len(whole) - 1),
            change("cut in the nonce of the statement", "Crypto(CutShort { bytes: 5 })", cut=len(head) + 5),
            change("cut in a keyring", unknown, cut=second + 60), change("cut in the header", unknown, cut=7),
            change("empty", unknown, cut=0), change("longer", broken, append="00"),
        ],
        # Whole objects, of which the statement is what it should not be.
        "failing_statements": [
            {"name": "sealed with the secret before", "blob": stated(statement, key=former).hex(), "error": broken},
            {"name": "of another generation's object", "blob": stated(statement, name="keyring/3.blob").hex(), "error": broken},
            {"name": "of another object's beginning", "blob": (head + stated(statement, before=head[:-1] + b"\0")[len(head):]).hex(), "error": broken},
            {"name": "later format", "blob": stated(b"\x02" + statement[1:]).hex(), "error": unknown},
            {"name": "more logs than there are", "blob": stated(said[:33] + b"\xff\xff" + statement[35:]).hex(), "error": unknown},
            {"name": "cut in a log", "blob": stated(said[:-1]).hex(), "error": unknown},
            {"name": "without a public key", "blob": stated(said).hex(), "error": unknown},
            {"name": "cut in the public key", "blob": stated(said + public_key[:-1]).hex(), "error": unknown},
            {"name": "empty", "blob": stated(b"").hex(), "error": unknown},
        ],
    })


def public_key_of(user, master, generation):
    pairs = crypto.Pairs(derive(master, b"holdfast 1 records agreement key"), derive(master, b"holdfast 1 records signing key"))
    signed = b"HFRP\x01\x01" + struct.pack(">H", generation) + user + pairs.public
    return signed + pairs.sign(b"holdfast 1 records public key", "public-key.blob", signed)


def of_heads():
    """The log's id is another one than that of the keys, as after a copied disk."""
    log, label = counted("log of a", 16), b"holdfast 1 records log head "
    own, digest = (log, 7, 31), counted("hash of a segment", 32)
    others = [(IDS[1], 5, 12), (IDS[2], 1 << 40, 3)]

    def length(one):
        return one[0] + struct.pack(">QQ", *one[1:])

    def signed(content, by=0):
        return content + PAIRS[by].sign(b"holdfast 1 records log head", "", IDS[by] + label + content)

    start = b"HFRH\x01\x00\x00\x00"
    before = start + length(own) + digest
    content = before + struct.pack(">H", len(others)) + b"".join(map(length, others))
    whole, error = signed(content), "NotBelieved"
    write("heads", {
        "keys": KEYS, "device": log.hex(), "sequence": own[1], "entries": own[2], "hash": digest.hex(),
        "others": [{"device": device.hex(), "sequence": sequence, "entries": entries} for device, sequence, entries in others],
        "blob": whole.hex(),
        "failing": [
            change("flipped magic", error, flip=0), change("later format", error, set=[4, "02"]),
            change("another device", error, flip=8), change("another length", error, flip=31),
            change("other entries", error, flip=39), change("another hash", error, flip=40),
            change("one other fewer", error, set=[72, "0001"]), change("another's length", error, flip=97),
            change("others changed places", error, swap=[74, 106, 32]),
            change("flipped signature", error, flip=len(whole) - 1), change("cut by a byte", error, cut=len(whole) - 1),
            change("cut in the signature", error, cut=60), change("empty", error, cut=0), change("longer", error, append="00"),
        ],
        # Signed as it should be, of what should not be.
        "failing_signed": [
            {"name": "by another device", "blob": signed(content, by=1).hex(), "error": error},
            {"name": "without the label", "blob": (content + PAIRS[0].sign(b"holdfast 1 records log head", "", IDS[0] + content)).hex(), "error": error},
            {"name": "as a device's keys", "blob": (content + PAIRS[0].sign(b"holdfast 1 records device", "", IDS[0] + label + content)).hex(), "error": error},
            {"name": "of another log", "blob": signed(start + length((IDS[1], 7, 31)) + content[40:]).hex(), "error": error},
            {"name": "later format", "blob": signed(b"HFRH\x02" + content[5:]).hex(), "error": error},
            {"name": "reserved byte", "blob": signed(content[:7] + b"\x01" + content[8:]).hex(), "error": error},
            {"name": "more others than there are", "blob": signed(before + b"\x00\x03" + content[74:]).hex(), "error": error},
            {"name": "fewer others than there are", "blob": signed(before + b"\x00\x01" + content[74:]).hex(), "error": error},
            {"name": "cut in the hash", "blob": signed(content[:60]).hex(), "error": error},
        ],
    })


for make in (of_rotations, of_heads):
    make()
