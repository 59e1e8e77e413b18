#!/usr/bin/env python3
"""Opens a whole Strongroom vault into plain files, without Strongroom.

    open_vault.py VAULT --to RESTORED                      asks for the passphrase
    open_vault.py VAULT --to RESTORED --ask-code           asks for the recovery code
    open_vault.py VAULT --to RESTORED --passphrase-file F  the passphrase is the first line of F
    open_vault.py VAULT --to RESTORED --recovery-file F    the recovery code is the first line of F

It needs the other scripts of its folder beside it, and the libraries that open_sealed.py names. The vault is
only read; nothing else of Strongroom is needed: no keychain, no other folder. RESTORED must be new or empty.
Files and folders get their names, times and modes. What was in the vault's bin comes into a folder "Bin", what
has lost its own folder into "Recovered".

The names are in the vault's journal. Of files that the journal does not tell of, because it is lost or damaged,
name and time come from the encrypted file itself. Names of folders are lost then: they are called "Folder" and
the beginning of their id.

What could not be opened, or is not as it was written, is said in one line each, with a number; the script ends
with that number, as open_sealed.py does. With 0, nothing was missing, and all that it gave out was verified.

The section signs (§) point into docs/format.md, which describes every byte.
"""
import sys
sys.dont_write_bytecode = True  # leaves no trace beside the scripts, which may be on a read-only medium

import argparse
import getpass
import os
import re
import signal

try:
    from open_sealed import (EXISTS, LOCKED, NOT_FOUND, UNSUPPORTED, USAGE, Header, Message, RawKey, Refused,
                             decrypt, exit_code, first_line, open_to_read, say, stop, strict_base64,
                             unlock, write_whole)
    from vault_journal import RECOVERED, ROOT, Journal, fits_all, parse_cbor
    from vault_keys import (ID, STRANGE, Keys, Passphrase, RecoveryCode, Report, as_bytes, as_id, as_number,
                            as_text, damaged, members, open_box, parse_json, parse_record, sha256)
    from vault_tree import State, Tree
except ModuleNotFoundError as error:
    sys.exit(f'open_vault: {error.name}.py must be in the same folder as this script')


# ---- Messages --------------------------------------------------------------------------------------------


class FileKey(RawKey):
    """The key of one version, which was proven to be it: what it does not open was changed."""

    def refusal(self, header):
        return damaged('its header was changed or damaged')


class Vault:
    def __init__(self, folder, report):
        self.folder, self.report = folder, report
        self.messages, self.key_files, self.journal_files = {}, {}, {}
        for where, subfolders, names in os.walk(folder, onerror=lambda e: report.problem(e.filename, e)):
            subfolders.sort()
            for name in sorted(names):
                self.sort_in(os.path.relpath(os.path.join(where, name), folder).replace(os.sep, '/'))
        self.vault_json = self.read_vault_json()

    def sort_in(self, name):
        match = re.fullmatch(f'items/([0-9a-f]{{2}})/{ID}\\.sealed', name)
        if match and match[2].startswith(match[1]):
            self.messages[bytes.fromhex(match[2])] = name
        elif name.startswith('keys/'):
            try:
                self.key_files[name] = self.read(name, 65537)
            except OSError as error:
                self.report.problem(name, error)
        elif name.startswith('journal/'):
            self.journal_files[name] = lambda: self.read(name)
        elif name.startswith('items/') and not os.path.basename(name).startswith('.'):
            self.report.note(name, STRANGE)

    def at(self, name):
        return os.path.join(self.folder, *name.split('/'))

    def read(self, name, size=-1):
        with open_to_read(self.at(name)) as file:
            return file.read(size)

    def read_vault_json(self):
        """vault.json, not believed yet. If it is lost, the vault's id is in every message."""
        try:
            value = parse_json(self.read('vault.json', 65537))
            facts = {'format': as_text, 'vaultId': as_id, 'createdMs': as_number, 'metadataKeyId': as_id}
            self.id = members(value, **facts, mac=as_bytes).vaultId
            return value
        except (Refused, OSError) as error:
            if isinstance(error, Refused) and error.code == UNSUPPORTED:
                raise
            if not self.messages:
                raise Refused(NOT_FOUND, 'no vault is here, or it has lost vault.json and all messages')
            self.report.problem('vault.json', damaged('missing, changed or damaged'))
            self.id = self.id_in_messages()
            return None

    def id_in_messages(self):
        for name in self.messages.values():
            try:
                with open_to_read(self.at(name)) as file:
                    vault_id = as_id(Header(Message(file)).context.get('strongroom-vault'))
                if vault_id:
                    return vault_id
            except (Refused, OSError):
                pass  # perhaps another one tells
        raise damaged('nothing tells the id of this vault')

    def open(self, way):
        self.keys = Keys(self.id, self.vault_json, self.key_files, way, self.report)
        journal = Journal(self.journal_files, self.keys, self.report)
        self.state = State(journal.ops)
        self.check_pins()
        unknown = set(self.messages) - self.state.known() - journal.held
        self.state.adopt([found for found in map(self.read_entry, sorted(unknown)) if found])
        if unknown and journal.complete:
            self.report.note('items', f'{len(unknown)} of them are not in the journal; they are opened, too')

    def check_pins(self):
        for name, (_, digest) in sorted(self.state.pins.items()):
            if digest and name in self.key_files and sha256(self.key_files[name]) != digest:
                self.report.problem(name, damaged('is not the file that the journal tells of'))
            elif digest and name not in self.key_files:
                self.report.note(name, 'is missing; it was not needed')

    def unlock(self, file, version, commitment=None):
        """Reads the header of a message with all its proofs. Returns message, header and body key."""
        message = Message(file)
        header = Header(message)
        key = self.file_key(header, version, commitment)
        return message, header, unlock(header, FileKey(key, b'strongroom', version.hex().encode()), {})

    def file_key(self, header, version, commitment):
        ids = header.context.get('strongroom-vault'), header.context.get('strongroom-version')
        if ids != (self.id.hex(), version.hex()):
            raise damaged('another message stands in its place')
        record = parse_record(strict_base64(header.context.get('strongroom-key', '')))
        if commitment not in (None, record[0]):
            raise damaged('it is for another key than the journal tells of')
        edks = self.state.edks_of(version)
        key = self.keys.unwrap((record[0], edks), version) if edks else None
        key = key or self.keys.unwrap(record, version)
        if key is None:
            raise Refused(LOCKED, 'wrapped for no key that is open here')
        return key

    def give_file_key(self, version, target):
        """Writes the key of one version into a new file: what an AWS Encryption SDK needs for its message."""
        if version not in self.messages:
            raise Refused(NOT_FOUND, 'the vault has no message of that version')
        with open_to_read(self.at(self.messages[version])) as file:
            key = self.file_key(Header(Message(file)), version, None)
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'wb') as out:
            out.write(key)
        say('key of', self.messages[version], target, to=sys.stdout)
        say('its namespace is strongroom, its name', version.hex(), to=sys.stdout)

    def read_entry(self, version):
        """What a message tells of itself (§2.6): (item, mtime, file's mtime, version, entry), or None."""
        name = self.messages[version]
        try:
            with open_to_read(self.at(name)) as file:
                _, header, _ = self.unlock(file, version)
                stored = os.fstat(file.fileno()).st_mtime_ns
            item = as_id(header.context.get('strongroom-item'))
            if item in (None, ROOT, RECOVERED):
                raise damaged('it is of no item')
            data = strict_base64(header.context.get('strongroom-entry', '')) or b''
            if data[:16] not in self.keys.metadata:
                self.report.problem(name, Refused(LOCKED, 'its name does not open: it is called by its id'))
                return item, None, stored, version, (version.hex(), ROOT, None, None)
            key = self.keys.kdf(self.keys.metadata[data[:16]][1], 'strongroom/entry', version)
            entry = parse_cbor(open_box(key, self.id + item + version, data[16:]) or b'', padded=True)
            if not isinstance(entry, dict) or sorted(entry) != [1, 2, 3, 4, 5, 6] or not fits_all(
                    'text id uint int mode kind', list(entry.values())):
                raise damaged('its entry was changed or damaged')
            title, parent, size, mtime, mode, _ = entry.values()
            return item, mtime, stored, version, (title, parent, size, mode)
        except (Refused, OSError) as error:
            self.report.problem(name, error)
            return None

    def write(self, target, item_id, item, version):
        """Opens one version into a new file: all of it or nothing."""
        if version not in self.messages:
            raise damaged(f'its message is missing: items/{version.hex()[:2]}/{version.hex()}.sealed')
        _, _, size, commitment, mtime = item.versions[version]
        with open_to_read(self.at(self.messages[version])) as file:
            message, header, body_key = self.unlock(file, version, commitment)
            if header.context.get('strongroom-item') != item_id.hex():
                raise damaged('it is of another item')

            def fill(out, unfinished):
                decrypt(message, header, body_key, out)
                if size not in (None, out.tell()):
                    raise damaged(f'it holds {out.tell()} bytes, not {size} as the journal tells')
                out.flush()
                dress(unfinished, item.get('mode'), mtime)

            write_whole(target, fill)


def dress(path, mode, mtime_ms):
    if mode is not None:
        os.chmod(path, mode & 0o777)  # never setuid, setgid, sticky
    if mtime_ms is not None:
        os.utime(path, ns=(mtime_ms * 10**6, mtime_ms * 10**6))


# ---- The command -----------------------------------------------------------------------------------------


def parse_arguments():
    parser = argparse.ArgumentParser(prog='open_vault.py', description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('vault', metavar='VAULT', help='the folder of the vault')
    parser.add_argument('--to', metavar='RESTORED', required=True, help='the folder to make: new, or empty')
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument('--passphrase-file', metavar='F', help='the passphrase is its first line')
    ways.add_argument('--recovery-file', metavar='F', help='the recovery code is its first line')
    ways.add_argument('--ask-code', action='store_true', help='ask for the recovery code')
    parser.add_argument('--all-versions', action='store_true',
                        help='older versions, too, each beside its file as "name (version …)"')
    parser.add_argument('--file-key', metavar='VERSION', type=as_id,
                        help='write only the key of one message, items/…/VERSION.sealed, into RESTORED')
    return parser.parse_args()


def way_in(options):
    """The passphrase or the recovery code, as the options say."""
    if options.passphrase_file is not None:
        text = first_line(options.passphrase_file)
    elif options.recovery_file is not None:
        text = first_line(options.recovery_file)
    elif sys.stdin.isatty():
        text = getpass.getpass('Recovery code: ' if options.ask_code else 'Passphrase: ')
    else:
        raise Refused(LOCKED, 'no passphrase or recovery code given, and no terminal to ask for one')
    is_code = options.ask_code or options.recovery_file is not None
    return RecoveryCode(text) if is_code else Passphrase(text)


def new_folder(path, vault):
    """The folder to fill: never one with anything in it, never inside the vault."""
    inside, real = os.path.realpath(vault), os.path.realpath(path)
    if real == inside or real.startswith(os.path.join(inside, '')):
        raise Refused(USAGE, f'{path} is inside the vault; nothing is written there')
    os.makedirs(path, mode=0o700, exist_ok=True)
    if os.listdir(path):
        raise Refused(EXISTS, f'{path} is not empty; give a new folder')


def restore_all(vault, options):
    """Writes the tree. Returns how many files and folders are there now."""
    tree, done = Tree(vault.state.items, options.all_versions), 0
    made = []
    for path, item in tree.folders.items():
        try:
            os.mkdir(os.path.join(options.to, path), 0o700)
            made.append((path, item))
        except OSError as error:
            vault.report.problem(path, error)
    for path, item_id, item, version in sorted(tree.files, key=lambda each: each[0]):
        try:
            vault.write(os.path.join(options.to, path), item_id, item, version)
        except (Refused, OSError) as error:
            vault.report.problem(f'not opened: {path}', error)
        else:
            done += 1
            say('opened', os.path.join(options.to, path), to=sys.stdout)
    # Times and modes of folders come last, the deepest first: what is put into a folder changes its time.
    for path, item in reversed(made):
        if item:
            try:
                dress(os.path.join(options.to, path), item.get('mode'), item.get('mtime'))
            except OSError as error:
                vault.report.problem(path, error)
    return done, len(made)


def main():
    options, report = parse_arguments(), Report()
    try:
        vault = Vault(options.vault, report)
        vault.open(way_in(options))
        if options.file_key:
            vault.give_file_key(options.file_key, options.to)
            return exit_code(report.codes)
        new_folder(options.to, options.vault)
        files, folders = restore_all(vault, options)
    except (Refused, OSError) as error:
        report.problem(options.vault, error)
        return exit_code(report.codes)
    say('done', f'{files} files and {folders} folders in {options.to}'
        + ('; see what is said above' if report.codes else ''), to=sys.stdout)
    return exit_code(report.codes)


if __name__ == '__main__':
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors='backslashreplace')
    signal.signal(signal.SIGTERM, stop)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say('open_vault', 'stopped; no unfinished file is left')
        sys.exit(130)
