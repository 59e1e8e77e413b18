"""What a vault holds, and under which names (docs/format.md §4.5).

Part of open_vault.py.
"""
import io
import os
import re
import unicodedata

from open_sealed import Message
from vault_journal import BIN, FILE, KEY, PURGE, PUT, RECOVERED, ROOT, VERSION
from vault_keys import parse_edk


class Item:
    def __init__(self):
        self.fields = {}  # kind, parent, name, mtime, mode, bin -> (stamp, value): the last wins
        self.versions = {}  # version id -> (stamp, bases, size or None, commitment, mtime): the first wins
        self.purged = set()
        self.folder_purged = False

    def put(self, field, stamp, value):
        if value is not None and (field not in self.fields or self.fields[field][0] < stamp):
            self.fields[field] = stamp, value

    def get(self, field):
        return self.fields.get(field, (None, None))[1]

    def add(self, version, stamp, bases, size, commitment, mtime):
        if version not in self.versions or stamp < self.versions[version][0]:
            self.versions[version] = stamp, bases, size, commitment, mtime

    @property
    def is_folder(self):
        return self.get('kind') == 1

    def heads(self):
        """Versions that no other took the place of, the newest first; several are a conflict."""
        live = [version for version in self.versions if version not in self.purged]
        replaced = {base for record in self.versions.values() for base in record[1]}
        heads = [version for version in live if version not in replaced] or live
        return sorted(heads, key=lambda version: self.versions[version][0], reverse=True)

    def is_gone(self):
        return self.folder_purged if self.is_folder else not self.heads()

    def is_binned(self):
        on, seen = self.get('bin') or (False, [])
        return on and (self.is_folder or self.heads()[0] in seen)


class State:
    """Items, keys and pinned files: the same whatever the order of the ops."""

    def __init__(self, ops):
        self.items, self.edks, self.pins = {}, {}, {}
        for stamp, op in ops:
            self.apply(stamp, *op)

    def item(self, item_id):
        return self.items.setdefault(item_id, Item())

    def apply(self, stamp, code, *fields):
        if code == PUT:
            for name, value in zip(('kind', 'parent', 'name', 'mtime', 'mode'), fields[1:]):
                self.item(fields[0]).put(name, stamp, value)
        elif code == VERSION:
            item, version, bases, size, _, _, commitment, mtime = fields
            self.item(item).add(version, stamp, bases, size, commitment, mtime)
        elif code == BIN:
            self.item(fields[0]).put('bin', stamp, fields[1:])
        elif code == PURGE:
            self.item(fields[0]).purged.update(fields[1])
            self.item(fields[0]).folder_purged |= not fields[1]
        elif code == KEY:
            version, key_id, edk, _ = fields
            edks = self.edks.setdefault(version, {})
            if key_id not in edks or edks[key_id][0] < stamp:
                edks[key_id] = stamp, edk
        elif code == FILE:
            if fields[0] not in self.pins or self.pins[fields[0]][0] < stamp:
                self.pins[fields[0]] = stamp, fields[1]

    def edks_of(self, version):
        """The wrapped keys that stand now."""
        return [parse_edk(Message(io.BytesIO(edk))) for _, edk in self.edks.get(version, {}).values() if edk]

    def known(self):
        """Every version that the journal tells of."""
        return {version for item in self.items.values() for version in (*item.versions, *item.purged)}

    def adopt(self, unknown):
        """Takes in messages that the journal does not tell of: (item, mtime, file's mtime, version, entry)."""
        before = None, None
        order = lambda each: (each[0], each[1] or 0, *each[2:4])
        for rank, (item_id, mtime, _, version, entry) in enumerate(sorted(unknown, key=order)):
            name, parent, size, mode = entry
            stamp = 0, b'', rank, 0, b''  # before every stamp of the journal
            item = self.item(item_id)
            for field, value in (('kind', 0), ('parent', parent), ('name', name), ('mode', mode)):
                item.put(field, stamp, value)
            # The newest takes the place of the others; without times all stand side by side.
            bases = [before[1]] if before[0] == item_id and mtime is not None else []
            item.add(version, stamp, bases, size, None, mtime)
            before = item_id, version
            if parent not in (ROOT, RECOVERED) and parent not in self.items:
                folder = self.item(parent)
                for field, value in (('kind', 1), ('parent', ROOT), ('name', f'Folder {parent.hex()[:8]}')):
                    folder.put(field, stamp, value)


def fold(name):
    return unicodedata.normalize('NFC', name).lower()


def safe_name(given):
    """A name that is one step of a path here (§4.5, rule 4)."""
    name = re.sub('[/\0]', '_', unicodedata.normalize('NFC', given or ''))
    if os.name == 'nt':
        name = re.sub(r'[\\:*?"<>|\x01-\x1f]|[. ]+$', '_', name)
        name = re.sub(r'(?i)^(con|prn|aux|nul|com\d|lpt\d)(?= *(\.|$))', r'_\1', name)
    if name in ('', '.', '..'):
        return '_' * len(name) or 'Unnamed'
    return shorten(*split(name)) if len(name.encode()) > 255 else name


def split(name):
    dot = name.rfind('.')
    return (name, '') if dot <= 0 or dot == len(name) - 1 else (name[:dot], name[dot:])


def shorten(stem, ending):
    """Whole characters of the stem, as many as fit into 255 bytes with the ending."""
    room = 255 - len(ending.encode())
    if room <= 0:
        stem, ending, room = stem + ending, '', 255
    return stem.encode()[:room].decode('utf-8', 'ignore') + ending


def name_all(entries, taken):
    """Names, all different, for the things of one folder: (key, is folder, name, stamp of the name or None)."""
    names, used, later = {}, {fold(name) for name in taken}, []
    for entry in sorted(entries, key=lambda each: (each[3] is None, each[3] or each[0])):
        name = safe_name(entry[2])
        if fold(name) in used:
            later.append(entry)
        else:
            used.add(fold(name))
            names[entry[0]] = name
    counts = {}
    for key, is_folder, given, _ in later:
        base = safe_name(given)
        stem, extension = (base, '') if is_folder else split(base)
        count, name = counts.get((is_folder, fold(base)), 1), base
        while fold(name) in used:
            count += 1
            name = shorten(stem, f' ({count}){extension}')
        counts[is_folder, fold(base)] = count
        used.add(fold(name))
        names[key] = name
    return names


class Tree:
    """Where everything goes: `folders` {path: item or None} and `files` [(path, item id, item, version)]."""

    def __init__(self, items, all_versions):
        self.items = {item_id: item for item_id, item in items.items() if not item.is_gone()}
        self.all_versions, self.folders, self.files = all_versions, {}, []
        self.inside = {}
        binned = []
        for item_id, item in self.items.items():
            if item.is_binned():
                binned.append(item_id)
            else:
                self.inside.setdefault(self.place(item_id), []).append(item_id)
        tops = ['Recovered'] if RECOVERED in self.inside else []
        used = self.lay('', self.inside.get(ROOT, []), tops)
        if tops:
            self.folders['Recovered'] = None
            self.lay('Recovered', self.inside[RECOVERED])
        if binned:
            self.bin = name_all([(b'', True, 'Bin', None)], used)[b'']
            self.folders[self.bin] = None
            self.lay(self.bin, binned)

    def holds(self, item_id):
        return item_id in self.items and self.items[item_id].is_folder

    def place(self, item_id):
        """The folder that an item is found in (§4.5, rule 3)."""
        parent = self.items[item_id].get('parent')
        if parent in (ROOT, RECOVERED):
            return parent
        if not self.holds(parent):
            return RECOVERED
        path, at = {}, item_id  # from it upwards, as far as there are folders: to the top, or round in a circle
        while self.holds(at) and at not in path:
            path[at] = self.items[at].fields.get('parent', (None, None))
            at = path[at][1]
        # In a circle the one that was moved last hangs at the root.
        return ROOT if path and at == item_id == max(path, key=path.get) else parent

    def lay(self, path, members, taken=()):
        """Names the members of one folder and all below it. Returns the names at its top."""
        top, left = None, [(path, members, taken)]
        while left:
            path, members, taken = left.pop()
            entries = []
            for item_id in members:
                item = self.items[item_id]
                stamp, name = item.fields.get('name', (None, None))
                entries.append(((item_id, b''), item.is_folder, name, stamp))
                if not item.is_folder:
                    entries += [((item_id, version), False, self.version_name(name, version), None)
                                for version in self.others(item)]
            names = name_all(entries, taken)
            for (item_id, version), name in names.items():
                item, at = self.items[item_id], os.path.join(path, name)
                if item.is_folder:
                    self.folders[at] = item
                    left.append((at, self.inside.get(item_id, []), ()))
                else:
                    self.files.append((at, item_id, item, version or item.heads()[0]))
            if top is None:
                top = [*names.values(), *taken]
        return top

    def others(self, item):
        """Versions beside the current one: those in conflict with it; with --all-versions all."""
        heads = item.heads()
        live = [version for version in item.versions if version not in item.purged]
        return [version for version in (live if self.all_versions else heads) if version != heads[0]]

    @staticmethod
    def version_name(name, version):
        stem, extension = split(safe_name(name))
        return shorten(stem, f' (version {version.hex()[:8]}){extension}')
