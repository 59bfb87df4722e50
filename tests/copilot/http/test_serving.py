"""Where the endpoint may listen, with TLS and keys, and how it is started and stopped."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from copilot.http.security.keys import KeyFile
from copilot.http.serving import check, listen
from copilot.settings import Settings
from index.errors import UnreadableFile, UsageError


def _certify(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine that nobody but the test trusts, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "hmi.pem", folder / "hmi.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, private


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """As `_certify` makes it."""
    return _certify(tmp_path)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "hmi.plant.example"])
def test_on_an_address_that_others_can_reach_it_refuses_to_start_without_tls(data_dir: Path, host: str) -> None:
    with pytest.raises(UsageError, match="without TLS"):
        check(Settings.load(overrides={"serve.host": host}))


def test_on_such_an_address_it_refuses_to_start_without_keys(data_dir: Path, certificate) -> None:
    cert, key = certificate
    settings = Settings.load(overrides={"serve.host": "0.0.0.0", "serve.tls_cert": cert, "serve.tls_key": key})
    with pytest.raises(UsageError, match="key") as refused:
        check(settings)
    assert "keys add" in refused.value.remedy

    KeyFile.of(data_dir).add("HMI", ("ask",))
    check(settings)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.1.2.3"])
def test_on_this_machine_s_own_addresses_it_needs_neither(data_dir: Path, host: str) -> None:
    check(Settings.load(overrides={"serve.host": host}))


def test_a_certificate_that_is_not_there_is_told(data_dir: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone.pem"
    with pytest.raises(UnreadableFile, match=r"gone\.pem"):
        check(Settings.load(overrides={"serve.tls_cert": gone, "serve.tls_key": gone}))


def test_a_file_that_is_no_certificate_is_told(serve, certificate, tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("no certificate")
    with pytest.raises(UsageError, match="certificate"):
        serve(**{"serve.tls_cert": nonsense, "serve.tls_key": certificate[1]})


def test_with_tls_and_a_key_it_answers(serve, indexed, certificate) -> None:
    cert, key = certificate
    _, token = KeyFile.of(indexed).add("HMI", ("ask",))
    server = serve(**{"serve.tls_cert": cert, "serve.tls_key": key, "serve.keys": "always"})
    trusted = ssl.create_default_context(cafile=str(cert))
    assert server.url.startswith("https://")
    with server.client(verify=trusted, headers={"Authorization": f"Bearer {token}"}) as client:
        assert client.post("/v1/ask", json={"question": "what does F0012 mean?"}).status_code == 200
        assert client.get("/healthz", headers={"Origin": server.url}).status_code == 200


def test_a_renewed_certificate_is_taken_without_a_restart(serve, certificate) -> None:
    cert, key = certificate
    server = serve(**{"serve.tls_cert": cert, "serve.tls_key": key})
    host, port = server.url.removeprefix("https://").split(":")
    before = ssl.get_server_certificate((host, int(port)))

    key.write_text("half replaced")
    assert not server.server.certificate.renew()
    assert ssl.get_server_certificate((host, int(port))) == before

    _certify(cert.parent)
    assert server.server.certificate.renew()
    after = ssl.get_server_certificate((host, int(port)))
    assert after != before
    assert after.strip() == cert.read_text().strip()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_is_refused(serve, certificate) -> None:
    server = serve(**{"serve.tls_cert": certificate[0], "serve.tls_key": certificate[1]})
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    host, port = server.url.removeprefix("https://").split(":")
    with socket.create_connection((host, int(port))) as raw, pytest.raises(ssl.SSLError):
        old.wrap_socket(raw)


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="can't be listened on"):
        listen("127.0.0.1", taken.getsockname()[1])


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "copilot.cli.main", *arguments]


def test_the_command_says_where_it_listens_and_ends_when_told_to(indexed: Path) -> None:
    serving = subprocess.Popen(
        _command("serve", "--port", "0", "--no-llm"), stderr=subprocess.PIPE, text=True, env=os.environ.copy()
    )
    assert serving.stderr is not None
    try:
        line = serving.stderr.readline()
        url = line.split()[2].rstrip(".")
        assert url.startswith("http://127.0.0.1:")
        with httpx.Client(trust_env=False, timeout=60) as client:
            found = client.post(f"{url}/v1/search", json={"query": "F0012"})
        assert found.json()["passages"]
        serving.send_signal(signal.SIGINT)
        assert serving.wait(30) == 130
    finally:
        serving.kill()
        serving.wait()
        serving.stderr.close()
    log = indexed / "logs" / "edge-copilot.log"
    assert not log.exists() or "F0012" not in log.read_text()


def test_the_command_refuses_in_words_and_with_an_exit_code(data_dir: Path) -> None:
    refused = subprocess.run(
        _command("serve", "--host", "0.0.0.0", "--port", "0"), capture_output=True, text=True, check=False
    )

    assert refused.returncode == 2
    assert "--tls-cert" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_keys_are_made_listed_and_revoked_on_the_command_line(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from copilot.cli.main import main

    assert main(["keys", "add", "HMI of press 3", "--role", "ask", "--collection", "presses", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert main(["keys", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["keys"]
    assert main(["keys", "list"]) == 0
    shown = capsys.readouterr().out

    entry = KeyFile.of(data_dir).find(made["key"])
    assert entry is not None
    assert listed == [{key: value for key, value in made.items() if key != "key"}]
    assert listed[0]["collections"] == ["presses"]
    assert made["key"] not in shown
    assert main(["keys", "revoke", "HMI of press 3"]) == 0
    assert KeyFile.of(data_dir).find(made["key"]) is None
    assert main(["keys", "revoke", "HMI of press 3"]) == 2


@pytest.mark.parametrize(
    ("expires", "code"), [("90d", 0), ("12h", 0), ("2999-12-31", 0), ("2001-01-01", 2), ("soon", 2), ("999999d", 0)]
)
def test_when_a_key_ends_is_a_day_or_a_span(data_dir: Path, expires: str, code: int) -> None:
    from copilot.cli.main import main

    assert main(["keys", "add", "guest", "--expires", expires]) == code
    assert len(KeyFile.of(data_dir).entries()) == (1 if code == 0 else 0)
