"""Verify an export of an audit trail without any of the software that wrote it.

    python verify_export.py audit.jsonl [--key HEX ...] [--notes FILE ...] [--tenant ID]

Needs Python 3.9 or newer and the package `cryptography` (for Ed25519), nothing else. Prints one
line; exits with 0 when the trail is whole, 1 when it is not, 2 when it cannot be read.

The export is UTF-8, one JSON object a line, keys sorted, no spaces:

* an event: its content, with "hash" and "previous_hash". Its digest is
  SHA-256(previous digest | seq as 8 bytes, big endian | content without the two hashes);
  the first event follows 32 zero bytes; numbers begin with 1 and have no gap;
* {"note": ...}: where the trail ended when the installation signed it, kept outside its database;
* the last line {"head": ..., "keys": [...], "signed": ...}: where it ended when it was exported.

Give --key the public key that the operator published apart from the file (`manage.py verify_audit`
and the page "Audit" show it); without it the keys in the file are believed, and the line says so.
Give --notes the notes from the second place (STATE_DIR/audit/<tenant>.jsonl): they show a tail that
was cut together with everything that the file itself says about it.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NOTE = {"tenant", "seq", "hash", "at"}
END = NOTE | {"what"}


class NotWhole(Exception):
    """The trail was changed; the message says where and how."""


def spell(value):
    """Return the one way in which the installation writes this value down."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def parse(line, number):
    """Return the object of a line, which must be spelled in exactly one way."""
    try:
        text = line.decode("utf-8").rstrip("\n")
        value = json.loads(text)
        if isinstance(value, dict) and spell(value) == text:
            return value
    except (ValueError, RecursionError):
        pass
    raise NotWhole(f"line {number} is not as it was written")


class Signatures:
    """Checks signed notes; collects digest by number, which events must have."""

    def __init__(self, keys):
        self.keys = [Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)) for key in keys]
        self.digests, self.tenants, self.newest = {}, set(), ("", 0)

    def take(self, signed, fields, where):
        """Check one signed note; raises NotWhole for any that no key signed."""
        if not isinstance(signed, dict) or set(signed) != fields | {"signature"}:
            raise NotWhole(f"{where} is not a signed note")
        content = {name: signed[name] for name in fields}
        if not self._fits(signed["signature"], spell(content).encode()):
            raise NotWhole(f"{where} was not signed by a key that is trusted")
        seq = content["seq"]
        if self.digests.setdefault(seq, content["hash"]) != content["hash"]:
            raise NotWhole(f"event {seq} was signed twice, with two digests")
        self.tenants.add(content["tenant"])
        self.newest = max(self.newest, (content["at"], seq))

    def _fits(self, signature, content):
        for key in self.keys:
            try:
                key.verify(bytes.fromhex(signature), content)
                return True
            except (InvalidSignature, ValueError, TypeError):
                pass
        return False


class Trail:
    """Walks the events; holds where the chain is now."""

    def __init__(self):
        self.seq, self.digest, self.tenant = 0, bytes(32), None

    def follow(self, event, expected):
        """Take the next event; raises NotWhole where it does not fit."""
        seq = event.get("seq")
        if type(seq) is not int or seq != self.seq + 1:
            raise NotWhole(f"event {self.seq + 1} is missing: {seq} follows {self.seq}")
        stated, previous = event.pop("hash", None), event.pop("previous_hash", None)
        if previous != self.digest.hex():
            raise NotWhole(f"event {seq} does not follow event {self.seq}")
        content = self.digest + seq.to_bytes(8, "big") + spell(event).encode()
        digest = hashlib.sha256(content).digest()
        if stated != digest.hex():
            raise NotWhole(f"the content of event {seq} was changed")
        if self.tenant not in (None, event.get("tenant_id")):
            raise NotWhole(f"event {seq} belongs to another tenant")
        if expected is not None and expected != stated:
            raise NotWhole(f"event {seq} is not the one that was signed")
        self.seq, self.digest, self.tenant = seq, digest, event.get("tenant_id")


def check(read, keys=(), notes=(), tenant=None):
    """Verify an export; returns (events, head, newest note) or raises NotWhole.

    `read` returns the lines of the export, as bytes, from the beginning each time it is called:
    the signatures stand behind the events that they vouch for, so the file is read twice.
    """
    signed, end = [], None
    for number, line in enumerate(read(), start=1):
        if end is not None:
            raise NotWhole(f"line {number} stands behind the end")
        if line.startswith(b'{"note":'):
            signed.append((number, parse(line, number)))
        elif signed and not line.startswith(b'{"head":'):
            raise NotWhole(f"line {number} stands among the notes")
        elif line.startswith(b'{"head":'):
            end = parse(line, number)
    if end is None or set(end) != {"head", "keys", "signed"}:
        raise NotWhole("the signed end of the export is missing")
    try:
        signatures = Signatures(keys or end["keys"])
    except (ValueError, TypeError):
        raise NotWhole("the keys of the export are not keys") from None
    signatures.take(end["signed"], END, "the end of the export")
    for number, line in signed:
        if set(line) != {"note"}:
            raise NotWhole(f"line {number} holds more than a note")
        signatures.take(line["note"], NOTE, f"the note in line {number}")
    for number, line in enumerate(notes, start=1):
        signatures.take(_loose(line, number), NOTE, f"line {number} of the notes")
    return _walk(read, signatures, end, tenant)


def _walk(read, signatures, end, tenant):
    """Compute the chain and compare it with what was signed."""
    trail = Trail()
    for number, line in enumerate(read(), start=1):
        if line.startswith((b'{"note":', b'{"head":')):
            break
        trail.follow(parse(line, number), signatures.digests.pop(trail.seq + 1, None))
    late = [seq for seq in signatures.digests if seq > trail.seq]
    if late:
        raise NotWhole(f"event {max(late)} was signed, but the trail ends at event {trail.seq}")
    head = {"seq": trail.seq, "hash": trail.digest.hex()}
    if end["head"] != head or {name: end["signed"][name] for name in head} != head:
        raise NotWhole(f"the trail ends at event {trail.seq}, which is not the end that was signed")
    wanted = tenant or trail.tenant or end["signed"]["tenant"]
    if signatures.tenants != {wanted} or trail.tenant not in (None, wanted):
        raise NotWhole("events and signatures are not all of the same tenant")
    return trail.seq, head["hash"], signatures.newest


def _loose(line, number):
    """Return a note as the second place keeps it, however it is spaced."""
    try:
        return json.loads(line)
    except ValueError:
        raise NotWhole(f"line {number} of the notes is not as it was written") from None


def main(arguments=None):
    """Verify the file that the command line names; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("export")
    parser.add_argument("--key", action="append", default=[], help="public key, hexadecimal")
    parser.add_argument("--notes", action="append", default=[], help="notes of the second place")
    parser.add_argument("--tenant", help="id of the tenant whose trail it must be")
    given = parser.parse_args(arguments)

    def read():
        with open(given.export, "rb") as lines:
            yield from lines

    try:
        notes = [line for name in given.notes for line in Path(name).read_bytes().splitlines()]
        events, head, (at, _) = check(read, given.key, notes, given.tenant)
    except NotWhole as problem:
        print(f"NOT WHOLE: {problem}")
        return 1
    except OSError as error:
        print(f"cannot read: {error}")
        return 2
    advice = "" if given.key else "; the keys are those in the file: compare them"
    print(f"whole: {events} events, head {head}, signed at {at}{advice}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
