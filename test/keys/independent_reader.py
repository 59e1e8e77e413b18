"""Opens a vault's keys by docs/format.md alone, with other libraries than ours: the check on our own reading.

    independent_reader.py FOLDER passphrase|recovery      the secret on standard input

Prints, as JSON, every metadata key by its id, after every commitment, mac and box held.
"""
import base64, glob, hashlib, hmac, json, os, sys
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
folder, way = sys.argv[1:]
secret = sys.stdin.read().rstrip("\n")


def load(name):
    with open(os.path.join(folder, name), "rb") as file:
        raw = file.read()
    value = json.loads(raw)
    # RFC 8785, for values without floats or exotic text.
    assert json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == raw, name
    assert value["format"] == "1.0"
    return value


def listed(pattern):
    return sorted(os.path.relpath(path, folder) for path in glob.glob(os.path.join(folder, pattern)))


vault = load("vault.json")
VAULT = bytes.fromhex(vault["vaultId"])
b64 = base64.b64decode


def kdf(key, label, info=b""):
    return HKDF(hashes.SHA256(), 32, VAULT, label.encode() + b"\0" + info).derive(key)


def unbox(key, aad, box):
    return AESGCM(key).decrypt(box[:12], box[12:], aad)


def check_mac(value, key, label):
    unsigned = {name: member for name, member in value.items() if name != "mac"}
    message = json.dumps(unsigned, sort_keys=True, separators=(",", ":")).encode()
    assert hmac.compare_digest(hmac.digest(kdf(key, label), message, "sha256"), b64(value["mac"]))


def parse_edk(data):
    fields = []
    for _ in range(3):
        size = int.from_bytes(data[:2], "big")
        fields.append(data[2 : 2 + size])
        data = data[2 + size :]
    return fields, data


def local(edk, master, subject):
    provider, info, ciphertext = edk
    assert provider == b"strongroom-local" and info[32:40] == bytes.fromhex("000000800000000c") and len(info) == 52
    return AESGCM(kdf(master, "strongroom/wrap", subject)).decrypt(info[40:], ciphertext, VAULT + subject)


def recovery(edk, private, subject):
    provider, _, ciphertext = edk
    assert provider == b"strongroom-recovery"
    ephemeral, box = ciphertext[:65], ciphertext[65:]
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), ephemeral)
    ours = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = private.exchange(ec.ECDH(), theirs)
    return unbox(kdf(shared, "strongroom/recovery", ephemeral + ours + subject), VAULT + subject, box)


def recovery_private(code):
    number = 0
    for digit in code.replace("-", ""):
        number = number * 32 + DIGITS.index(digit)
    data = number.to_bytes(35, "big")
    c = data[:32]
    assert hashlib.sha256(c).digest()[:3] == data[32:]
    wide = HKDF(hashes.SHA512(), 48, VAULT, b"strongroom/recovery-scalar").derive(c)
    return ec.derive_private_key(1 + int.from_bytes(wide, "big") % (ORDER - 1), ec.SECP256R1())


def from_passphrase(copy, version):
    k = hash_secret_raw(secret.encode(), b64(copy["salt"]), copy["t"], copy["m"], copy["p"], 32, Type.ID, 19)
    assert kdf(k, "strongroom/commit") == b64(copy["commit"])
    return unbox(kdf(k, "strongroom/copy", version), VAULT + version, b64(copy["box"]))


masters, under = {}, {}
for name in listed("keys/copies/*/*.json"):
    version, copy = name.split("/")[2], load(name)
    if copy["kind"] == "local":
        under[version] = parse_edk(b64(copy["edk"]))[0]
    elif copy["kind"] == way == "passphrase":
        masters[version] = from_passphrase(copy, bytes.fromhex(version))
    elif copy["kind"] == way == "recovery":
        edk, rest = parse_edk(b64(copy["edk"]))
        assert rest == b""
        point = b64(load("keys/recovery/%s.json" % edk[1].decode())["point"])
        private = recovery_private(secret)
        assert private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) == point
        masters[version] = recovery(edk, private, bytes.fromhex(version))
for version, edk in under.items():
    # The newest opens all before it: what a copy of its own opened must be the same.
    opened = local(edk, masters[edk[1][:32].decode()], bytes.fromhex(version))
    assert masters.setdefault(version, opened) == opened
for version, master in masters.items():
    assert kdf(master, "strongroom/commit") == b64(load("keys/versions/%s.json" % version)["commit"])

keys, files = {}, [load(name) for name in listed("keys/metadata/*.json")]
for file in files:
    record, identity = b64(file["record"]), bytes.fromhex(file["metadataKeyId"])
    assert int.from_bytes(record[32:34], "big") == 1
    edk, rest = parse_edk(record[34:])
    assert rest == b""
    key = local(edk, masters[edk[1][:32].decode()], identity)
    assert kdf(key, "strongroom/commit") == record[:32]
    assert keys.setdefault(file["metadataKeyId"], key) == key
for file in files:
    key, previous = keys[file["metadataKeyId"]], file.get("previous")
    assert (previous is None) == (file["epoch"] == 1)
    if previous:
        aad = VAULT + bytes.fromhex(file["metadataKeyId"]) + bytes.fromhex(previous["id"])
        before = unbox(kdf(key, "strongroom/previous", bytes.fromhex(previous["id"])), aad, b64(previous["box"]))
        assert before == keys[previous["id"]]
        key = before
    check_mac(file, key, "strongroom/next")
check_mac(vault, keys[vault["metadataKeyId"]], "strongroom/vault")
print(json.dumps({name: key.hex() for name, key in keys.items()}))
