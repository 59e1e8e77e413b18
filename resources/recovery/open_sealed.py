#!/usr/bin/env python3
"""Opens .sealed files without Strongroom.

    open_sealed.py FILE.sealed                        asks for the passphrase
    open_sealed.py FOLDER --to RESTORED               a whole folder, into another one
    open_sealed.py FILE.sealed --passphrase-file F    the passphrase is the first line of F
    open_sealed.py FILE.sealed --raw-aes-key-file F --key-namespace NS --key-name NAME

It needs python3 (3.9 or newer) and two libraries, and nothing of Strongroom:

    apt-get install python3-cryptography python3-argon2        (Debian, Ubuntu)
    python3 -m pip install cryptography argon2-cffi            (elsewhere)

The .sealed files are only read. A file appears under its name when all of it was verified, never before, and
never in the place of another one. What failed is said in one line each, with the reason and its number:

    3 wrong or missing key    4 changed or damaged    7 not found    8 a file of that name exists
    10 disk trouble           11 a kind of message that this script does not open    2 wrong use

The section signs (§) point into docs/format.md, which describes every byte.
"""
import argparse
import base64
import errno
import getpass
import hashlib
import hmac
import io
import os
import re
import signal
import stat
import sys
import tempfile
import unicodedata

try:
    from cryptography.exceptions import InvalidTag, InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
except ImportError:
    sys.exit('open_sealed: the library "cryptography" is missing; see the top of this script')

USAGE, LOCKED, DAMAGED, NOT_FOUND, EXISTS, STORAGE, UNSUPPORTED = 2, 3, 4, 7, 8, 10, 11

SUFFIX = '.sealed'
PIECE = 1 << 20  # bytes in memory at a time, whatever a message claims


class Refused(Exception):
    """Why something is not opened, and the exit code that goes with it."""

    def __init__(self, code, why):
        super().__init__(why)
        self.code = code


# ---- Reading bytes ---------------------------------------------------------------------------------------


class Message:
    """The bytes of a message, read front to back. All numbers are big-endian."""

    def __init__(self, file):
        self.file = file
        self.sha384 = hashlib.sha384()  # of all that was read, for a signature (§1.7)
        self.header = bytearray()  # all that was read until `keep_header` is cleared
        self.keep_header = True

    def take(self, size):
        """The next `size` bytes. Callers bound it: a field has at most 65,535, a body is read in pieces."""
        data = self.file.read(size)
        if len(data) < size:
            raise Refused(DAMAGED, 'cut off: the file ends too early')
        self.sha384.update(data)
        if self.keep_header:
            self.header += data
        return data

    def number(self, size):
        return int.from_bytes(self.take(size), 'big')

    def field(self):
        """A field that says its length in two bytes."""
        return self.take(self.number(2))

    def at_end(self):
        return self.file.read(1) == b''


def strict_base64(text):
    """The bytes in `text`, or None if it is not written as base64 must be (RFC 4648 §4)."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


# ---- The context: public pairs, authenticated with the message (§1.2) ------------------------------------


def parse_context(data):
    context, fields = {}, Message(io.BytesIO(data))
    count = fields.number(2) if data else 0
    for _ in range(count):
        name, value = fields.field(), fields.field()
        try:
            context[name.decode('utf-8')] = value.decode('utf-8')
        except UnicodeDecodeError:
            raise Refused(DAMAGED, 'its context is not UTF-8 text')
    if not fields.at_end() or len(context) != count or (data and not count):
        raise Refused(DAMAGED, 'its context holds a key twice, or bytes beside its pairs')
    return context


def write_context(context):
    """The one written form: sorted by the bytes of the keys; no bytes at all without pairs."""
    if not context:
        return b''
    pairs = sorted((name.encode('utf-8'), value.encode('utf-8')) for name, value in context.items())
    fields = [len(field).to_bytes(2, 'big') + field for pair in pairs for field in pair]
    return len(pairs).to_bytes(2, 'big') + b''.join(fields)


# ---- The header (§1.4) -----------------------------------------------------------------------------------


UNSIGNED, SIGNED = b'\x04\x78', b'\x05\x78'  # algorithm suites (§1.1)
PUBLIC_KEY = 'aws-crypto-public-key'


class Header:
    """Reads a header. Nothing in it is believed before `unlock` has checked it."""

    def __init__(self, message):
        version = message.number(1)
        if version == 1:
            raise Refused(UNSUPPORTED, 'a message of version 1, which does not commit to its key')
        if version != 2:
            raise Refused(DAMAGED, f'not a sealed file, or damaged: it starts with {version:02x}, not 02')
        self.suite = message.take(2)
        if self.suite not in (UNSIGNED, SIGNED):
            raise Refused(UNSUPPORTED, f'its suite 0x{self.suite.hex()} is neither 0x0478 nor 0x0578 (§1.1)')
        self.message_id = message.take(32)
        self.context = parse_context(message.field())
        if self.suite == UNSIGNED and PUBLIC_KEY in self.context:
            raise Refused(DAMAGED, 'it names a signing key, but its suite does not sign')
        count = message.number(2)
        if not 1 <= count <= 16:
            raise Refused(DAMAGED, f'it claims {count} encrypted data keys; 1 to 16 are read')
        # Encrypted data keys (§1.3): provider id, provider info, ciphertext.
        self.edks = [(message.field(), message.field(), message.field()) for _ in range(count)]
        content_type = message.number(1)
        self.framed = content_type == 2
        self.frame_length = message.number(4)
        if content_type not in (1, 2) or self.framed != (self.frame_length > 0):
            raise Refused(DAMAGED, f'content type {content_type} with frames of {self.frame_length} bytes')
        self.commit_key = message.take(32)
        self.authenticated = bytes(message.header)
        message.keep_header = False
        self.tag = message.take(16)


def raw_aes_parts(edk):
    """Namespace, key name and IV of a Raw-AES data key (§1.3). Of another kind: no name and no IV."""
    provider_id, info, _ = edk
    if info[-20:-12] == b'\0\0\0\x80\0\0\0\x0c':
        return provider_id, info[:-20], info[-12:]
    return provider_id, None, None


def hkdf_sha512(data_key, salt, info):
    return HKDF(hashes.SHA512(), 32, salt, info).derive(data_key)


def unlock(header, key, required):
    """Finds the data key, checks the header with it and returns the key of the body.

    `required`: pairs that were authenticated but not stored; the person must know them (§1.2).
    """
    for name, value in required.items():
        if header.context.get(name, value) != value:
            raise Refused(LOCKED, f'it stores another value of the context key "{name}" than was given')
    not_stored = {name: value for name, value in required.items() if name not in header.context}

    wrapping_key, data_key = key.wrapping_key(header), None
    for edk in header.edks:
        namespace, name, iv = raw_aes_parts(edk)
        if data_key is None and iv and key.fits(namespace, name):
            try:
                aad = write_context({**header.context, **not_stored})
                data_key = AESGCM(wrapping_key).decrypt(iv, edk[2], aad)
            except InvalidTag:
                pass  # perhaps another one opens
    if data_key is None or len(data_key) != 32:
        raise key.refusal(header)

    # First the commitment: this message can be opened by this one data key only.
    if not hmac.compare_digest(hkdf_sha512(data_key, header.message_id, b'COMMITKEY'), header.commit_key):
        raise Refused(DAMAGED, 'its key commitment does not hold: it was made or changed to deceive')
    body_key = hkdf_sha512(data_key, header.message_id, header.suite + b'DERIVEKEY')
    try:
        AESGCM(body_key).decrypt(bytes(12), header.tag, header.authenticated + write_context(not_stored))
    except InvalidTag:
        raise Refused(DAMAGED, 'its header was changed or damaged')
    return body_key


# ---- The body (§1.5, §1.6) and what follows it -----------------------------------------------------------


def decrypt(message, header, body_key, target):
    """Writes the plain bytes to `target`. They may be used only if this returns."""

    def block(kind, seq, iv, size):
        aad = header.message_id + kind + seq.to_bytes(4, 'big') + size.to_bytes(8, 'big')
        opener = Cipher(algorithms.AES(body_key), modes.GCM(iv)).decryptor()
        opener.authenticate_additional_data(aad)
        for start in range(0, size, PIECE):
            target.write(opener.update(message.take(min(PIECE, size - start))))
        try:
            opener.finalize_with_tag(message.take(16))
        except InvalidTag:
            raise Refused(DAMAGED, f'changed or damaged, in block {seq} of its body')

    if header.framed:
        final, seq = False, 0
        while not final:
            seq += 1
            number = message.number(4)
            final = number == 0xFFFFFFFF
            if final:
                number = message.number(4)
            if number != seq:
                raise Refused(DAMAGED, f'frame {number} stands where frame {seq} belongs')
            iv = message.take(12)
            size = message.number(4) if final else header.frame_length
            if size > header.frame_length:
                raise Refused(DAMAGED, f'its last frame claims {size} bytes, more than a frame has')
            kind = b'AWSKMSEncryptionClient Final Frame' if final else b'AWSKMSEncryptionClient Frame'
            block(kind, seq, iv, size)
    else:
        iv, size = message.take(12), message.number(8)
        if size > (1 << 36) - 32:
            raise Refused(DAMAGED, f'it claims {size} bytes, more than AES-GCM allows')
        block(b'AWSKMSEncryptionClient Single Block', 1, iv, size)
    if header.suite == SIGNED:
        check_signature(message, header)
    if not message.at_end():
        raise Refused(DAMAGED, 'there are bytes after its end')


def check_signature(message, header):
    """The signature of a 0x0578 message, over header and body (§1.7)."""
    digest = message.sha384.digest()
    signature = message.field()
    try:
        point = strict_base64(header.context.get(PUBLIC_KEY, '')) or b''
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), point)
        key.verify(signature, digest, ec.ECDSA(Prehashed(hashes.SHA384())))
    except (ValueError, InvalidSignature):
        raise Refused(DAMAGED, 'its signature does not hold: it was changed or damaged')


# ---- Keys (§2) -------------------------------------------------------------------------------------------


class RawKey:
    """A raw AES key, under the namespace and name that the message knows it by (§2.2)."""

    def __init__(self, key, namespace, name):
        self.key, self.names = key, (namespace, name)

    def wrapping_key(self, header):
        return self.key

    def fits(self, namespace, name):
        return (namespace, name) == self.names

    def refusal(self, header):
        """What to say if no data key in the header opens."""
        named = [raw_aes_parts(edk)[:2] for edk in header.edks]
        if self.names in named:
            return Refused(LOCKED, 'wrong key, or a --context pair is missing, or its header was changed')
        others = ', '.join(b' / '.join(filter(None, names)).decode('utf-8', 'replace') for names in named)
        return Refused(LOCKED, f'not sealed for this key namespace and name, but for: {others[:300]}')


def argon2id(secret, memory, passes, lanes, salt):
    """The key of a passphrase (§2.3)."""
    # Before any work is done: a hostile file may ask for all memory, or for a year.
    if not (65536 <= memory <= 2097152 and 1 <= passes <= 16 and 1 <= lanes <= 16 and len(salt) == 16):
        raise Refused(DAMAGED, 'its passphrase parameters are out of bounds (§2.3)')
    try:
        from argon2.exceptions import HashingError
        from argon2.low_level import Type, hash_secret_raw
    except ImportError:
        sys.exit('The library "argon2" is missing; see the top of open_sealed.py')
    try:
        return hash_secret_raw(secret, salt, passes, memory, lanes, 32, Type.ID, 19)
    except HashingError:
        raise Refused(STORAGE, f'too little memory: this passphrase needs {memory // 1024} MiB')


class Passphrase:
    """A passphrase (§2.3). Files that were sealed together have one salt and cost one run of Argon2id."""

    NUMBER = '([1-9][0-9]{0,9})'
    PARAMETERS = re.compile(rf'argon2id\$v=19\$m={NUMBER},t={NUMBER},p={NUMBER}\$(.+)')

    def __init__(self, passphrase):
        self.secret = unicodedata.normalize('NFKC', passphrase).encode('utf-8')
        self.known = {}

    def wrapping_key(self, header):
        parameters = header.context.get('strongroom-kdf')
        if parameters is None:
            raise Refused(LOCKED, 'not sealed with a passphrase: it needs another key')
        stored = strict_base64(header.context.get('strongroom-commit', ''))
        if stored is None or len(stored) != 32:
            raise Refused(DAMAGED, 'it does not commit to its passphrase')
        if parameters not in self.known:
            self.known[parameters] = self.stretch(parameters)
        commitment, wrapping_key = self.known[parameters]
        if not hmac.compare_digest(commitment, stored):
            raise Refused(LOCKED, 'wrong passphrase')
        return wrapping_key

    def stretch(self, parameters):
        """The commitment and the wrapping key (§2.1) that these Argon2id parameters give."""
        match = self.PARAMETERS.fullmatch(parameters)
        salt = match and strict_base64(match[4])
        if not salt:
            raise Refused(DAMAGED, 'its passphrase parameters are not those of Argon2id version 19')
        k = argon2id(self.secret, int(match[1]), int(match[2]), int(match[3]), salt)
        return [HKDF(hashes.SHA256(), 32, salt, label + b'\0').derive(k)
                for label in (b'strongroom/commit', b'strongroom/seal')]

    def fits(self, namespace, name):
        return namespace == b'strongroom-passphrase'

    def refusal(self, header):
        # The passphrase is known to be right, so what does not open was changed.
        return Refused(DAMAGED, 'its header was changed or damaged')


# ---- Files -----------------------------------------------------------------------------------------------


def restore(source, folder, name, key, required):
    """Opens the message in the file `source` into a new file in `folder`: all of it or nothing.

    `name`: None for the name that the sealed file had before. Returns the path of the new file.
    """
    with open_to_read(source) as file:
        message = Message(file)
        header = Header(message)
        body_key = unlock(header, key, required)
        target = os.path.join(folder, name or name_before(header, os.path.basename(source)))
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, 'exists already and was left alone', target)

        # The key is right: only now anything is written, under a name of its own until all is verified.
        def fill(out, unfinished):
            decrypt(message, header, body_key, out)
            out.flush()
            give_mode_and_time(out, unfinished, os.fstat(file.fileno()))

        os.makedirs(folder or os.curdir, exist_ok=True)
        write_whole(target, fill)
    return target


def open_to_read(path):
    """Opens a file; neither a link nor a pipe that was put in its place is followed or waited for."""
    flags = [getattr(os, flag, 0) for flag in ('O_NOFOLLOW', 'O_NONBLOCK', 'O_BINARY')]
    return open(os.open(path, os.O_RDONLY | sum(flags)), 'rb')


def write_whole(target, fill):
    """Makes the file `target`: `fill(out, path)` writes it under another name, then it gets its own."""
    folder = os.path.dirname(target) or os.curdir
    handle, unfinished = tempfile.mkstemp(prefix='.open_sealed-', suffix='.part', dir=folder)
    try:
        with open(handle, 'wb') as out:
            fill(out, unfinished)
            out.flush()
            os.fsync(out.fileno())
        publish(unfinished, target)
    finally:
        if os.path.lexists(unfinished):
            os.unlink(unfinished)


def give_mode_and_time(out, path, of):
    """Mode and modification time of the .sealed file, which carries those of its source."""
    out = out.fileno() if os.utime in os.supports_fd else path
    os.chmod(out, of.st_mode & 0o777)  # never setuid, setgid, sticky
    os.utime(out, ns=(of.st_atime_ns, of.st_mtime_ns))


def publish(unfinished, target):
    """Gives the finished file its name. Fails if the name is taken, even if that happened just now."""
    try:
        os.link(unfinished, target)
    except FileExistsError:
        raise
    except OSError:  # no hard links here: take the name with an empty file, then move onto that
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            os.replace(unfinished, target)
        except OSError:
            os.unlink(target)
            raise


def plain_name(name):
    """The name without .sealed, or None if it does not end so."""
    return name[:-len(SUFFIX)] if name.lower().endswith(SUFFIX) and name.lower() != SUFFIX else None


def name_before(header, sealed_name):
    """The name that a file had before it was sealed. A long one stands in the context (§2.4)."""
    stored = header.context.get('strongroom-name', '')
    data = stored.encode('utf-8')
    start = data[:255 - 1 - 16 - len(SUFFIX)].decode('utf-8', 'ignore')
    short = f'{start}~{hashlib.sha256(data).hexdigest()[:16]}{SUFFIX}'
    if short == sealed_name and len(data) + len(SUFFIX) > 255 and not re.search(r'[/\\:\0]', stored):
        return stored
    if plain_name(sealed_name) is None:
        raise Refused(USAGE, f'its name does not end in {SUFFIX}: say with --to what to make')
    return plain_name(sealed_name)


def sealed_files(folder, failed):
    """All files named *.sealed in a folder and the folders in it, in order: (folder below it, name)."""
    for where, subfolders, names in os.walk(folder, onerror=lambda error: failed(error.filename, error)):
        subfolders.sort()
        for name in sorted(names):
            if plain_name(name):
                below = os.path.relpath(where, folder)
                yield '' if below == os.curdir else below, name


def plan(paths, to, failed):
    """Lists (source, folder, name) for every file to open, as `restore` takes them."""
    to_is_folder = to and (len(paths) > 1 or os.path.isdir(to) or to.endswith(('/', os.sep)))
    found = []
    for path in paths:
        folder, name = os.path.split(path)
        if os.path.isdir(path) and not os.path.islink(path):
            # Under --to, a folder keeps its name.
            base = os.path.join(to, os.path.basename(os.path.abspath(path))) if to else path
            found += [(os.path.join(path, below, name), os.path.join(base, below), None)
                      for below, name in sealed_files(path, failed)]
        elif not to:
            found.append((path, folder, None))
        elif to_is_folder:
            found.append((path, to, None if plain_name(name) else name))
        else:
            found.append((path, *os.path.split(to)))
    return found


# ---- The command -----------------------------------------------------------------------------------------


def parse_arguments():
    parser = argparse.ArgumentParser(prog='open_sealed.py', description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('paths', nargs='+', metavar='FILE', help='sealed files, and folders of such files')
    parser.add_argument('--to', metavar='TARGET',
                        help='the file to make; for a folder or several FILEs, the folder to fill')
    parser.add_argument('--passphrase-file', metavar='F', help='the passphrase is its first line')
    parser.add_argument('--raw-aes-key-file', metavar='F', help='the key: 16, 24 or 32 bytes, nothing else')
    parser.add_argument('--key-namespace', metavar='NS')
    parser.add_argument('--key-name', metavar='NAME')
    parser.add_argument('--context', metavar='K=V', action='append', default=[],
                        help='a context pair that was required but is not stored; may come several times')
    return parser.parse_args()


def choose_key(options):
    """The key that the options name. Asks for a passphrase if they name none."""
    raw = (options.raw_aes_key_file, options.key_namespace, options.key_name)
    if any(value is not None for value in raw):
        if None in raw or options.passphrase_file is not None:
            raise Refused(USAGE, '--raw-aes-key-file, --key-namespace and --key-name go together')
        with open(options.raw_aes_key_file, 'rb') as file:
            secret = file.read(33)
        if len(secret) not in (16, 24, 32):
            raise Refused(USAGE, 'the raw key file must hold 16, 24 or 32 bytes and nothing else')
        return RawKey(secret, os.fsencode(options.key_namespace), os.fsencode(options.key_name))
    if options.passphrase_file is not None:
        passphrase = first_line(options.passphrase_file)
    elif sys.stdin.isatty():
        try:
            passphrase = getpass.getpass('Passphrase: ')
        except (EOFError, UnicodeError):
            raise Refused(LOCKED, 'no passphrase was typed')
    else:
        raise Refused(LOCKED, 'no key given, and no terminal to ask for a passphrase')
    if not passphrase:
        raise Refused(USAGE, 'the passphrase is empty')
    return Passphrase(passphrase)


def first_line(path):
    with open(path, 'rb') as file:
        line = file.readline(1 << 16)
    line = line[:-1] if line.endswith(b'\n') else line
    line = line[:-1] if line.endswith(b'\r') else line
    try:
        return line.decode('utf-8')
    except UnicodeDecodeError:
        raise Refused(USAGE, 'the passphrase file is not UTF-8 text')


def required_pairs(arguments):
    """The pairs of --context, as a dict."""
    required = {}
    for pair in arguments:
        name, equals, value = pair.partition('=')
        if not name or not equals or name in required:
            raise Refused(USAGE, f'--context takes KEY=VALUE, every key once, not "{pair}"')
        try:
            sizes = len(name.encode('utf-8')), len(value.encode('utf-8'))
        except UnicodeEncodeError:
            raise Refused(USAGE, '--context takes UTF-8 text')
        if max(sizes) > 0xFFFF:
            raise Refused(USAGE, 'a key or value of --context has at most 65,535 bytes')
        required[name] = value
    return required


def code_of(error):
    """The exit code of a refusal, or of an error of the operating system."""
    if isinstance(error, Refused):
        return error.code
    return {FileNotFoundError: NOT_FOUND, FileExistsError: EXISTS}.get(type(error), STORAGE)


def exit_code(codes):
    """One number for a job of many files: damage first, then disk trouble, then what all failures share."""
    for code in (DAMAGED, STORAGE):
        if code in codes:
            return code
    return 0 if not codes else codes.pop() if len(codes) == 1 else 1


def say(*parts, to=sys.stderr):
    """Prints one line. Names in a message or on a disk may hold control characters: they are escaped."""
    line = ': '.join(parts)
    print(''.join(c if c.isprintable() else f'\\u{{{ord(c):x}}}' for c in line), file=to, flush=True)


def reason(error):
    return f'{error.strerror} ({error.filename})' if isinstance(error, OSError) else str(error)


def main():
    options = parse_arguments()
    try:
        required = required_pairs(options.context)
        key = choose_key(options)
    except (Refused, OSError) as error:
        say('open_sealed', reason(error))
        return code_of(error)

    opened, codes = 0, set()

    def failed(path, error):
        codes.add(code_of(error))
        say('open_sealed', path, f'not opened ({code_of(error)})', reason(error))

    for source, folder, name in plan(options.paths, options.to, failed):
        try:
            if not stat.S_ISREG(os.lstat(source).st_mode):
                say('open_sealed', source, 'skipped: a link, or not a regular file')
                continue
            target = restore(source, folder, name, key, required)
        except (Refused, OSError) as error:
            failed(source, error)
        else:
            opened += 1
            say('opened', target, to=sys.stdout)
    if not opened and not codes:
        say('open_sealed', f'no file to open was found (a folder is searched for files named *{SUFFIX})')
        return NOT_FOUND
    return exit_code(codes)


def stop(*_):
    raise KeyboardInterrupt


if __name__ == '__main__':
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors='backslashreplace')
    signal.signal(signal.SIGTERM, stop)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say('open_sealed', 'stopped; no unfinished file is left')
        sys.exit(130)
