"""OPC UA against a real server: values, alarms and conditions, security, links that break, and no writing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asyncua import Server, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.truststore import TrustStore
from asyncua.crypto.validator import CertificateValidator, CertificateValidatorOptions
from cryptography.x509.oid import ExtendedKeyUsageOID

from copilot.hmi.sources import Backoff
from tests.copilot.hmi.conftest import OpenLive
from tests.copilot.hmi.plant import free_port, opc_plant, until

SIGNALS = """
[defaults]
machine = "TX-200"

[[source]]
name = "drives"
kind = "opcua"
url = "{url}"
publish_ms = 20

[[signal]]
name = "dc_bus"
title = "DC bus voltage"
source = "drives"
node = "ns=2;s=DcBus"
unit = "V"
low = 430
high = 800
component = "A1"

[[signal]]
name = "running"
source = "drives"
node = "ns=2;s=Running"

[[signal]]
name = "recipe"
source = "drives"
node = "ns=2;s=Recipe"
"""
VALUES = {"DcBus": 640.0, "Running": True, "Recipe": "carton"}


async def test_values_come_with_their_time_and_quality(open_live: OpenLive) -> None:
    async with opc_plant(VALUES) as plant:
        live = open_live(SIGNALS.format(url=plant.url))
        live.start()
        await until(lambda: live.board.state("dc_bus").is_current, "the first value")

        at = datetime.now(UTC) - timedelta(seconds=2)
        await plant.set("DcBus", 812.0, at=at)
        await until(lambda: live.board.state("dc_bus").reading.value == 812.0, "the change")
        state = live.board.state("dc_bus")
        assert state.quality == "good"
        assert state.reading.at_s == pytest.approx(at.timestamp(), abs=0.001)
        assert "above_limit" in state.flags
        assert live.board.state("running").reading.value is True
        assert live.board.state("recipe").reading.value == "carton"

        await plant.set("DcBus", 700.0, status=ua.StatusCodes.UncertainSensorNotAccurate)
        await until(lambda: live.board.state("dc_bus").quality == "uncertain", "an uncertain value")
        await plant.set("DcBus", 0.0, status=ua.StatusCodes.BadSensorFailure)
        await until(lambda: live.board.state("dc_bus").quality == "bad", "a bad value")
        assert not live.board.state("dc_bus").is_current
        await asyncio.to_thread(live.stop)


async def test_a_value_that_stays_the_same_stays_current_while_the_server_vouches_for_it(open_live: OpenLive) -> None:
    async with opc_plant(VALUES) as plant:
        now = [1_800_000_000.0]
        live = open_live(SIGNALS.format(url=plant.url), clock=lambda: now[0])
        live.start()
        await until(lambda: live.board.state("recipe").is_current, "the first value")

        now[0] += 3600
        await until(lambda: live.board.state("recipe").is_current, "the server's word that nothing changed")
        await asyncio.to_thread(live.stop)
        assert live.board.state("recipe").quality == "stale"


async def test_conditions_become_alarms_and_end(open_live: OpenLive) -> None:
    async with opc_plant(VALUES) as plant:
        live = open_live(SIGNALS.format(url=plant.url))
        await plant.alarm("F0012", "F0012 Brake BR-120 does not release", active=True, severity=750)
        live.start()
        await until(lambda: live.alarms(), "an alarm that stood before we came")

        alarm = live.alarms()[0]
        assert (alarm.code, alarm.kind, alarm.severity, alarm.component) == ("F0012", "condition", "high", "BR-120")
        assert alarm.text == "F0012 Brake BR-120 does not release"
        assert alarm.machine == "TX-200"

        await plant.alarm("F0024", "Hydraulic pressure not reached", active=True, severity=950, source="HP-16")
        await until(lambda: len(live.alarms()) == 2, "a second alarm")
        await plant.alarm("F0012", "F0012 gone", active=False)
        await until(lambda: [one.code for one in live.alarms()] == ["F0024"], "the end of the first")
        over = [one for one in live.alarms(0.0) if not one.active]
        assert [one.code for one in over] == ["F0012"]
        await asyncio.to_thread(live.stop)


async def test_alarms_that_went_while_the_link_was_down_are_over_after_it(open_live: OpenLive) -> None:
    port = free_port()
    live = open_live(SIGNALS.format(url=f"opc.tcp://127.0.0.1:{port}/plant"))
    async with opc_plant(VALUES, port=port) as plant:
        await plant.alarm("F0012", "F0012 Brake", active=True)
        await plant.alarm("F0024", "F0024 Pressure", active=True)
        live.start()
        live._monitor._backoff = Backoff(0.05, 0.1)
        await until(lambda: len(live.alarms()) == 2, "both alarms")
    await until(lambda: live.sources()[0].condition == "down", "the loss of the server")
    assert live.board.state("dc_bus").quality == "stale"
    assert not live.board.state("dc_bus").is_current

    async with opc_plant(VALUES, port=port) as plant:
        await plant.alarm("F0024", "F0024 Pressure", active=True)
        await until(lambda: live.board.state("dc_bus").is_current, "values after the server came back", 40)
        await until(lambda: [one.code for one in live.alarms()] == ["F0024"], "what stands now, and nothing else")
        await asyncio.to_thread(live.stop)


async def test_nothing_is_ever_written(open_live: OpenLive) -> None:
    async with opc_plant(VALUES) as plant:
        live = open_live(SIGNALS.format(url=plant.url))
        live.start()
        await plant.alarm("F0012", "F0012 Brake", active=True)
        await until(lambda: live.board.state("dc_bus").is_current and live.alarms(), "values and alarms")
        for value in range(100):
            await plant.set("DcBus", 600.0 + value)
        await until(lambda: live.board.state("dc_bus").reading.value == 699.0, "the last value")
        await asyncio.to_thread(live.stop)

        assert plant.counts.changes == []
        assert set(plant.counts.calls) <= {str(ua.ObjectIds.ConditionType_ConditionRefresh)}


async def test_a_node_that_is_not_there_is_bad_and_the_others_go_on(open_live: OpenLive) -> None:
    async with opc_plant({"DcBus": 640.0}) as plant:
        live = open_live(SIGNALS.format(url=plant.url))
        live.start()
        await until(lambda: live.board.state("dc_bus").is_current, "the node that is there")

        assert live.board.state("recipe").quality == "bad"
        assert live.sources()[0].rejected == 2
        await asyncio.to_thread(live.stop)


@pytest.mark.parametrize("policy", ["Basic256Sha256", "Aes256Sha256RsaPss"])
async def test_a_link_that_is_signed_and_encrypted(open_live: OpenLive, tmp_path: Path, policy: str) -> None:
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    for who, uri in (("server", "urn:test:server"), ("client", "urn:edge-copilot:client")):
        await setup_self_signed_certificate(
            tmp_path / f"{who}.pem", tmp_path / f"{who}.der", uri, "127.0.0.1", uses, {"commonName": who}
        )

    async def prepare(server: Server) -> None:
        await server.set_application_uri("urn:test:server")
        server.set_security_policy([getattr(ua.SecurityPolicyType, f"{policy}_SignAndEncrypt")])
        await server.load_certificate(str(tmp_path / "server.der"))
        await server.load_private_key(str(tmp_path / "server.pem"))
        trusted = TrustStore([tmp_path / "trusted"], [])
        (tmp_path / "trusted").mkdir(exist_ok=True)
        (tmp_path / "trusted" / "client.der").write_bytes((tmp_path / "client.der").read_bytes())
        await trusted.load()
        server.set_certificate_validator(CertificateValidator(CertificateValidatorOptions.TRUSTED_VALIDATION, trusted))

    async with opc_plant(VALUES, prepare=prepare) as plant:
        secure = SIGNALS.format(url=plant.url).replace(
            "publish_ms = 20",
            f'publish_ms = 20\nsecurity = "{policy}"\ncertificate = "client.der"\nprivate_key = "client.pem"\n'
            'server_certificate = "server.der"',
        )
        live = open_live(secure)
        live.start()
        await until(lambda: live.board.state("dc_bus").is_current, "a value over the secure channel")
        await asyncio.to_thread(live.stop)

        plain = open_live(SIGNALS.format(url=plant.url))
        plain.start()
        await until(lambda: plain.sources()[0].condition == "down", "the server's refusal of a link in the clear")
        assert plain.board.state("dc_bus").quality == "unknown"
        await asyncio.to_thread(plain.stop)


async def test_a_server_with_another_certificate_than_the_pinned_one_is_not_believed(
    open_live: OpenLive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copilot.hmi.sources.opcua._REQUEST_S", 2.0)
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    for who, uri in (
        ("server", "urn:test:server"),
        ("other", "urn:test:server"),
        ("client", "urn:edge-copilot:client"),
    ):
        await setup_self_signed_certificate(
            tmp_path / f"{who}.pem", tmp_path / f"{who}.der", uri, "127.0.0.1", uses, {"commonName": who}
        )

    async def prepare(server: Server) -> None:
        server.set_security_policy([ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
        await server.load_certificate(str(tmp_path / "server.der"))
        await server.load_private_key(str(tmp_path / "server.pem"))

    async with opc_plant(VALUES, prepare=prepare) as plant:
        live = open_live(
            SIGNALS.format(url=plant.url).replace(
                "publish_ms = 20",
                'security = "Basic256Sha256"\ncertificate = "client.der"\nprivate_key = "client.pem"\n'
                'server_certificate = "other.der"',
            )
        )
        live.start()
        await until(lambda: live.sources()[0].condition == "down", "the refusal")
        assert live.board.state("dc_bus").quality == "unknown"
        await asyncio.to_thread(live.stop)


async def test_a_missing_certificate_is_told_by_its_name(open_live: OpenLive) -> None:
    live = open_live(
        SIGNALS.format(url="opc.tcp://127.0.0.1:9/").replace(
            "publish_ms = 20",
            'security = "Basic256Sha256"\ncertificate = "no.der"\nprivate_key = "no.pem"\nserver_certificate = "s.der"',
        )
    )
    live.start()
    await until(lambda: live.sources()[0].condition == "down", "the complaint")

    assert "no.der" in live.sources()[0].reason
    await asyncio.to_thread(live.stop)
