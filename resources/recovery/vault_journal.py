"""The journal of a vault (docs/format.md §4): what can be read of it, verified, as one list of ops.

Part of open_vault.py.
"""
import hmac
import os
import re

from open_sealed import DAMAGED, LOCKED, Refused, reason
from vault_keys import ID, STRANGE, damaged, open_box, sha256

ROOT, RECOVERED = bytes(16), bytes(15) + b'\1'  # ids of the two folders that no op makes (§4.5)


# ---- CBOR (§4.1) -----------------------------------------------------------------------------------------


def parse_cbor(data, padded=False):
    """The value in `data`; None unless it is written in the one way there is. Maps come as dicts."""
    try:
        value, end = cbor_value(data, 0, 0)
    except (IndexError, UnicodeDecodeError, ValueError):
        return None
    return value if end == len(data) or (padded and not any(data[end:])) else None


def cbor_value(data, at, depth):
    major, count = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7 or count > 27 or depth > 16:
        return {20: False, 21: True, 22: None}[count] if major == 7 and 20 <= count <= 22 else int('no'), at
    if count > 23:
        size = 1 << count - 24
        least = (24, 0x100, 0x10000, 0x100000000)[count - 24]
        count, at = int.from_bytes(data[at:at + size], 'big'), at + size
        if at > len(data) or count < least or count >= 2**53:
            raise ValueError
    if major < 2:
        return (count, -1 - count)[major], at
    if major < 4:
        end = at + count
        if end > len(data):
            raise ValueError
        return data[at:end] if major == 2 else data[at:end].decode('utf-8'), end
    values = []
    if major > 5 or count > len(data):
        raise ValueError
    for _ in range(count * (major - 3)):
        value, at = cbor_value(data, at, depth + 1)
        values.append(value)
    if major == 4:
        return values, at
    keys = values[::2]
    if any(type(key) is not int or key < 0 for key in keys) or keys != sorted(set(keys)):
        raise ValueError
    return dict(zip(keys, values[1::2])), at


# ---- The journal (§4) ------------------------------------------------------------------------------------


def is_uint(value, greatest=2**53 - 1):
    return type(value) is int and 0 <= value <= greatest


TYPES = {
    'id': lambda v: isinstance(v, bytes) and len(v) == 16,
    'item': lambda v: isinstance(v, bytes) and len(v) == 16 and v not in (ROOT, RECOVERED),
    'hash': lambda v: isinstance(v, bytes) and len(v) == 32,
    'bytes': lambda v: isinstance(v, bytes),
    'text': lambda v: isinstance(v, str),
    'bool': lambda v: isinstance(v, bool),
    'uint': is_uint,
    'int': lambda v: type(v) is int,
    'kind': lambda v: is_uint(v, 1),
    'mode': lambda v: is_uint(v, 0o7777),
    'any': lambda v: True,
    'head': lambda v: fits_all('id uint uint hash', v),
    'call': lambda v: fits_all('text id text', v),
}
OPEN, CLOSE, PUT, VERSION, KEY, BIN, PURGE, SET, FILE, NOTE, REQUIRE, EPOCH = range(12)
FIELDS = {  # of each op (§4.4); ? may be null, […] an array of such
    OPEN: 'text text [head] id? hash?',
    CLOSE: '',
    PUT: 'item kind? id? text? int? mode?',
    VERSION: 'item id [id] uint uint hash hash int',
    KEY: 'id id bytes? text?',
    BIN: 'item bool [id]',
    PURGE: 'item [id]',
    SET: 'text any',
    FILE: 'text hash?',
    NOTE: 'text text [id] [call]',
    REQUIRE: 'text',
    EPOCH: 'id text text [head] id? hash?',
}


def fits(kind, value):
    if kind.endswith('?'):
        return value is None or fits(kind[:-1], value)
    if kind.startswith('['):
        return isinstance(value, list) and all(fits(kind[1:-1], each) for each in value)
    return TYPES[kind](value)


def fits_all(kinds, values):
    kinds = kinds.split()
    return isinstance(values, list) and len(values) == len(kinds) and all(map(fits, kinds, values))


def is_op(op):
    return isinstance(op, list) and op and is_uint(op[0]) and (op[0] > EPOCH or fits_all(FIELDS[op[0]], op[1:]))


def is_checkpoint_part(part):
    if not isinstance(part, list) or len(part) != 2 or part[0] not in (1, 2) or not isinstance(part[1], list):
        return False
    if part[0] == 1:
        return all(fits('head', each) for each in part[1])
    return all(fits_all('uint id uint uint any', row) and is_op(row[4]) for row in part[1])


def walk(data, header, content_key, length_key):
    """The frames of a segment or checkpoint (§4.2), each (seq, hash, end, content); why they end."""
    frames, at, prev = [], 68, sha256(header)
    while at < len(data):
        seq, head = (len(frames) + 1).to_bytes(8, 'big'), data[at:at + 12]
        if len(head) < 12:
            return frames, 'cut off'
        size = int.from_bytes(head[:4], 'big')
        check = hmac.new(length_key, seq + head[:4] + prev, 'sha256').digest()[:8]
        if not hmac.compare_digest(check, head[4:]) or not 16 <= size <= 1 << 20:
            return frames, 'changed or damaged'
        frame = data[at:at + 24 + size]
        if len(frame) < 24 + size:
            return frames, 'cut off'
        content = open_box(content_key, header + seq + prev + head[:4], frame[12:])
        if content is None:
            return frames, 'changed or damaged'
        at, prev = at + len(frame), sha256(frame)
        frames.append((len(frames) + 1, prev, at, content))
    return frames, None


class Segment:
    """A file of the journal that could be opened: batches, verified and in order."""

    def __init__(self, name, segment, device, epoch, frames, end, metadata_id):
        self.name, self.id, self.device, self.epoch, self.end = name, segment, device, epoch, end
        self.batches, closed = [], False  # (seq, hash, end, time, ops)
        for seq, digest, at, content in frames:
            batch = parse_cbor(content)
            lawful = (isinstance(batch, list) and len(batch) == 2 and is_uint(batch[0], 9 * 10**15)
                      and isinstance(batch[1], list) and all(map(is_op, batch[1])) and not closed)
            codes = [op[0] for op in batch[1]] if lawful else []
            unknown = any(code > EPOCH for code in codes)
            lawful = (lawful and (seq > 1 or unknown or codes[:1] == [OPEN]) and CLOSE not in codes[:-1]
                      and all(op[1] == metadata_id for op in batch[1] if op[0] == EPOCH))
            if not lawful:
                self.end = 'changed or damaged'
                break
            closed = codes[-1:] == [CLOSE]
            self.batches.append((seq, digest, at, batch[0], [] if unknown else batch[1], unknown))
        self.head = self.batches[-1][1] if self.batches else None


class Journal:
    """All of a vault's journal that can be read (§4), as one list of ops with their stamps."""

    def __init__(self, files, keys, report):
        """`files`: of each name under journal/, a function that reads it."""
        self.keys, self.report, self.segments, self.checkpoints = keys, report, [], []
        self.complete = True
        for name in sorted(files):
            match = re.fullmatch(f'journal/{ID}/{ID}(.*)', name)
            if match and match[3] == '.ckpt':
                self.read_checkpoint(name, match, files[name]())
            elif match and '.ckpt' not in match[3]:
                self.read_segment(name, match, files[name]())
            elif not os.path.basename(name).startswith('.'):
                report.note(name, STRANGE)
        if not self.segments:
            self.lack('journal', 'nothing of it can be read: folders have lost their names, all else is opened')
        self.choose()
        self.check_ends()

    def lack(self, name, why):
        self.complete = False
        self.report.problem(name, damaged(why))

    def open_chain(self, match, data, magic, label):
        """Epoch, metadata key id, frames and end of a file whose header (§4.2) says what its name says."""
        header = data[:68]
        if len(header) < 68:
            raise Refused(DAMAGED, 'cut off')
        if header[:52] != magic + self.keys.vault_id + bytes.fromhex(match[1]) + bytes.fromhex(match[2]):
            raise damaged('its first bytes are not those of this file')
        if header[52:] not in self.keys.metadata:
            raise Refused(LOCKED, 'written under a metadata key that does not open here')
        epoch, key = self.keys.metadata[header[52:]]
        own = header[36:52]
        chain = walk(data, header, self.keys.kdf(key, label, own), self.keys.kdf(key, 'strongroom/length', own))
        return (epoch, header[52:], *chain)

    def read_segment(self, name, match, data):
        try:
            epoch, metadata_id, frames, end = self.open_chain(match, data, b'SRJ1', 'strongroom/segment')
        except Refused as error:
            self.complete = False
            self.report.problem(name, error)
            return
        segment = bytes.fromhex(match[2])
        self.segments.append(Segment(name, segment, match[1], epoch, frames, end, metadata_id))

    def read_checkpoint(self, name, match, data):
        """A checkpoint (§4.6), if it is whole: of use where the segments that it sums up are lost."""
        try:
            _, _, frames, end = self.open_chain(match, data, b'SRC1', 'strongroom/checkpoint')
        except Refused as error:
            self.report.note(name, reason(error))
            return
        parts = [parse_cbor(frame[3]) for frame in frames]
        whole = end is None and all(map(is_checkpoint_part, parts[:-1]))
        heads, rows = ([each for part in parts[:-1] if whole and part[0] == kind for each in part[1]]
                       for kind in (1, 2))
        if not whole or parts[-1:] != [[3, len(rows)]]:
            self.report.note(name, 'a checkpoint that is not whole; the segments are read instead')
            return
        self.checkpoints.append((sha256(data), heads, rows))

    def choose(self):
        """What counts: of older epochs, what the newest one's `epoch` ops cover (§4.7)."""
        ops = [(segment, op) for segment in self.segments for batch in segment.batches for op in batch[4]]
        rows = [(checkpoint, row[4]) for checkpoint in self.checkpoints for row in checkpoint[2]]
        epoch_of = lambda op: self.keys.metadata.get(op[1], (0,))[0]
        self.now = max([0] + [epoch_of(op) for _, op in ops + rows if op[0] == EPOCH])
        newest = [op for _, op in ops + rows if op[0] == EPOCH and epoch_of(op) == self.now]
        named = {op[6] for op in newest}  # SHA-256 of checkpoints
        used = [checkpoint for checkpoint in self.checkpoints if self.now == 0 or checkpoint[0] in named
                or any(row[4][0] == EPOCH and epoch_of(row[4]) >= self.now for row in checkpoint[2])]
        # Without it late records can't be told from others: they are left out, but not their messages.
        awaited = named - {None} - {checkpoint[0] for checkpoint in used}
        if awaited:
            self.lack('journal', 'a checkpoint that the newest epoch names is missing')
        admitted = {head[3] for op in newest for head in op[4]}
        admitted |= {head[3] for checkpoint in used for head in checkpoint[1]}
        for segment, op in ops:
            if op[0] == SET and segment.epoch >= self.now and re.fullmatch(f'accept/{ID}', op[1]):
                if fits_all('uint hash', op[2]):
                    admitted.add(op[2][1])
        self.ops, self.held, self.seen = [], set(), set()  # ops: (stamp, op)
        for segment in self.segments:
            self.seen |= {batch[1] for batch in segment.batches}
            count = len(segment.batches)
            if segment.epoch < self.now:
                count = max([0] + [at + 1 for at, batch in enumerate(segment.batches) if batch[1] in admitted])
            for index, (seq, digest, _, time, batch_ops, unknown) in enumerate(segment.batches):
                if index >= count:
                    self.held |= set() if awaited else {op[2] for op in batch_ops if op[0] == VERSION}
                else:  # a frame may stand in two files (a sync tool's copy): twice is as good as once
                    self.ops += [((time, segment.id, seq, at, digest), op) for at, op in enumerate(batch_ops)]
                    if unknown:
                        self.lack(segment.name, 'has a record that only a newer Strongroom understands')
            if count < len(segment.batches):
                self.report.note(segment.name, f'{len(segment.batches) - count} records of an older epoch came '
                                               'after the newest began, and nobody accepted them: left out')
        for _, heads, rows in used:
            self.ops += [((time, segment, seq, at, b''), op) for time, segment, seq, at, op in rows]
        # Heads that somebody saw, and the segment that says so.
        self.claims = [(head, stamp[1]) for stamp, op in self.ops if op[0] in (OPEN, EPOCH)
                       for head in op[4 if op[0] == EPOCH else 3]]
        self.claims += [(head, None) for _, heads, _ in used for head in heads]

    def check_ends(self):
        """Names what was seen by someone and is not there, and what can't be read to its end (§4.3)."""
        missing = {}
        for head, _ in self.claims:
            if head[3] not in self.seen and head[1] > missing.get(head[0], 0):
                missing[head[0]] = head[1]
        for segment, size in sorted(missing.items()):
            self.lack(f'journal/…/{segment.hex()}.log', f'was seen with {size} bytes, which are not there')
        devices = {segment.id: segment.device for segment in self.segments}
        ends = {(head[3], devices.get(by)) for head, by in self.claims}
        for segment in self.segments:
            # Cut off while it was written, and its device went on without it: nothing was lost.
            torn = segment.id not in missing and (segment.head, segment.device) in ends
            if segment.end and (torn or not segment.name.endswith(f'{segment.id.hex()}.log')):
                self.report.note(segment.name, 'its end is not used: given up by its device, or a copy is cut')
            elif segment.end:
                self.lack(segment.name, f'{segment.end} after {len(segment.batches)} records; those are used')
