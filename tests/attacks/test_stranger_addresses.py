"""An address that a stranger names leads to the public Internet or nowhere.

The servers are real; only the name server and the last step, from a public address to the machine
that runs the test, are the test's own.
"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from certsvc.foundation.net.addresses import AddressPolicy, is_public
from certsvc.foundation.net.client import HttpClient
from keys.http_port import HttpAnswer, HttpFailedError, HttpFailure, HttpRequest
from tests.support.department_service import DepartmentService, department_service, says
from tests.support.unruly_http import tls_server
from tests.support.unruly_server import answering, unruly_server

PUBLIC, OTHER_PUBLIC, PUBLIC_V6 = "93.184.215.14", "1.1.1.1", "2606:4700::1111"
NOT_PUBLIC = {
    "this machine": "127.0.0.1",
    "this machine, another way": "127.255.0.3",
    "this machine in IPv6": "::1",
    "any address": "0.0.0.0",  # noqa: S104  never listened at
    "this network": "0.1.2.3",
    "any address in IPv6": "::",
    "private, class A": "10.1.2.3",
    "private, class B": "172.16.0.1",
    "private, class C": "192.168.1.1",
    "shared by a provider": "100.64.0.1",
    "a cloud's metadata at a provider's address": "100.100.100.200",
    "link-local": "169.254.1.1",
    "a cloud's metadata": "169.254.169.254",
    "a cloud's metadata in IPv6": "fd00:ec2::254",
    "a cloud's platform": "168.63.129.16",
    "a cloud's metadata among protocols": "192.0.0.192",
    "link-local in IPv6": "fe80::1",
    "link-local with its zone": "fe80::1%eth0",
    "site-local": "fec0::1",
    "unique local": "fc00::1",
    "loopback, mapped": "::ffff:127.0.0.1",
    "private, mapped": "::ffff:10.0.0.1",
    "metadata, mapped in hexadecimal": "::ffff:a9fe:a9fe",
    "loopback, compatible": "::127.0.0.1",
    "loopback, translated": "64:ff9b::7f00:1",
    "private, translated for a site": "64:ff9b:1::a00:1",
    "6to4": "2002:7f00:1::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "documentation": "203.0.113.9",
    "documentation in IPv6": "2001:db8::1",
    "newer documentation in IPv6": "3fff::1",
    "benchmarks": "198.18.0.1",
    "many at once": "224.0.0.1",
    "many at once, anywhere": "239.1.1.1",
    "many at once in IPv6": "ff02::1",
    "everybody": "255.255.255.255",
    "reserved": "240.0.0.1",
    "no address": "localhost",
    "nothing": "",
}


@pytest.mark.parametrize("name", NOT_PUBLIC)
def test_what_is_not_public(name: str) -> None:
    assert not is_public(NOT_PUBLIC[name])


@pytest.mark.parametrize(
    "address", [PUBLIC, OTHER_PUBLIC, PUBLIC_V6, "::ffff:1.1.1.1", "64:ff9b::101:101", "172.32.0.1"]
)
def test_what_is(address: str) -> None:
    assert is_public(address)


@dataclass
class Net:
    """A name server that answers by a list, and the way to one real server."""

    answers: list[list[str]]
    """Of one question each; the last stays."""
    endpoint: str
    ca_file: str
    asked: list[str] = field(default_factory=list)
    reached: list[tuple[str, int]] = field(default_factory=list)

    def resolve(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def connect_to(self, address: tuple[str, int], limit_s: float) -> socket.socket:
        self.reached.append(address)
        host, port = self.endpoint.split(":")
        return socket.create_connection((host, int(port)), limit_s)

    @property
    def client(self) -> HttpClient:
        return HttpClient(
            AddressPolicy.PUBLIC_ONLY, resolver=self.resolve, connect_to=self.connect_to
        )

    def send(self, url: str = "https://hook.example:8443/in") -> HttpAnswer:
        request = HttpRequest(
            url=url, body=b"{}", timeout_s=20, answer_limit=1000, ca_file=self.ca_file
        )
        return self.client.exchange(request)

    def refusal(self, url: str) -> HttpFailure:
        with pytest.raises(HttpFailedError) as sent:
            self.send(url)
        with pytest.raises(HttpFailedError) as checked:
            self.client.check_address(url)
        assert checked.value.failure is sent.value.failure
        assert self.reached == []
        return sent.value.failure


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    good = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    with unruly_server(good, tls=tls_server(tmp_path, "hook.example")) as endpoint:
        yield Net(answers=[[PUBLIC]], endpoint=endpoint, ca_file=str(tmp_path / "ca.pem"))


def test_a_public_server_is_reached_at_the_address_that_was_judged(net: Net) -> None:
    net.client.check_address("https://hook.example:8443/in")
    assert net.reached == []
    assert net.send().body == b"ok"  # and its certificate is of the name, not of the address
    assert net.reached == [(PUBLIC, 8443)]


@pytest.mark.parametrize("name", sorted(set(NOT_PUBLIC) - {"nothing"}))
def test_a_name_that_leads_into_the_house(net: Net, name: str) -> None:
    net.answers = [[NOT_PUBLIC[name]]]
    assert net.refusal("https://hook.example/") is HttpFailure.NOT_ALLOWED


@pytest.mark.parametrize("among", [[PUBLIC, "10.0.0.1"], ["127.0.0.1", PUBLIC]])
def test_one_private_address_among_public_ones_is_enough(net: Net, among: list[str]) -> None:
    net.answers = [among]
    assert net.refusal("https://hook.example/") is HttpFailure.NOT_ALLOWED


def test_a_name_server_that_changes_its_mind_gains_nothing(net: Net) -> None:
    net.answers = [[PUBLIC], ["127.0.0.1"]]
    assert net.send().body == b"ok"
    assert (len(net.asked), net.reached) == (1, [(PUBLIC, 8443)])
    net.reached.clear()
    # Public when it was written down, private when it is used.
    assert net.refusal("https://hook.example/") is HttpFailure.NOT_ALLOWED


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "[::1]", "localhost", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "127.1"),
        *("0", "0.0.0.0", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127。0。0。1"),  # noqa: S104
        *("①②⑦.0.0.1", "LOCALHOST", "localhost.", "169.254.169.254", "[64:ff9b::7f00:1]"),
    ],
)
def test_however_the_address_is_written(host: str) -> None:
    """By the machine's own resolver, which reads decimal, octal and short forms."""
    with department_service(says("{}")) as service:
        port = service.url.rsplit(":", 1)[1]
        client = HttpClient(AddressPolicy.PUBLIC_ONLY)
        request = HttpRequest(url=f"https://{host}:{port}/", timeout_s=20, answer_limit=1000)
        with pytest.raises(HttpFailedError) as caught:
            client.exchange(request)
        # `UNREACHABLE` if the resolver of this machine does not know the form at all.
        assert caught.value.failure in {HttpFailure.NOT_ALLOWED, HttpFailure.UNREACHABLE}
        assert service.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0177.0.0.1", "127.1", "[::1]"])
def test_the_forms_that_this_resolver_reads_are_judged(host: str) -> None:
    with pytest.raises(HttpFailedError) as caught:
        HttpClient(AddressPolicy.PUBLIC_ONLY).check_address(f"https://{host}/")
    assert caught.value.failure is HttpFailure.NOT_ALLOWED


@pytest.mark.parametrize(
    "url", ["http://hook.example/", "https://name:secret@hook.example/", "https://@hook.example/"]
)
def test_strangers_name_https_without_accounts(net: Net, url: str) -> None:
    assert net.refusal(url) is HttpFailure.NOT_ALLOWED


@pytest.mark.parametrize("status", ["302 Found", "307 Temporary Redirect", "308 Permanent"])
def test_a_redirect_into_the_house_is_not_followed(tmp_path: Path, status: str) -> None:
    with department_service(says("secret")) as inside:
        moved = f"HTTP/1.1 {status}\r\nLocation: {inside.url}/\r\nContent-Length: 0\r\n\r\n"
        context = tls_server(tmp_path, "hook.example")
        with unruly_server(answering(moved.encode()), tls=context) as endpoint:
            net = Net(answers=[[PUBLIC]], endpoint=endpoint, ca_file=str(tmp_path / "ca.pem"))
            answer = net.send()
        assert (answer.status, answer.body) == (int(status[:3]), b"")
        assert inside.asked == []
        assert len(net.reached) == 1


def test_the_next_address_is_tried_if_one_does_not_answer(net: Net) -> None:
    def connect_to(address: tuple[str, int], limit_s: float) -> socket.socket:
        if address[0] == PUBLIC:
            net.reached.append(address)
            raise ConnectionRefusedError
        return net.connect_to(address, limit_s)

    net.answers = [[PUBLIC, PUBLIC_V6]]
    client = HttpClient(AddressPolicy.PUBLIC_ONLY, resolver=net.resolve, connect_to=connect_to)
    request = HttpRequest(
        url="https://hook.example/", timeout_s=20, answer_limit=1000, ca_file=net.ca_file
    )
    assert client.exchange(request).body == b"ok"
    assert net.reached == [(PUBLIC, 443), (PUBLIC_V6, 443)]


def test_what_the_operator_configured_may_be_anywhere() -> None:
    with department_service(says("{}")) as service:
        _ask_anywhere(service)


def _ask_anywhere(service: DepartmentService) -> None:
    request = HttpRequest(url=service.url, timeout_s=20, answer_limit=1000)
    assert HttpClient().exchange(request).status == 200
