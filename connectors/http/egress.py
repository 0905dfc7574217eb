"""Which addresses customers' settings may lead us to (the guard against request forgery).

Customers type addresses, and servers name further ones in links and redirects. `Egress` decides
about all of them: https only, public addresses only, unless the operator of this installation
(never a tenant) listed a private network or host. A name is resolved once, every answer is checked,
and the caller connects to exactly the checked addresses, so that a second DNS answer changes
nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

import idna

from connectors.errors import ConfigurationError, TemporaryError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], list[str]]

DEFAULT_PORTS = {"https": 443, "http": 80}
_METADATA = ipaddress.ip_address("fd00:ec2::254")
_SIX_TO_FOUR = ipaddress.ip_network("2002::/16")
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_V4_COMPATIBLE = ipaddress.ip_network("::/96")
_V4_TRANSLATED = ipaddress.ip_network("::ffff:0:0:0/96")
# Private or of no use, though Python calls them global: site-local, NAT64 of a network of its own
# (which may hold the IPv4 address anywhere), documentation, the former anycast of 6to4.
_NOT_PUBLIC = tuple(
    map(ipaddress.ip_network, ("fec0::/10", "64:ff9b:1::/48", "3fff::/20", "192.88.99.0/24"))
)


class EgressRefused(ConfigurationError):
    """The address leads to a place this installation does not talk to."""

    default_code = "egress_refused"


class Mode(StrEnum):
    """Where customers' systems may be: at public addresses alone, or at private ones listed too."""

    HOSTED = "hosted"
    SELFHOSTED = "selfhosted"


@dataclass(frozen=True, slots=True)
class Target:
    """One parsed address: what to connect to and what to ask for."""

    scheme: str
    host: str  # ASCII, lower case, without brackets
    port: int

    @property
    def origin(self) -> tuple[str, str, int]:
        return (self.scheme, self.host, self.port)


@dataclass(frozen=True, slots=True)
class Rule:
    """An operator's entry: a network or a host suffix, with the ports it opens (none = all)."""

    network: Network | None
    suffix: str
    ports: frozenset[int]

    def covers(self, host: str, address: IPAddress | None, port: int) -> bool:
        if self.ports and port not in self.ports:
            return False
        if self.network is not None:
            return address is not None and address in self.network
        return host == self.suffix or host.endswith("." + self.suffix)


def parse_rule(text: str) -> Rule:
    """Read `10.20.0.0/16:7048,443`, `[fd00::/8]:443`, `nav.corp.example` or `*.corp.example:443`.

    Raises ValueError for anything else.
    """
    entry = text.strip()
    if entry.startswith("["):
        place, _, ports = entry[1:].partition("]")
        ports = ports.removeprefix(":")
    elif entry.count(":") > 1:
        place, ports = entry, ""
    else:
        place, _, ports = entry.partition(":")
    numbers = frozenset(int(port) for port in ports.split(",") if port.strip())
    if not place or any(not 0 < number < 65536 for number in numbers):
        raise ValueError(f"not a network or host with ports: {text!r}")
    try:
        return Rule(ipaddress.ip_network(place, strict=False), "", numbers)
    except ValueError:
        if "/" in place:
            raise
    return Rule(None, _ascii_host(place.removeprefix("*.").removeprefix(".")), numbers)


def system_resolver(host: str, port: int) -> list[str]:
    """All addresses of a name, in the order the system prefers."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


class Egress:
    """The policy of one installation; values come from its settings as plain arguments.

    `allow` lists what a self-hosted operator opens, `deny` our own database, broker and web
    addresses. `loopback_allowed` is for development and tests: then every port on loopback passes,
    plain http and token addresses included.
    """

    def __init__(
        self,
        mode: str = Mode.HOSTED,
        allow: Iterable[str] = (),
        *,
        deny: Iterable[str] = (),
        loopback_allowed: bool = False,
        resolver: Resolver = system_resolver,
    ) -> None:
        self.mode = Mode(mode)
        self.allow = tuple(parse_rule(entry) for entry in allow)
        self.deny = tuple(parse_rule(entry) for entry in deny)
        self.loopback_allowed = loopback_allowed
        self._resolve = resolver
        if self.mode is Mode.HOSTED and self.allow:
            raise ValueError("EGRESS_ALLOW is for self-hosted mode: hosted reaches public only")

    def target(self, url: str) -> Target:
        """Parse an address and check what needs no network; raises EgressRefused."""
        target = parse_url(url)
        if target.scheme == "http" and not self._plain_http_allowed(target):
            raise EgressRefused(
                f"{target.host}: plain http would show the credentials to the network; use https."
            )
        address = _literal(target.host)
        if address is not None:
            self._require(target.host, address, target.port)
        return target

    def addresses(self, host: str, port: int) -> list[str]:
        """Resolve once and return the addresses to connect to, every one of them checked.

        Raises TemporaryError when the name has no answer, EgressRefused when one answer of several
        is not allowed.
        """
        literal = _literal(host)
        if literal is not None:
            answers = [str(literal)]
        else:
            try:
                answers = self._resolve(host, port)
            except OSError as error:
                raise TemporaryError(
                    f"The name {host} could not be resolved.",
                    code="dns_failure",
                    detail=str(error),
                ) from error
        if not answers:
            raise TemporaryError(f"The name {host} has no address.", code="dns_failure")
        for answer in answers:
            self._require(host, ipaddress.ip_address(answer.partition("%")[0]), port)
        return answers

    def _plain_http_allowed(self, target: Target) -> bool:
        address = _literal(target.host)
        if self.loopback_allowed:
            if target.host == "localhost" or target.host.endswith(".localhost"):
                return True
            if address is not None and address.is_loopback:
                return True
        return any(rule.covers(target.host, address, target.port) for rule in self.allow)

    def _require(self, host: str, address: IPAddress, port: int) -> None:
        why = self._objection(host, address, port)
        if why:
            raise EgressRefused(f"{host} leads to {address}, {why}.")

    def _objection(self, host: str, address: IPAddress, port: int) -> str:
        forms = (address, *embedded(address))
        if self.loopback_allowed and address.is_loopback:
            return ""
        for form in forms:
            reason = always_blocked(form)
            if reason:
                return reason
            if any(rule.covers(host, form, port) for rule in self.deny):
                return "which belongs to this installation"
        if any(rule.covers(host, address, port) for rule in self.allow):
            return ""
        if all(map(is_public, forms)):
            return ""
        if self.mode is Mode.HOSTED:
            return "which is not a public address"
        return "which is private and not listed in EGRESS_ALLOW"


def parse_url(url: str) -> Target:
    """Take an absolute http(s) address apart; raises EgressRefused for anything unusual."""
    if any(ord(char) <= 32 or char == "\\" or ord(char) == 127 for char in url):
        raise EgressRefused("The address contains blanks, backslashes or control characters.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise EgressRefused(f"The address cannot be read: {error}.") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise EgressRefused("The address must begin with https://.")
    if "@" in parts.netloc:
        raise EgressRefused("The address must not carry a user name or password.")
    if "#" in url:
        raise EgressRefused("The address must not carry a fragment (#).")
    if not parts.hostname or port == 0:
        raise EgressRefused("The address names no host.")
    return Target(parts.scheme, _ascii_host(parts.hostname), port or DEFAULT_PORTS[parts.scheme])


def typed_address(text: str) -> str:
    """Return an address that a person typed, without blanks around it.

    Raises EgressRefused for what `parse_url` refuses and for characters that no address holds (RFC
    3986, section 2); letters of any language are fine, they are percent-encoded on the wire.
    """
    address = text.strip()
    parse_url(address)
    if illegal := _NEVER_IN_ADDRESS.search(address):
        raise EgressRefused(
            f"The address must not contain {illegal[0]}; write it as % and two hexadecimal digits."
        )
    return address


def embedded(address: IPAddress) -> tuple[IPAddress, ...]:
    """IPv4 addresses that an IPv6 address stands for: mapped, translated, compatible, 6to4, NAT64,
    Teredo."""
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    inner: list[IPAddress] = []
    if address.ipv4_mapped:
        inner.append(address.ipv4_mapped)
    if address in _SIX_TO_FOUR and address.sixtofour:
        inner.append(address.sixtofour)
    if address.teredo:
        inner.extend(address.teredo)
    if any(address in network for network in (*_NAT64, _V4_TRANSLATED)):
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address in _V4_COMPATIBLE and int(address) > 1:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return tuple(inner)


def is_public(address: IPAddress) -> bool:
    """Whether an address is one of the internet at large."""
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)


def always_blocked(address: IPAddress) -> str:
    """Why an address is never talked to, whatever the operator lists; empty when it may be."""
    if address.is_loopback:
        return "which is this machine itself"
    if address.is_unspecified or (address.version == 4 and int(address) >> 24 == 0):
        return "which is no address"
    if address.is_link_local or address == _METADATA:
        return "which is a link-local or cloud metadata address"
    if address.is_multicast:
        return "which is a multicast address"
    if isinstance(address, ipaddress.IPv4Address) and address.is_reserved:
        return "which is a reserved address"
    return ""


def _literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _ascii_host(host: str) -> str:
    if _literal(host) is not None:
        return str(_literal(host))
    name = host.rstrip(".").lower()
    try:
        if not name.isascii():
            name = idna.encode(name, uts46=True).decode("ascii")
        elif not name or any(char not in _HOST_CHARS for char in name):
            raise ValueError("unexpected character")
    except (ValueError, idna.IDNAError) as error:
        raise EgressRefused("The address names a host that cannot be read.") from error
    return name


_NEVER_IN_ADDRESS = re.compile(r'[\s"<>^`{|}\x7f-\x9f]|%(?![0-9A-Fa-f]{2})')
_HOST_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._")
