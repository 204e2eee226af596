"""`certsvc serve`: the pages and the HTTP interface."""

import json
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated

import typer

from api.cli.console import Console, both, console_of
from api.cli.errors import PortInUseError
from api.cli.installation import installed_settings, opened, served_at
from api.cli.secrets import require_terminal
from api.cli.workers import defect_listener, working_beside
from certsvc.bootstrap import Services
from certsvc.foundation.db.migrate import require_current_schema
from certsvc.housekeeping import Housekeeper
from certsvc.sealing.changes.key_choice import list_unoffered
from certsvc.sealing.register.rules import StopGround

_WAITING = 128
HostOption = Annotated[str, typer.Option("--host", help=both("cli.option.host"))]
PortOption = Annotated[int, typer.Option("--port", min=0, max=65535, help=both("cli.option.port"))]


UnlockOption = Annotated[bool, typer.Option("--unlock", help=both("cli.option.unlock"))]
NoWorkerOption = Annotated[bool, typer.Option("--no-worker", help=both("cli.worker.none"))]


def serve(
    context: typer.Context,
    *,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    unlock: UnlockOption = False,
    no_worker: NoWorkerOption = False,
) -> None:
    """Finish what a dead process left behind, then serve until stopped."""
    console, settings = console_of(context), installed_settings()
    listener = None
    if settings.mode == "demonstration":
        # Its papers lead to where it is served, so that has to be known first.
        listener = listen(host, port)
        settings = served_at(settings, address_of(listener))
    with opened(settings) as services:
        prepare(services, console)
        if unlock:
            services.unlock_seals(require_terminal(console))
        listener = listener or listen(host, port)
        announce(services, listener, console)
        workers = working_beside(0 if no_worker else settings.batch_workers, settings)
        with workers, keeping_house(services, console):
            run_server(services, listener, log_requests=True)


def prepare(services: Services, console: Console) -> None:
    """Check the schema, recover, and open what the first request would wait for.

    Raises:
        SchemaOutOfDateError: the database must be migrated first.
        SettingsInvalidError: production trusts a demonstration root.
        CertsvcError: production with anything else that is made for demonstrations.
        CertsvcError: production, and something is a stand-in.
    """
    require_current_schema(services.database)
    services.require_fit_for_mode()
    result = services.recovery.recover()
    if result.finished or result.voided:
        console.note("cli.recovered", finished=result.finished, voided=result.voided)
    housekeeper_of(services, console).tick()
    tell_unoffered(services, console)
    _ = services.issuer, services.authenticity


def tell_unoffered(services: Services, console: Console) -> None:
    """Tell the operator which seals cannot sign until their keys are offered, and how to do it."""
    with services.database.reading() as session:
        unoffered = list_unoffered(session, services.offered_keys)
    for seal, uri in unoffered:
        # As a string of TOML, which a string of JSON is too: to be copied as it stands.
        address = json.dumps(uri, ensure_ascii=False)
        console.note("cli.seals.key-not-offered", seal=seal, address=address)


def housekeeper_of(services: Services, console: Console) -> Housekeeper:
    """Return what does the chores of an installation; it says which seals it stopped."""

    def tell(stopped: dict[str, StopGround]) -> None:
        for seal, ground in stopped.items():
            why = console.text(f"cli.seals.ground.{ground.value}")
            console.note("cli.seals.stopped", seal=seal, why=why)

    return Housekeeper(
        database=services.database,
        clock=services.clock,
        recovery=services.recovery,
        deliver=services.deliverer.deliver,
        on_stopped=tell,
        on_defect=defect_listener(console, "cli.housekeeping-failed"),
    )


@contextmanager
def keeping_house(services: Services, console: Console) -> Iterator[None]:
    """Do the chores from time to time, for as long as the block lasts."""
    keeper = housekeeper_of(services, console)
    keeper.start(every_s=services.settings.housekeeping_interval_s)
    try:
        yield
    finally:
        keeper.close()


def listen(host: str, port: int) -> socket.socket:
    """Open the socket to serve on.

    Raises:
        PortInUseError: the address is taken or not this machine's.
    """
    try:
        return socket.create_server((host, port), family=_family_of(host, port), backlog=_WAITING)
    except (OSError, UnicodeError) as error:
        raise PortInUseError(host=host, port=port) from error


def _family_of(host: str, port: int) -> socket.AddressFamily:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]


def address_of(listener: socket.socket) -> str:
    """Return the address that a listening socket serves on."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def announce(services: Services, listener: socket.socket, console: Console) -> None:
    """Tell where the service is, and that QR codes lead elsewhere if they do."""
    address, public = address_of(listener), services.settings.public_url
    if services.settings.mode == "demonstration" and address != public:
        console.note("cli.public-address", public=public)
    console.say("cli.serving", address=address)


def run_server(services: Services, listener: socket.socket, *, log_requests: bool) -> None:
    """Serve until stopped."""
    # Pages and interface take a second to load, which no other command should wait for.
    import uvicorn  # noqa: PLC0415  see above

    from api.app import create_app  # noqa: PLC0415  see above

    logging.basicConfig(format="%(asctime)s %(message)s")
    logging.getLogger("certsvc").setLevel(logging.INFO if log_requests else logging.WARNING)
    config = uvicorn.Config(
        create_app(services),
        # The server's own access log would hold verification codes.
        access_log=False,
        log_config=None,
        server_header=False,
        # Whose headers are believed is for the settings to say (`trusted_proxies`).
        proxy_headers=False,
    )
    # The server ends what is under way, then passes Ctrl+C on.
    with listener, suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
