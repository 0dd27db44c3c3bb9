#!/usr/bin/env python3
"""Makes the frozen vectors in this folder from the byte tables alone, with Python's `cryptography` instead of our code.

It was run once; the files are what counts. Run again it gives the same bytes, and needs the BIP-39 English list as its only
argument (one word a line). The tests never run it. `records/tests/vectors/make.py` builds on it.
"""

import hashlib
import hmac
import json
import pathlib
import struct
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HERE = pathlib.Path(__file__).parent
WORDS = pathlib.Path(sys.argv[1]).read_text().split() if len(sys.argv) > 1 else []


def sha256(data):
    return hashlib.sha256(data).digest()


def counted(name, count):
    """Bytes that look random and are the same each time."""
    out = b""
    while len(out) < count:
        out += sha256(f"{name} {len(out)}".encode())
    return out[:count]


def derive(secret, label, length=32):
    return HKDF(hashes.SHA256(), length, b"holdfast", label).derive(secret)


def seal(key, nonce, context, plain):
    return AESGCM(key).encrypt(nonce, plain, context)


def envelope(wrapping, header, object_key, body, random):
    data_key, wrap_nonce, body_nonce = random[:32], random[32:44], random[44:56]
    wrapped = seal(wrapping, wrap_nonce, b"wrap" + header + object_key.encode(), data_key)
    return header + wrap_nonce + wrapped + body_nonce + seal(data_key, body_nonce, b"body" + header + object_key.encode(), body)


# HPKE (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, base mode, first message.
def expand(key, info, length):
    out, block = b"", b""
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([len(out) // 32 + 1]), "sha256")
        out += block
    return out[:length]


def labeled_extract(suite, salt, label, data):
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + data, "sha256")


def labeled_expand(suite, key, label, info, length):
    return expand(key, struct.pack(">H", length) + b"HPKE-v1" + suite + label + info, length)


KEM, SUITE = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x02"


def hpke_seal(public, info, context, plain, ephemeral_material):
    material = labeled_extract(KEM, b"", b"dkp_prk", ephemeral_material)
    ephemeral = X25519PrivateKey.from_private_bytes(labeled_expand(KEM, material, b"sk", b"", 32))
    encapsulated = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    material = labeled_extract(KEM, b"", b"eae_prk", shared)
    secret = labeled_expand(KEM, material, b"shared_secret", encapsulated + public, 32)
    schedule = b"\0" + labeled_extract(SUITE, b"", b"psk_id_hash", b"") + labeled_extract(SUITE, b"", b"info_hash", info)
    secret = labeled_extract(SUITE, secret, b"secret", b"")
    key = labeled_expand(SUITE, secret, b"key", schedule, 32)
    nonce = labeled_expand(SUITE, secret, b"base_nonce", schedule, 12)
    return encapsulated + seal(key, nonce, context, plain)


class Pairs:
    def __init__(self, agreement, signing):
        self.agreement, self.signing = X25519PrivateKey.from_private_bytes(agreement), Ed25519PrivateKey.from_private_bytes(signing)
        self.agreement_public = self.agreement.public_key().public_bytes_raw()
        self.public = self.agreement_public + self.signing.public_key().public_bytes_raw()

    def sign(self, label, place, message):
        return self.signing.sign(label + b"\0" + struct.pack(">I", len(place)) + place.encode() + message)


def to_words(data, count):
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (count * 11 - len(bits))
    return " ".join(WORDS[int(bits[at : at + 11], 2)] for at in range(0, count * 11, 11))


def bip39(data):
    return to_words(data + sha256(data)[:1], (len(data) * 8 + len(data) // 4) // 11)


MASTERS = [counted("master 1", 32), counted("master 2", 32)]
USER = derive(MASTERS[0], b"holdfast 1 records user id", 16)
VAULT = b"\x01" + USER + struct.pack(">H", 2) + b"".join(MASTERS)
VAULT_BEFORE = b"\x01" + USER + struct.pack(">H", 1) + MASTERS[0]
MEMBER = bytes.fromhex("0e37df36f69811e68dd4cb9ced3df976")
GENERATIONS = [(1, 1), (1, 2), (2, 1)]


def member_key(generation):
    label = b"holdfast 1 records member key" + MEMBER + struct.pack(">HH", *generation)
    return derive(MASTERS[generation[0] - 1], label)


def header(purpose, generation):
    key_id = derive(member_key(generation), b"holdfast 1 records key id", 8)
    return b"HFRB\x01\x01" + bytes([purpose, 0]) + key_id + struct.pack(">HH", *generation)


def change(name, error, **what):
    return {"name": name, **what, "error": error}


def of_vault():
    log = [derive(master, b"holdfast 1 records log") for master in MASTERS]
    write("keyring", {
        "vault": VAULT.hex(), "user_id": USER.hex(), "masters": [one.hex() for one in MASTERS],
        "log_key_ids": [derive(one, b"holdfast 1 key id", 8).hex() for one in log],
        "log_checks": [derive(one, b"holdfast 1 key check", 16).hex() for one in log],
        "failing": [
            change("cut", "CutShort { bytes: 82 }", cut=82),
            change("longer", "UnknownFormat", append="00"),
            change("later format", "UnknownFormat", set=[0, "02"]),
            change("no secret", "UnknownFormat", set=[17, "0000"]),
            change("more secrets than there are", "CutShort { bytes: 83 }", set=[17, "0003"]),
            change("another name", f'OtherUser {{ found: "{bytes([USER[0] ^ 1]).hex() + USER[1:].hex()}" }}', flip=1),
        ],
    })


def of_blobs():
    cases = []
    for purpose, name, key, generation in [
        (1, "profile", "family-members/m/profile.blob", (1, 1)),
        (2, "record", "family-members/m/records/r.v3.d.blob", (1, 2)),
        (3, "attachment metadata", "family-members/m/attachments/a/metadata.blob", (2, 1)),
    ]:
        plain, random = f'{{"name":"{name}"}}'.encode(), counted(f"random of {name}", 56)
        wrapping = derive(member_key(generation), b"holdfast 1 records blob keys")
        blob = envelope(wrapping, header(purpose, generation), key, plain, random)
        cases.append({"purpose": name, "object_key": key, "generation": list(generation), "plain": plain.hex(),
                      "random": random.hex(), "blob": blob.hex()})
    record = bytes.fromhex(cases[1]["blob"])
    key_id = record[8:16].hex()
    write("blobs", {
        "vault": VAULT.hex(), "member": MEMBER.hex(), "generations": GENERATIONS, "cases": cases, "failing_of": 1,
        "failing": [
            change("moved", "Broken", object_key="family-members/m/records/r.v4.d.blob"),
            change("another member's folder", "Broken", object_key="family-members/n/records/r.v3.d.blob"),
            change("another purpose", "OtherPurpose { found: 1 }", set=[6, "01"]),
            change("an attachment's data", "OtherPurpose { found: 4 }", set=[6, "04"]),
            change("later format", "UnknownFormat", set=[4, "02"]),
            change("another cipher", "UnknownFormat", set=[5, "02"]),
            change("reserved byte", "UnknownFormat", set=[7, "01"]),
            change("flipped key id", f'OtherKey {{ found: "{bytes([record[8] ^ 1]).hex() + key_id[2:]}" }}', flip=8),
            change("wrong generation", f'OtherKey {{ found: "{key_id}" }}', set=[16, "00010001"]),
            change("unknown generation", "UnknownGeneration { found: Generation { master: 3, member: 1 } }", set=[16, "00030001"]),
            change("no generation", "NoGeneration", set=[16, "00000001"]),
            change("flipped wrapped key", "Broken", flip=40),
            change("flipped nonce", "Broken", flip=85),
            change("flipped body", "Broken", flip=95),
            change("flipped tag", "Broken", flip=len(record) - 1),
            change("cut by a byte", "Broken", cut=len(record) - 1),
            change("cut in the wrapped key", "CutShort { bytes: 50 }", cut=50),
            change("cut in the header", "CutShort { bytes: 10 }", cut=10),
            change("empty", "CutShort { bytes: 0 }", cut=0),
            change("longer", "Broken", append="00"),
        ],
    })


def of_streams():
    generation, cases, chunk = (2, 1), [], 65536
    key = "family-members/m/attachments/a/data.blob"
    names = derive(member_key(generation), b"holdfast 1 records attachment names")
    for length in [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 3 * chunk + 100]:
        plain, random = counted(f"content {length}", length), counted(f"random of {length}", 51)
        start, data_key, prefix = header(4, generation), random[:32], random[44:51]
        wrapping = derive(member_key(generation), b"holdfast 1 records stream keys")
        sealed = start + random[32:44] + seal(wrapping, random[32:44], b"wrap" + start + key.encode(), data_key) + prefix
        pieces = [plain[at : at + chunk] for at in range(0, length, chunk)] or [b""]
        for index, piece in enumerate(pieces):
            nonce = prefix + struct.pack(">I", index) + bytes([index == len(pieces) - 1])
            sealed += seal(data_key, nonce, b"data" + start + key.encode(), piece)
        cases.append({"length": length, "random": random.hex(), "sealed_length": len(sealed), "sha256": sha256(sealed).hex(),
                      "name": hmac.digest(names, plain, "sha256").hex(), "start": sealed[:87].hex()})
    first, size = 87, chunk + 16
    whole = cases[-1]["sealed_length"]
    write("streams", {
        "vault": VAULT.hex(), "member": MEMBER.hex(), "generations": GENERATIONS, "object_key": key,
        "content": "SHA-256 of 'content {length} {offset}' for every 32nd offset, one after the other", "cases": cases,
        "failing_of": len(cases) - 1,
        "failing": [
            change("moved", "Broken", object_key="family-members/m/attachments/b/data.blob"),
            change("metadata", "OtherPurpose { found: 3 }", set=[6, "03"]),
            change("wrong generation", f'OtherKey {{ found: "{cases[-1]["start"][16:32]}" }}', set=[16, "00010002"]),
            change("unknown generation", "UnknownGeneration { found: Generation { master: 9, member: 1 } }", set=[16, "00090001"]),
            change("flipped wrapped key", "Broken", flip=50),
            change("flipped beginning of nonces", "Broken", flip=81),
            change("flipped bit in a chunk", "Broken", flip=first + size + 5),
            change("reordered chunks", "Broken", swap=[first, first + size, size]),
            change("cut after a chunk", "Broken", cut=first + 2 * size),
            change("cut in a chunk", "Broken", cut=first + 2 * size + 1000),
            change("cut after the start", "Broken", cut=first),
            change("cut in the start", "CutShort { bytes: 80 }", cut=80),
            change("extended", "Broken", append="00"),
            change("extended by a chunk", "Broken", zeros=size),
            change("last chunk twice", "Broken", repeat=[first + 3 * size, whole]),
        ],
    })


def identity(user, master, generation):
    pairs = Pairs(derive(master, b"holdfast 1 records agreement key"), derive(master, b"holdfast 1 records signing key"))
    signed = b"HFRP\x01\x01" + struct.pack(">H", generation) + user + pairs.public
    blob = signed + pairs.sign(b"holdfast 1 records public key", "public-key.blob", signed)
    return pairs, blob, bip39(sha256(b"holdfast 1 records fingerprint" + signed)[:16])


def of_identities():
    cases = []
    for generation in (1, 2):
        _, blob, words = identity(USER, MASTERS[generation - 1], generation)
        cases.append({"generation": generation, "blob": blob.hex(), "fingerprint": words})
    write("identities", {
        "vault": VAULT.hex(), "cases": cases, "failing_of": 0,
        "failing": [
            change("flipped user id", "Signature", flip=8), change("flipped generation", "Signature", set=[6, "0003"]),
            change("no generation", "NoGeneration", set=[6, "0000"]),
            change("another X25519 key", "Signature", flip=24), change("another Ed25519 key", "Signature", flip=57),
            change("flipped signature", "Signature", flip=151), change("later format", "UnknownFormat", set=[4, "02"]),
            change("cut", "CutShort { bytes: 151 }", cut=151), change("longer", "UnknownFormat", append="00"),
        ],
    })


def of_grants():
    owner, owner_blob, owner_words = identity(USER, MASTERS[1], 2)
    other_master = counted("master of another", 32)
    other_user = derive(other_master, b"holdfast 1 records user id", 16)
    other, other_blob, other_words = identity(other_user, other_master, 1)
    other_vault = b"\x01" + other_user + b"\0\x01" + other_master
    key, place, ends = "access-grants/5d3f.blob", "s3://bucket/prefix", 1_900_000_000_000
    start, random = b"HFRG\x01\x01\x00\x02" + USER, counted("random of a grant", 32)
    content = b"\x01" + MEMBER + b"\x02" + struct.pack(">q", ends) + USER + struct.pack(">H", 3)
    content += b"".join(struct.pack(">HH", *one) + member_key(one) for one in GENERATIONS)
    content += struct.pack(">H", len(place)) + place.encode()
    signed = start + hpke_seal(other.agreement_public, b"holdfast 1 records grant" + key.encode(), start, content, random)
    blob = signed + owner.sign(b"holdfast 1 records grant", key, signed)
    write("grants", {
        "vault": VAULT.hex(), "other_vault": other_vault.hex(), "owner": owner_blob.hex(), "owner_fingerprint": owner_words,
        "other": other_blob.hex(), "other_fingerprint": other_words, "object_key": key, "member": MEMBER.hex(),
        "generations": GENERATIONS, "rights": "ReadWrite", "ends": ends, "place": place, "random": random.hex(),
        "blob": blob.hex(),
        "failing": [
            change("moved", "Signature", object_key="access-grants/5d40.blob"),
            change("another owner", f'OtherUser {{ found: "{bytes([USER[0] ^ 1]).hex() + USER[1:].hex()}" }}', flip=8),
            change("another identity of the owner", "OtherIdentity { found: 1 }", set=[6, "0001"]),
            change("flipped encapsulated key", "Signature", flip=30), change("flipped content", "Signature", flip=70),
            change("flipped signature", "Signature", flip=len(blob) - 1), change("cut", "Signature", cut=len(blob) - 1),
            change("cut in the signature", "CutShort { bytes: 60 }", cut=60), change("longer", "Signature", append="00"),
            change("later format", "UnknownFormat", set=[4, "02"]),
        ],
    })


def of_devices():
    ids = [counted("device a", 16), counted("device b", 16)]
    secrets = [counted("keys of a", 64), counted("keys of b", 64)]
    pairs = [Pairs(one[:32], one[32:]) for one in secrets]
    public = [device + pair.public for device, pair in zip(ids, pairs)]
    key, random = "keyring/2/b.blob", counted("random of a keyring", 32)
    start = b"HFRK\x01\x01\x00\x00" + ids[0] + ids[1]
    signed = start + hpke_seal(pairs[1].agreement_public, b"holdfast 1 records keyring" + key.encode(), start, VAULT, random)
    blob = signed + pairs[0].sign(b"holdfast 1 records keyring", key, signed)
    head = b"head of a log"
    owner, _, _ = identity(USER, MASTERS[1], 2)
    write("devices", {
        "vault": VAULT.hex(), "known": VAULT_BEFORE.hex(), "keys": [(b"\x01" + a + b).hex() for a, b in zip(ids, secrets)],
        "public": [one.hex() for one in public], "object_key": key, "random": random.hex(), "blob": blob.hex(),
        "log_head": head.hex(), "log_head_signature": pairs[0].sign(b"holdfast 1 records log head", "", ids[0] + head).hex(),
        "vouched_by_owner": owner.sign(b"holdfast 1 records device", "", public[0]).hex(),
        "failing": [
            change("moved", "Signature", object_key="keyring/3/b.blob"),
            change("another sender", f'OtherDevice {{ found: "{bytes([ids[0][0] ^ 1]).hex() + ids[0][1:].hex()}" }}', flip=8),
            change("another receiver", f'OtherDevice {{ found: "{bytes([ids[1][0] ^ 1]).hex() + ids[1][1:].hex()}" }}', flip=24),
            change("flipped content", "Signature", flip=80), change("flipped signature", "Signature", flip=len(blob) - 1),
            change("cut", "Signature", cut=len(blob) - 1), change("later format", "UnknownFormat", set=[4, "02"]),
            change("reserved bytes", "UnknownFormat", set=[6, "0001"]),
        ],
    })


def of_recovery():
    code, salt, nonce = counted("recovery code", 32), counted("salt", 16), counted("nonce", 12)
    start = b"HFRM\x01\x01\x00\x00" + struct.pack(">III", 65536, 3, 1) + salt + nonce
    key = Argon2id(salt=salt, length=32, iterations=3, lanes=1, memory_cost=65536).derive(code)
    blob = start + seal(key, nonce, b"keys" + start + b"master-key.blob", VAULT)

    def effort(name, kind, memory, passes, lanes):
        found = f"{kind} {{ memory_kib: {memory}, passes: {passes}, lanes: {lanes} }}"
        return change(name, found, set=[8, struct.pack(">III", memory, passes, lanes).hex()])

    write("recovery", {
        "code": bip39(code), "vault": VAULT.hex(), "random": (salt + nonce).hex(), "memory_kib": 65536, "passes": 3, "lanes": 1,
        "blob": blob.hex(),
        "failing": [
            effort("weak memory", "WeakEffort", 65535, 3, 1), effort("weak passes", "WeakEffort", 65536, 2, 1),
            effort("no lanes", "WeakEffort", 65536, 3, 0), effort("no memory at all", "WeakEffort", 0, 0, 0),
            effort("endless memory", "ExcessiveEffort", (1 << 20) + 1, 3, 1),
            effort("endless passes", "ExcessiveEffort", 65536, 17, 1),
            effort("endless lanes", "ExcessiveEffort", 65536, 3, 5),
            change("other parameters", "WrongCode", set=[12, "00000004"]), change("flipped salt", "WrongCode", flip=20),
            change("flipped nonce", "WrongCode", flip=36), change("flipped keyring", "WrongCode", flip=60),
            change("cut", "WrongCode", cut=len(blob) - 1), change("cut in the header", "CutShort { bytes: 40 }", cut=40),
            change("later format", "UnknownFormat", set=[4, "02"]), change("another derivation", "UnknownFormat", set=[5, "02"]),
        ],
    })


def times(a, b):
    product = 0
    for _ in range(8):
        product ^= a if b & 1 else 0
        a, b = (a << 1) ^ (0x11B if a & 0x80 else 0), b >> 1
    return product


def share_words(code, needed, number, name, checked=None):
    shared = (checked or code) + sha256(b"holdfast 1 records code" + code)[:4]
    rows = [shared] + [counted(f"{name} row {row}", 36) for row in range(1, needed)]
    value, power = bytes(36), 1
    for row in rows:
        value, power = bytes(a ^ times(b, power) for a, b in zip(value, row)), times(power, number)
    data = b"\x01" + counted(name, 3) + bytes([needed, number]) + value
    return to_words(data + sha256(b"holdfast 1 records share" + data)[:3], 33)


def of_shares():
    code = counted("recovery code", 32)
    three = [share_words(code, 3, number, "a set") for number in range(1, 6)]
    other = [share_words(code, 3, number, "another set") for number in range(1, 6)]
    forged = [share_words(code, 3, number, "a set", checked=bytes(32)) for number in range(1, 6)]
    swapped = three[0].split()
    swapped[6], swapped[7] = swapped[7], swapped[6]
    write("shares", {
        "code": bip39(code), "needed": 3, "shares": three,
        "combined": [[0, 1, 2], [4, 2, 0], [1, 2, 3, 4], [0, 1, 2, 3, 4]],
        "failing": [
            change("none", "TooFewShares { found: 0, needed: 2 }", shares=[]),
            change("too few", "TooFewShares { found: 2, needed: 3 }", shares=three[:2]),
            change("of two sets", "MixedShares { number: 3 }", shares=[three[0], three[1], other[2]]),
            change("one twice", "SameShare { number: 1 }", shares=[three[0], three[1], three[0]]),
            change("one made up", "WrongShares", shares=[three[0], three[1], forged[2]]),
            change("two words changed places", "WordChecksum", shares=[" ".join(swapped)]),
            change("a word too few", "WordCount { found: 32, expected: 33 }", shares=[" ".join(three[0].split()[:-1])]),
            change("a word of no list", "UnknownWord { place: 1 }", shares=["hunter2 " + " ".join(three[0].split()[1:])]),
        ],
    })


def of_segments():
    secret, device = bytes([1]) * 32, counted("device a", 16)
    key, body, random = "log/device/00000000000000000007", b"records", counted("random of a segment", 56)
    start = b"HFSG\x01\x01\x00\x00" + derive(secret, b"holdfast 1 key id", 8) + device + struct.pack(">Q", 7) + bytes([9]) * 32
    sealed = envelope(derive(secret, b"holdfast 1 segment keys"), start, key, body, random)
    write("segments", {
        "secret": secret.hex(), "device": device.hex(), "sequence": 7, "previous": (bytes([9]) * 32).hex(), "object_key": key,
        "body": body.hex(), "random": random.hex(), "segment": sealed.hex(),
        "failing": [
            change("moved", "Broken", object_key="log/device/00000000000000000008"),
            change("flipped device", "Broken", flip=16), change("flipped sequence", "Broken", flip=39),
            change("flipped hash of the one before", "Broken", flip=41), change("cut by a byte", "Broken", cut=len(sealed) - 1),
            change("cut in the header", "CutShort { bytes: 20 }", cut=20), change("later format", "UnknownFormat", set=[4, "02"]),
        ],
    })


def write(name, content):
    (HERE / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    for make in (of_vault, of_blobs, of_streams, of_identities, of_grants, of_devices, of_recovery, of_shares, of_segments):
        make()
