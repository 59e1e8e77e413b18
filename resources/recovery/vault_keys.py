"""The keys of a vault (docs/format.md §2.5, §3, §5): files under keys/, opened by passphrase or code.

Part of open_vault.py.
"""
import argparse
import hashlib
import hmac
import io
import json
import os
import re
import unicodedata

from open_sealed import (DAMAGED, LOCKED, UNSUPPORTED, AESGCM, HKDF, InvalidTag, Message, Refused, argon2id,
                         code_of, ec, hashes, reason, say, strict_base64)

ID = '([0-9a-f]{32})'  # as it stands in names and in JSON
KEY_FILE = f'keys/(versions/{ID}|recovery/{ID}|copies/{ID}/{ID}|metadata/[0-9]{{8}}-{ID})\\.json'
STRANGE = 'not a name that Strongroom gives; not read'


class Report:
    """What went wrong so far. A note changes no exit code."""

    def __init__(self):
        self.codes = set()

    def problem(self, what, error):
        self.codes.add(code_of(error))
        say('open_vault', what, f'({code_of(error)}) {reason(error)}')

    def note(self, what, text):
        say('open_vault', what, f'note: {text}')


def damaged(why='changed or damaged'):
    return Refused(DAMAGED, why)


def sha256(*parts):
    return hashlib.sha256(b''.join(parts)).digest()


def gcm_open(key, nonce, aad, data):
    """The plain bytes, or None if the tag does not hold."""
    try:
        return AESGCM(key).decrypt(nonce, data, aad)
    except (InvalidTag, ValueError):
        return None


def open_box(key, aad, box):
    return gcm_open(key, box[:12], aad, box[12:]) if len(box) >= 28 else None


# ---- Files of JSON (§3.1) --------------------------------------------------------------------------------


def as_id(text):
    return bytes.fromhex(text) if isinstance(text, str) and re.fullmatch(ID, text) else None


def as_bytes(text):
    return strict_base64(text) if isinstance(text, str) else None


def as_number(value):
    return value if type(value) is int and 0 <= value < 2**53 else None


def as_text(value):
    return value if isinstance(value, str) else None


def members(value, **types):
    """The members of an object, decoded: exactly those in `types`, each as its type says."""
    if not isinstance(value, dict) or set(value) != set(types):
        raise damaged('has other members than it must have')
    decoded = {name: decode(value[name]) for name, decode in types.items()}
    if None in decoded.values():
        raise damaged('has a member that is not what it must be')
    return argparse.Namespace(**decoded)


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(',', ':'), ensure_ascii=False).encode('utf-8')


def parse_json(data):
    """The object in a file of canonical JSON: written in another way, it was edited or damaged."""
    try:
        value = json.loads(data.decode('utf-8'))
        if len(data) > 65536 or canonical(value) != data or not isinstance(value, dict):
            raise ValueError
    except (ValueError, RecursionError):
        raise damaged('is not canonical JSON: it was edited or damaged')
    if value.get('format') != '1.0':
        raise Refused(UNSUPPORTED, f'has format {value.get("format")!r}; this script reads 1.0')
    return value


def parse_edk(fields):
    """Provider id, provider info and ciphertext of a wrapped key (§1.3)."""
    return fields.field(), fields.field(), fields.field()


def parse_record(data):
    """A key record (§2.5): the commitment to a key, and that key wrapped for each recipient."""
    fields = Message(io.BytesIO(data or b''))
    commitment, count = fields.take(32), fields.number(2)
    record = commitment, [parse_edk(fields) for _ in range(count)]
    if not 1 <= count <= 16 or not fields.at_end() or len(data) > 12288:
        raise damaged('its key record is not one')
    return record


# ---- Keys (§2.5, §3, §5) ---------------------------------------------------------------------------------


class Passphrase:
    def __init__(self, text):
        self.secret = unicodedata.normalize('NFKC', text).encode('utf-8')


class RecoveryCode:
    """The 32 bytes of a recovery code as a person typed it (§3.4)."""

    def __init__(self, text):
        digits = re.sub('[\\s\u2010-\u2015-]', '', text).upper()
        digits = digits.replace('O', '0').replace('I', '1').replace('L', '1')
        values = ['0123456789ABCDEFGHJKMNPQRSTVWXYZ'.find(digit) for digit in digits]
        if len(values) != 56 or -1 in values:
            raise Refused(LOCKED, 'not a recovery code: that has 56 letters and digits, and no U')
        number = 0
        for value in values:
            number = number << 5 | value
        data = number.to_bytes(35, 'big')
        self.secret = data[:32]
        if sha256(self.secret)[:3] != data[32:]:
            raise Refused(LOCKED, 'the recovery code has a typing error: its checksum does not fit')


class Keys:
    """The keys of a vault, opened by a passphrase or a recovery code."""

    def __init__(self, vault_id, vault_json, files, way, report):
        self.vault_id, self.vault_json, self.report = vault_id, vault_json, report
        self.versions, self.points, self.copies, self.metadata_files = {}, {}, [], []
        for name, data in files.items():
            try:
                if re.fullmatch(KEY_FILE, name):
                    self.parse(name, parse_json(data))
                elif not os.path.basename(name).startswith('.'):
                    report.note(name, STRANGE)
            except Refused as error:
                report.problem(name, error)
        self.masters = {}  # key version id -> master key
        self.metadata = {}  # metadata key id -> (epoch, key)
        self.code = None
        if isinstance(way, RecoveryCode):
            self.use_code(way)
        self.open_masters(way)
        self.open_metadata()

    def kdf(self, key, label, info=b''):
        return HKDF(hashes.SHA256(), 32, self.vault_id, label.encode() + b'\0' + info).derive(key)

    def commit(self, key):
        return self.kdf(key, 'strongroom/commit')

    def mac(self, key, label, value):
        unsigned = {name: each for name, each in value.items() if name != 'mac'}
        return hmac.new(self.kdf(key, label), canonical(unsigned), 'sha256').digest()

    def parse(self, name, value):
        """Sorts a file under keys/ by its name (§3.1). Nothing in it is believed yet."""
        head = {'format': as_text}
        if match := re.fullmatch(f'keys/versions/{ID}\\.json', name):
            if value.get('provider') == 'local':
                head.update(provider=as_text, keyId=as_id)
                self.versions[match[1]] = members(value, **head, createdMs=as_number, commit=as_bytes).commit
        elif match := re.fullmatch(f'keys/recovery/{ID}\\.json', name):
            self.points[match[1]] = members(value, **head, createdMs=as_number, point=as_bytes).point
        elif match := re.fullmatch(f'keys/copies/{ID}/{ID}\\.json', name):
            head['kind'] = as_text
            if value.get('kind') == 'passphrase':
                numbers = dict(m=as_number, t=as_number, p=as_number)
                copy = members(value, **head, **numbers, salt=as_bytes, commit=as_bytes, box=as_bytes)
            else:
                copy = members(value, **head, edk=as_bytes)
                copy.edk = parse_edk(Message(io.BytesIO(copy.edk)))
            copy.name, copy.version = name, match[1]
            self.copies.append(copy)
        else:
            if value.get('epoch') != 1:
                head['previous'] = lambda each: members(each, id=as_id, box=as_bytes)
            file = members(value, **head, epoch=as_number, metadataKeyId=as_id, record=as_bytes, mac=as_bytes)
            file.name, file.n, file.value = name, int(name[14:22]), value
            file.record = parse_record(file.record)
            self.metadata_files.append(file)

    def use_code(self, way):
        """The key pair that the code is in this vault (§3.4)."""
        n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551  # the order of P-256
        wide = HKDF(hashes.SHA512(), 48, self.vault_id, b'strongroom/recovery-scalar').derive(way.secret)
        self.code = ec.derive_private_key(1 + int.from_bytes(wide, 'big') % (n - 1), ec.SECP256R1())
        numbers = self.code.public_key().public_numbers()
        self.point = b'\4' + numbers.x.to_bytes(32, 'big') + numbers.y.to_bytes(32, 'big')

    def unwrap_one(self, edk, subject):
        """The key in an EDK (§2.5): None if it is not for us, or does not open."""
        provider, info, data = edk
        aad = self.vault_id + subject
        if provider == b'strongroom-local' and len(info) == 52:
            master = self.masters.get(info[:32].decode('latin-1'))
            return master and gcm_open(self.kdf(master, 'strongroom/wrap', subject), info[40:], aad, data)
        if provider == b'strongroom-recovery' and self.code:
            try:
                ephemeral = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data[:65])
            except ValueError:
                return None
            shared = self.code.exchange(ec.ECDH(), ephemeral)
            key = self.kdf(shared, 'strongroom/recovery', data[:65] + self.point + subject)
            return open_box(key, aad, data[65:])
        return None

    def unwrap(self, record, subject):
        """The key in a key record; None if no key that is open here opens it."""
        commitment, edks = record
        for edk in edks:
            key = self.unwrap_one(edk, subject)
            if key is not None:
                if not hmac.compare_digest(self.commit(key), commitment):
                    raise damaged('its wrapped key opens, but to another key than is committed to')
                return key
        return None

    def open_masters(self, way):
        """Every master key that the way in opens, and the older ones through those (§3.3)."""
        if isinstance(way, Passphrase):
            if not any(copy.kind == 'passphrase' for copy in self.copies):
                raise Refused(LOCKED, 'no passphrase opens this vault: use its recovery code (--ask-code)')
            if not any([self.try_copy(copy, way) for copy in self.copies if copy.kind == 'passphrase']):
                raise Refused(LOCKED, 'wrong passphrase')
        elif not any([self.try_copy(copy, way) for copy in self.copies if copy.kind == 'recovery']):
            if self.point not in self.points.values():
                raise Refused(LOCKED, 'wrong recovery code: it is of another vault, or no longer of this one')
        while any([self.try_copy(copy, way) for copy in self.copies
                   if copy.kind == 'local' and copy.version not in self.masters]):
            pass

    def try_copy(self, copy, way):
        """Opens one copy of a master key. True if the way in is the right one for it."""
        subject = bytes.fromhex(copy.version)
        try:
            if copy.kind == 'passphrase':
                k = argon2id(way.secret, copy.m, copy.t, copy.p, copy.salt)
                if not hmac.compare_digest(self.commit(k), copy.commit):
                    return False
                key = open_box(self.kdf(k, 'strongroom/copy', subject), self.vault_id + subject, copy.box)
                if key is None:
                    raise damaged('the passphrase is right, but this copy of the key was changed or damaged')
            else:
                key = self.unwrap_one(copy.edk, subject)
                name = copy.edk[1][:32].decode('latin-1')
                is_ours = name in self.masters if copy.kind == 'local' else self.points.get(name) == self.point
                if key is None and is_ours:
                    raise damaged('this copy of a master key was changed or damaged')
                if key is None:
                    return False
            commitment = self.versions.get(copy.version)
            if commitment is None:
                name = f'keys/versions/{copy.version}.json'
                self.report.problem(name, damaged('missing; its key is used unchecked'))
            elif not hmac.compare_digest(self.commit(key), commitment):
                raise damaged('it holds another key than its version file commits to')
            self.masters[copy.version] = key
        except Refused as error:
            self.report.problem(copy.name, error)
        return copy.version in self.masters or copy.kind != 'local'

    def open_metadata(self):
        """The metadata keys, from the newest file down; each chain of them is proven whole (§5)."""
        for file in sorted(self.metadata_files, key=lambda each: (each.epoch, each.n), reverse=True):
            if file.metadataKeyId in self.metadata:
                continue
            try:
                key = self.unwrap(file.record, file.metadataKeyId)
                if key is None:
                    self.report.note(file.name, 'not for this way in')
                else:
                    self.metadata.update(self.prove(file, key))
            except Refused as error:
                self.report.problem(file.name, error)
        if not self.metadata:
            self.report.problem('keys/metadata', damaged('no file of it opens: all names are lost'))

    def prove(self, file, key):
        """The keys {id: (epoch, key)} from this file's down to that of epoch 1, which vault.json names."""
        if not hmac.compare_digest(self.commit(key), file.record[0]):
            raise damaged('its wrapped key opens, but to another key than is committed to')
        before = key
        if file.epoch > 1:
            old = file.previous.id
            before = open_box(self.kdf(key, 'strongroom/previous', old),
                              self.vault_id + file.metadataKeyId + old, file.previous.box)
        if before is None or not hmac.compare_digest(self.mac(before, 'strongroom/next', file.value), file.mac):
            raise damaged('was changed, or not written by a holder of the key before it: its mac does not hold')
        chain = {file.metadataKeyId: (file.epoch, key)}
        if file.epoch == 1:
            self.check_vault_json(file.metadataKeyId, key)
            return chain
        for older in self.metadata_files:
            if (older.epoch, older.metadataKeyId) == (file.epoch - 1, old):
                return {**chain, **self.prove(older, before)}
        raise damaged(f'no file of the epoch before it, {file.epoch - 1}, is there')

    def check_vault_json(self, first_id, key):
        if self.vault_json is None:
            return
        mac = as_bytes(self.vault_json['mac'])
        if as_id(self.vault_json['metadataKeyId']) != first_id or not hmac.compare_digest(
                self.mac(key, 'strongroom/vault', self.vault_json), mac):
            raise damaged('vault.json was changed: its mac does not hold (without the file, its id is guessed)')
