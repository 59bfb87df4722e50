"""``edge-copilot serve --install``: the endpoint as a service of systemd, shut in and watched.

Source: ``systemd.service(5)``, ``systemd.exec(5)``, ``systemd.resource-control(5)``; how much it is shut in tells
``systemd-analyze security edge-copilot``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from index.errors import ReadOnlyData, UsageError

UNIT: Final = "edge-copilot.service"
SYSTEM_FOLDER: Final = Path("/etc/systemd/system")
_RUNNING: Final = Path("/run/systemd/system")  # sd_booted(3)
_PRIVILEGED_PORTS: Final = 1024
_WATCHDOG_S: Final = 60

# What a user's own service manager may take from its services without privileges: what works by seccomp alone.
_SHUT_IN: Final = """\
NoNewPrivileges=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
UMask=0077"""

# Memory that is both written and run is left allowed: libffi's callbacks and the drivers of GPUs need it. /proc is
# left whole: memory and processor are read there.
_SHUT_IN_BY_ROOT: Final = """\
CapabilityBoundingSet={capabilities}
AmbientCapabilities={capabilities}
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={data_dir}
PrivateTmp=yes
PrivateMounts=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RemoveIPC=yes
KeyringMode=private
DevicePolicy=closed
DeviceAllow=char-drm rw
DeviceAllow=char-kfd rw
DeviceAllow=char-accel rw
DeviceAllow=char-nvidia rw
DeviceAllow=char-nvidia-frontend rw
DeviceAllow=char-nvidia-uvm rw"""

_TEMPLATE: Final = """\
# Written by `edge-copilot serve --install`. Changes of your own: systemctl {scope}edit edge-copilot
[Unit]
Description=Edge Copilot: answers from this device's documents
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=300
StartLimitBurst=20

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
{user}WorkingDirectory={data_dir}
# Variables that the settings name, such as the index's key: NAME=value, one a line, readable by nobody else.
EnvironmentFile=-{environment}
Restart=always
RestartSec=2
RestartPreventExitStatus=2
WatchdogSec={watchdog_s}
TimeoutStartSec=120
TimeoutStopSec={stop_s}
KillMode=mixed
# Where memory runs out, the kernel ends the language model's process; the endpoint stays and starts it again.
OOMPolicy=continue
LimitNOFILE=65536
LimitCORE=0
{hardening}

[Install]
WantedBy={target}
"""


@dataclass(frozen=True, slots=True)
class Service:
    """What is to run.

    Attributes:
        scope: ``system``: from the machine's start on. ``user``: while the user is logged in, or lingers.
        command: The program with its arguments.
        data_dir: The only folder that it may write to.
        port: Where it listens.
        user: Under whom a system's service runs.
        stop_s: How long it may take to end.
    """

    scope: Literal["system", "user"]
    command: tuple[str, ...]
    data_dir: Path
    port: int
    user: str | None
    stop_s: float

    def unit(self) -> str:
        """The unit file."""
        folder = quoted(str(self.data_dir), command=False)
        needs = "CAP_NET_BIND_SERVICE" if 0 < self.port < _PRIVILEGED_PORTS else ""
        by_root = _SHUT_IN_BY_ROOT.format(capabilities=needs, data_dir=folder)
        return _TEMPLATE.format(
            scope="--user " if self.scope == "user" else "",
            command=" ".join(map(quoted, self.command)),
            user=f"User={self.user}\n" if self.user is not None and self.scope == "system" else "",
            data_dir=_specified(str(self.data_dir)),
            environment=_specified(str(self.data_dir / "serve.env")),
            watchdog_s=_WATCHDOG_S,
            stop_s=round(self.stop_s + 20),
            hardening=_SHUT_IN + ("\n" + by_root if self.scope == "system" else ""),
            target="multi-user.target" if self.scope == "system" else "default.target",
        )

    @property
    def file(self) -> Path:
        """Where the unit file belongs."""
        if self.scope == "system":
            return SYSTEM_FOLDER / UNIT
        home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        return home / "systemd" / "user" / UNIT


def quoted(word: str, *, command: bool = True) -> str:
    """A word as systemd reads it back: neither specifiers nor variables are put in.

    Args:
        word: As it is meant.
        command: Whether it is part of a command, where variables would be put in.

    Raises:
        UsageError: It holds a control character, which no unit file should carry.
    """
    if any(ord(character) < 32 or ord(character) == 127 for character in word):
        raise UsageError("A path or name holds a control character.", "Rename it.")
    plain = _specified(word).replace("\\", "\\\\").replace('"', '\\"')
    plain = plain.replace("$", "$$") if command else plain
    return plain if plain and all(c.isalnum() or c in "/._-=:,+@%" for c in plain) else f'"{plain}"'


def _specified(word: str) -> str:
    return word.replace("%", "%%")


def whom(given: str | None, environment: Mapping[str, str]) -> tuple[str | None, Path | None]:
    """Under whom a service of the machine runs, and that person's data directory; for a user's own: None and None.

    Args:
        given: What the command line says.
        environment: Has the name of whoever called sudo.

    Raises:
        UsageError: Nobody fit for it is named, or a user's own service can't run as somebody else.
    """
    if os.geteuid() != 0:
        if given is not None:
            raise UsageError("Only root can install a service for another user.", "Run it with sudo.")
        return None, None
    import pwd

    name = given or environment.get("SUDO_USER", "")
    if name in ("", "root"):
        raise UsageError(
            "The service should not run as root.", "Name the user that has the documents: --service-user NAME"
        )
    try:
        home = pwd.getpwnam(name).pw_dir
    except KeyError as error:
        raise UsageError(f"There is no user “{name}”.", "Make one, or name another with --service-user.") from error
    return name, Path(home) / ".local" / "share" / "edge-copilot"


def program() -> tuple[str, ...]:
    """How this program is started, with whole paths."""
    beside = Path(sys.executable).parent / "edge-copilot"
    return (str(beside),) if beside.is_file() else (sys.executable, "-P", "-m", "copilot.cli.main")


def install(service: Service, tell: Callable[[str], None], *, start: bool = True, running: Path = _RUNNING) -> None:
    """Write the unit file, and let systemd start the service, now and with the machine.

    Args:
        service: What is to run.
        tell: Told what was done, and what is left to do.
        start: Whether systemd is asked at all.
        running: There where systemd runs this machine.

    Raises:
        UsageError: This machine has no systemd, or it refused.
        ReadOnlyData: The file can't be written.
    """
    file = service.file
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{UNIT}.new")
        fresh.write_text(service.unit(), encoding="utf-8")
        fresh.chmod(0o644)
        fresh.replace(file)
    except OSError as error:
        raise ReadOnlyData(
            f"{file} can't be written ({error.strerror}).",
            "Run it with sudo for a service of the machine, or without for one of your own.",
        ) from error
    tell(f"Written: {file}")
    systemctl = ["systemctl", *(["--user"] if service.scope == "user" else [])]
    by_hand = f"{' '.join(systemctl)} daemon-reload && {' '.join(systemctl)} enable --now edge-copilot"
    if not start or shutil.which("systemctl") is None or not running.exists():
        tell(f"Start it: {by_hand}")
        return
    for order in (["daemon-reload"], ["enable", "--now", UNIT]):
        _run([*systemctl, *order], by_hand)
    tell(f"It runs. Look at it: {' '.join(systemctl)} status edge-copilot")
    if service.scope == "user":
        tell("It ends when you log out, unless you say: loginctl enable-linger")


def _run(command: Sequence[str], by_hand: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - systemctl with our words
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise UsageError(f"systemd refused: {said[-1] if said else done.returncode}", f"Try by hand: {by_hand}")
