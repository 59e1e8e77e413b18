#!/usr/bin/env python3
"""Makes the examples of docs/format.md §2.5 to §5: a whole small vault.

    examples.py              prints them
    examples.py FILE.md      writes them into the blocks of these names that the document has

A second writer of the format, made from the document; it shares nothing with Strongroom or with
resources/recovery. Where the format wants random bytes, these come from their name, so every run makes the
same. Needs python3-cryptography and python3-argon2.
"""
import base64
import hashlib
import hmac
import json
import re
import sys
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

BLOCKS = {}  # name -> (language, body)


def random(name, size=16):
    return hashlib.shake_256(b'strongroom example: ' + name.encode()).digest(size)


def show_hex(name, *fields):
    """A block of hexadecimal digits: each field on a line of its own, of at most 48 bytes."""
    lines = [field[at:at + 48].hex() for field in fields for at in range(0, len(field), 48)]
    BLOCKS[name] = 'hex', '\n'.join(lines)
    return b''.join(fields)


def show(name, text, language='text'):
    BLOCKS[name] = language, text
    return text


def show_json(name, value):
    return show(name, canonical(value).decode(), 'json').encode()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(',', ':'), ensure_ascii=False).encode()


def base64_of(data):
    return base64.b64encode(data).decode()


def u16(number):
    return number.to_bytes(2, 'big')


def u32(number):
    return number.to_bytes(4, 'big')


def u64(number):
    return number.to_bytes(8, 'big')


def field(data):
    return u16(len(data)) + data


# ---- CBOR ------------------------------------------------------------------------------------------------


def cbor(value):
    def head(major, count):
        for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
            if count < 24:
                return bytes([major << 5 | count])
            if count < 1 << 8 * size:
                return bytes([major << 5 | code]) + count.to_bytes(size, 'big')

    if value is None or isinstance(value, bool):
        return {False: b'\xf4', True: b'\xf5', None: b'\xf6'}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b''.join(map(cbor, value))
    return head(5, len(value)) + b''.join(cbor(key) + cbor(value[key]) for key in sorted(value))


def diagnostic(value):
    """CBOR's own notation for people (RFC 8949 §8)."""
    if isinstance(value, bytes):
        return f"h'{value.hex()}'"
    if isinstance(value, list):
        return '[' + ', '.join(map(diagnostic, value)) + ']'
    if isinstance(value, dict):
        return '{' + ', '.join(f'{key}: {diagnostic(each)}' for key, each in value.items()) + '}'
    return json.dumps(value, ensure_ascii=False)


def show_batch(name, time, ops):
    """A batch, as people read it and as bytes. Each op has a line of its own."""
    lines = ',\n  '.join(map(diagnostic, ops))
    show(f'{name}-ops', f'[{time}, [\n  {lines}\n]]')
    return show_hex(name, cbor([time, ops]))


# ---- Keys (§2.1, §2.5, §3) -------------------------------------------------------------------------------

VAULT = show_hex('vault-id', random('vault'))
DEVICE = show_hex('device-id', random('device'))
KEY = show_hex('key-id', random('key'))
KEY_VERSION = show_hex('key-version-id', random('key version 1'))
NEXT_VERSION = show_hex('next-key-version-id', random('key version 2'))
MASTER = show_hex('master-key', random('master key 1', 32))
NEXT_MASTER = show_hex('next-master-key', random('master key 2', 32))
METADATA_ID = show_hex('metadata-key-id', random('metadata key 1'))
METADATA = show_hex('metadata-key', random('metadata key 1 itself', 32))
NEXT_METADATA_ID = show_hex('next-metadata-key-id', random('metadata key 2'))
NEXT_METADATA = show_hex('next-metadata-key', random('metadata key 2 itself', 32))
RECOVERY_ID = show_hex('recovery-key-id', random('recovery key'))
KMS_KEY = show_hex('kms-key-id', random('kms key'))
ARN = show('kms-arn', 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab')
CREATED_MS = 1790000000000


def kdf(key, label, info=b'', salt=VAULT):
    return HKDF(hashes.SHA256(), 32, salt, label.encode() + b'\0' + info).derive(key)


def commit(key):
    return kdf(key, 'strongroom/commit')


def gcm(key, nonce, aad, data):
    return AESGCM(key).encrypt(nonce, data, aad)


def box(name, key, aad, data):
    nonce = random(f'nonce of {name}', 12)
    return nonce + gcm(key, nonce, aad, data)


def local_edk(name, master, version, subject, key):
    iv = random(f'nonce of {name}', 12)
    wrapped = gcm(kdf(master, 'strongroom/wrap', subject), iv, VAULT + subject, key)
    info = version.hex().encode() + u32(128) + u32(12) + iv
    return [field(b'strongroom-local'), field(info), field(wrapped)]


N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
CODE = show_hex('recovery-bytes', random('recovery code', 32))
CHECK = show_hex('recovery-checksum', hashlib.sha256(CODE).digest()[:3])


def crockford(data):
    bits = len(data) * 8
    number, digits = int.from_bytes(data, 'big') >> bits % 5, ''
    for _ in range(bits // 5):
        digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[number & 31] + digits
        number >>= 5
    return '-'.join(digits[at:at + 4] for at in range(0, len(digits), 4))


def point_of(private):
    numbers = private.public_key().public_numbers()
    return b'\4' + numbers.x.to_bytes(32, 'big') + numbers.y.to_bytes(32, 'big')


show('recovery-code', crockford(CODE + CHECK))
WIDE = show_hex('recovery-wide', HKDF(hashes.SHA512(), 48, VAULT, b'strongroom/recovery-scalar').derive(CODE))
SCALAR = 1 + int.from_bytes(WIDE, 'big') % (N - 1)
show_hex('recovery-scalar', SCALAR.to_bytes(32, 'big'))
RECOVERY = ec.derive_private_key(SCALAR, ec.SECP256R1())
POINT = show_hex('recovery-point', point_of(RECOVERY))


def recovery_edk(name, subject, key):
    once = ec.derive_private_key(int.from_bytes(random(f'ephemeral of {name}', 32), 'big') % N, ec.SECP256R1())
    ephemeral = point_of(once)
    shared = once.exchange(ec.ECDH(), RECOVERY.public_key())
    wrapping = kdf(shared, 'strongroom/recovery', ephemeral + POINT + subject)
    sealed = ephemeral + box(name, wrapping, VAULT + subject, key)
    return [field(b'strongroom-recovery'), field(RECOVERY_ID.hex().encode()), field(sealed)]


def record(name, key, *edks):
    return show_hex(name, commit(key), u16(len(edks)), *[part for edk in edks for part in edk])


def with_mac(key, label, value):
    mac = hmac.new(kdf(key, label), canonical(value), 'sha256').digest()
    return {**value, 'mac': base64_of(mac)}


FILES = {}  # under keys/


def key_file(block, name, value):
    FILES[name] = show_json(block, {'format': '1.0', **value})
    show(f'{block}-name', name)


vault_json = {'format': '1.0', 'vaultId': VAULT.hex(), 'createdMs': CREATED_MS,
              'metadataKeyId': METADATA_ID.hex()}
show_hex('vault-json-mac-key', kdf(METADATA, 'strongroom/vault'))
show('vault-json-unsigned', canonical(vault_json).decode(), 'json')
VAULT_JSON = show_json('vault-json', with_mac(METADATA, 'strongroom/vault', vault_json))
show('fingerprint', crockford(hashlib.sha256(VAULT_JSON).digest()[:13]))

for block, version, master in (('version-local', KEY_VERSION, MASTER),
                               ('version-next', NEXT_VERSION, NEXT_MASTER)):
    key_file(block, f'keys/versions/{version.hex()}.json', {
        'provider': 'local', 'keyId': KEY.hex(), 'createdMs': CREATED_MS, 'commit': base64_of(commit(master))})
key_file('version-kms', f'keys/versions/{KMS_KEY.hex()}.json', {
    'provider': 'kms', 'keyId': KMS_KEY.hex(), 'createdMs': CREATED_MS, 'arn': ARN})
key_file('recovery-file', f'keys/recovery/{RECOVERY_ID.hex()}.json', {
    'createdMs': CREATED_MS, 'point': base64_of(POINT)})

PASSPHRASE = show('copy-passphrase-text', 'office café 2 blue fish')
SALT = random('salt of the passphrase copy')
M, T, P = 65536, 3, 4
K = show_hex('copy-passphrase-k', hash_secret_raw(PASSPHRASE.encode(), SALT, T, M, P, 32, Type.ID, 19))
COPY_KEY = show_hex('copy-passphrase-key', kdf(K, 'strongroom/copy', KEY_VERSION))


def copy_file(block, kind, value):
    name = f'keys/copies/{KEY_VERSION.hex()}/{random(block).hex()}.json'
    key_file(block, name, {'kind': kind, **value})


copy_file('copy-passphrase', 'passphrase', {
    'm': M, 't': T, 'p': P, 'salt': base64_of(SALT), 'commit': base64_of(commit(K)),
    'box': base64_of(box('copy-passphrase', COPY_KEY, VAULT + KEY_VERSION, MASTER))})
EDK = show_hex('copy-recovery-edk', *recovery_edk('copy-recovery', KEY_VERSION, MASTER))
copy_file('copy-recovery', 'recovery', {'edk': base64_of(EDK)})
EDK = show_hex('copy-local-edk', *local_edk('copy-local', NEXT_MASTER, NEXT_VERSION, KEY_VERSION, MASTER))
copy_file('copy-local', 'local', {'edk': base64_of(EDK)})

RECORD = record('record-metadata', METADATA,
                local_edk('metadata 1', MASTER, KEY_VERSION, METADATA_ID, METADATA))
key_file('metadata-1', f'keys/metadata/00000001-{DEVICE.hex()}.json', with_mac(METADATA, 'strongroom/next', {
    'format': '1.0', 'epoch': 1, 'metadataKeyId': METADATA_ID.hex(), 'record': base64_of(RECORD)}))
# Wrapped by KMS, which nobody can open without AWS, and for the recovery code.
KMS_EDK = [field(b'aws-kms'), field(ARN.encode()), field(random('a KMS ciphertext', 184))]
RECORD = record('record-recovery', NEXT_METADATA, KMS_EDK,
                recovery_edk('metadata 2', NEXT_METADATA_ID, NEXT_METADATA))
BOX = box('previous', kdf(NEXT_METADATA, 'strongroom/previous', METADATA_ID),
          VAULT + NEXT_METADATA_ID + METADATA_ID, METADATA)
show_hex('metadata-2-box', BOX)
key_file('metadata-2', f'keys/metadata/00000002-{DEVICE.hex()}.json', with_mac(METADATA, 'strongroom/next', {
    'format': '1.0', 'epoch': 2, 'metadataKeyId': NEXT_METADATA_ID.hex(), 'record': base64_of(RECORD),
    'previous': {'id': METADATA_ID.hex(), 'box': base64_of(BOX)}}))

# ---- A message of the vault (§2.6) -----------------------------------------------------------------------

ITEM = show_hex('item-id', random('item'))
FOLDER = show_hex('folder-id', random('folder'))
VERSION = show_hex('version-id', random('version'))
OLD_VERSION = random('the version before')
FILE_KEY = show_hex('file-key', random('file key', 32))
TEXT = b'Hello, vault.\n'
MTIME_MS = 1789990000123

FILE_RECORD = record('record-file', FILE_KEY, local_edk('file', MASTER, KEY_VERSION, VERSION, FILE_KEY))
FILE_EDK = FILE_RECORD[34:]
fields = {1: 'Brücke.txt', 2: FOLDER, 3: len(TEXT), 4: MTIME_MS, 5: 0o640, 6: 0}
show('entry-map', diagnostic(fields))
ENTRY = show_hex('entry-plain', cbor(fields))
ENTRY += bytes(-len(ENTRY) % 256)
ENTRY_KEY = show_hex('entry-key', kdf(METADATA, 'strongroom/entry', VERSION))
ENTRY = show_hex('entry', METADATA_ID, box('entry', ENTRY_KEY, VAULT + ITEM + VERSION, ENTRY))

CONTEXT = {'strongroom-vault': VAULT.hex(), 'strongroom-item': ITEM.hex(), 'strongroom-version': VERSION.hex(),
           'strongroom-entry': base64_of(ENTRY), 'strongroom-key': base64_of(FILE_RECORD)}
context = [field(name.encode()) + field(CONTEXT[name].encode()) for name in sorted(CONTEXT)]
context = u16(len(context)) + b''.join(context)
data_key, message_id, iv = random('data key', 32), random('message id', 32), random('iv', 12)
wrapped = gcm(FILE_KEY, iv, context, data_key)
edk = field(b'strongroom') + field(VERSION.hex().encode() + u32(128) + u32(12) + iv) + field(wrapped)
encryption_key = HKDF(hashes.SHA512(), 32, message_id, b'\x04\x78DERIVEKEY').derive(data_key)
commit_key = HKDF(hashes.SHA512(), 32, message_id, b'COMMITKEY').derive(data_key)
header = b'\x02\x04\x78' + message_id + field(context) + u16(1) + edk + b'\2' + u32(1 << 18) + commit_key
tag = gcm(encryption_key, bytes(12), header, b'')
aad = message_id + b'AWSKMSEncryptionClient Final Frame' + u32(1) + u64(len(TEXT))
iv = bytes(8) + u32(1)
frame = b'\xff' * 4 + u32(1) + iv + u32(len(TEXT)) + gcm(encryption_key, iv, aad, TEXT)
MESSAGE = show_hex('message-vault', header, tag, frame)
show_hex('plaintext-vault', TEXT)
show('message-vault-name', f'items/{VERSION.hex()[:2]}/{VERSION.hex()}.sealed')

# ---- The journal (§4) ------------------------------------------------------------------------------------

OPEN, CLOSE, PUT, NEW, WRAPPED, BIN, PURGE, SET, FILE, NOTE, REQUIRE, EPOCH = range(12)


def chain(name, magic, own, metadata_id, metadata, label, contents):
    """A segment or checkpoint of the contents of its frames: its bytes, and where it stands after each."""
    header = show_hex(f'{name}-header', magic + VAULT + DEVICE, own, metadata_id)
    content_key = show_hex(f'{name}-content-key', kdf(metadata, label, own))
    length_key = show_hex(f'{name}-length-key', kdf(metadata, 'strongroom/length', own))
    data, prev, heads = header, hashlib.sha256(header).digest(), []
    for seq, content in enumerate(contents, 1):
        size = u32(len(content) + 16)
        check = hmac.new(length_key, u64(seq) + size + prev, 'sha256').digest()[:8]
        sealed = box(f'frame {seq} of {name}', content_key, header + u64(seq) + prev + size, content)
        frame = show_hex(f'{name}-frame-{seq}', size + check, sealed[:12], sealed[12:-16], sealed[-16:])
        data, prev = data + frame, hashlib.sha256(frame).digest()
        heads.append([own, len(data), seq, prev])
    return data, heads


TIME = CREATED_MS * 1000
SEGMENT = show_hex('segment-id', random('segment'))
SEGMENT_2 = show_hex('segment-2-id', random('segment 2'))
CHECKPOINT = show_hex('checkpoint-id', random('checkpoint'))
OTHER = random('another folder')
PINS = [[FILE, name, hashlib.sha256(data).digest()] for name, data in FILES.items()]  # the newest the last
first = [[OPEN, 'laptop', 'strongroom 1.0.0', [], None, None], [SET, 'vault/name', 'Papers'], *PINS[:-1],
         [SET, f'key/{KEY_VERSION.hex()}/state', 'active']]
version = [NEW, ITEM, VERSION, [OLD_VERSION], len(TEXT), len(MESSAGE), hashlib.sha256(MESSAGE).digest(),
           commit(FILE_KEY), MTIME_MS]
second = [[PUT, FOLDER, 1, bytes(16), 'Bridges', MTIME_MS, 0o750],
          [PUT, ITEM, 0, FOLDER, 'Brücke.txt', None, 0o640], version,
          [WRAPPED, VERSION, KEY, FILE_EDK, None],
          [NOTE, 'add', 'ok', [ITEM], [['Encrypt', KMS_KEY, 'a request id of KMS']]]]
third = [[PUT, OTHER, 1, bytes(16), 'Old', -1000, 0o755], [BIN, OTHER, True, []], [PURGE, ITEM, [OLD_VERSION]],
         [REQUIRE, 'an example'], [CLOSE]]
contents = [show_batch('batch-1', TIME, first), show_batch('batch-2', TIME + 1000, second),
            show_batch('batch-3', TIME + 2000, third)]
_, heads = chain('segment', b'SRJ1', SEGMENT, METADATA_ID, METADATA, 'strongroom/segment', contents)
show('segment-name', f'journal/{DEVICE.hex()}/{SEGMENT.hex()}.log')
show('segment-head', diagnostic(heads[-1]))

# The checkpoint: what still counts. A note never does; of a segment's opens the newest.
rows = [[time, SEGMENT, seq, index, op]
        for seq, (time, ops) in enumerate(((TIME, first), (TIME + 1000, second), (TIME + 2000, third)), 1)
        for index, op in enumerate(ops) if op[0] not in (CLOSE, NOTE)]
show('checkpoint-heads', diagnostic([1, [heads[-1]]]))
show('checkpoint-row', diagnostic(next(row for row in rows if row[4] is version)))
show('checkpoint-end', diagnostic([3, len(rows)]))
contents = [cbor([1, [heads[-1]]]), cbor([2, rows]), cbor([3, len(rows)])]
checkpoint, _ = chain('checkpoint', b'SRC1', CHECKPOINT, NEXT_METADATA_ID, NEXT_METADATA,
                      'strongroom/checkpoint', contents)
show_hex('checkpoint-sha256', hashlib.sha256(checkpoint).digest())
show('checkpoint-name', f'journal/{DEVICE.hex()}/{CHECKPOINT.hex()}.ckpt')

seen = ['laptop', 'strongroom 1.0.0', [], CHECKPOINT, hashlib.sha256(checkpoint).digest()]
batch = show_batch('segment-2-batch', TIME + 3000, [[OPEN, *seen], [EPOCH, NEXT_METADATA_ID, *seen], PINS[-1]])
chain('segment-2', b'SRJ1', SEGMENT_2, NEXT_METADATA_ID, NEXT_METADATA, 'strongroom/segment', [batch])
show('segment-2-name', f'journal/{DEVICE.hex()}/{SEGMENT_2.hex()}.log')


def fenced(name):
    language, body = BLOCKS[name]
    return f'```{language} name={name}\n{body}\n```'


def main():
    if len(sys.argv) == 1:
        print('\n'.join(map(fenced, BLOCKS)))
        return
    path = Path(sys.argv[1])
    text, found = path.read_text(encoding='utf-8'), set()

    def fill(match):
        found.add(match[1])
        return fenced(match[1]) if match[1] in BLOCKS else match[0]

    path.write_text(re.sub(r'(?ms)^```[a-z]+ name=([a-z0-9-]+)\n.*?^```$', fill, text), encoding='utf-8')
    if absent := set(BLOCKS) - found:
        sys.exit(f'{path} has no block for: {", ".join(sorted(absent))}')


main()
