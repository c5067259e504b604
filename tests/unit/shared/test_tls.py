"""The addresses of docs/production.md with TLS: clients talk only to servers that the named authority vouches for."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.db.migrations import current
from shared.db.unit_of_work import Database, UnitOfWork
from shared.messaging.faults import connect
from shared.messaging.management import client_arguments

HERE = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
ELSEWHERE = x509.SubjectAlternativeName([x509.DNSName("broker.example")])
TLS_REQUEST_BYTES = 8
"""Bytes of Postgres' question whether to speak TLS."""


def certificate(folder: Path, name: str, alternative: x509.SubjectAlternativeName) -> Path:
    """A self-signed certificate, which is its own authority, with its key in one file."""
    key, who = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    signed = made.add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    file = folder / f"{name}.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(signed.public_bytes(Encoding.PEM) + secret)
    return file


@asynccontextmanager
async def server(file: Path, *, postgres: bool) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Listens with this certificate; its port, and what it received once the connection was encrypted."""
    received, context = list[bytes](), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if postgres:
                await reader.readexactly(TLS_REQUEST_BYTES)
                writer.write(b"S")
                await writer.start_tls(context)
            received.append(await reader.read(200))
        except OSError:
            pass  # who doesn't trust us hangs up
        finally:
            writer.close()

    listening = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=None if postgres else context)
    async with listening:
        yield listening.sockets[0].getsockname()[1], received


async def to_database(port: int, file: Path) -> None:
    url = f"postgresql://orders_app:secret@127.0.0.1:{port}/orders?sslmode=verify-full&sslrootcert={file}"
    database = Database(url, "orders", UnitOfWork)
    try:
        async with database.transaction():
            raise AssertionError
    finally:
        await database.close()


async def to_migrations(port: int, file: Path) -> None:
    await current(f"postgresql://orders_owner:secret@127.0.0.1:{port}/orders?sslmode=verify-full&sslrootcert={file}")


async def to_broker(port: int, file: Path) -> None:
    await connect(f"amqps://orders:secret@127.0.0.1:{port}/market?heartbeat=10&cafile={file}", 5)


async def to_management(port: int, file: Path) -> None:
    async with httpx2.AsyncClient(**client_arguments(f"https://orders:secret@127.0.0.1:{port}?cafile={file}")) as api:
        await api.get("/api/overview")


WAYS: list[tuple[Callable[[int, Path], Awaitable[None]], bytes]] = [
    (to_database, b"orders_app"),
    (to_migrations, b"orders_owner"),
    (to_broker, b"AMQP"),
    (to_management, b"GET /api/overview"),
]


@pytest.mark.parametrize(("way", "greeting"), WAYS, ids=lambda each: getattr(each, "__name__", ""))
async def test_it_talks_to_whom_the_named_authority_vouches_for(
    tmp_path: Path, way: Callable[[int, Path], Awaitable[None]], greeting: bytes
) -> None:
    file = certificate(tmp_path, "ours", HERE)
    async with server(file, postgres=way in {to_database, to_migrations}) as (port, received):
        with pytest.raises(Exception):  # noqa: B017, PT011 - nobody answers; what counts is what was received
            await way(port, file)
        assert len(received) == 1
        assert greeting in received[0]


@pytest.mark.parametrize(("way", "greeting"), WAYS, ids=lambda each: getattr(each, "__name__", ""))
@pytest.mark.parametrize("alternative", [HERE, ELSEWHERE], ids=["another authority", "another name"])
async def test_it_says_nothing_to_anybody_else(
    tmp_path: Path,
    way: Callable[[int, Path], Awaitable[None]],
    greeting: bytes,
    alternative: x509.SubjectAlternativeName,
) -> None:
    stranger = certificate(tmp_path, "stranger", alternative)
    trusted = stranger if alternative is ELSEWHERE else certificate(tmp_path, "ours", HERE)
    async with server(stranger, postgres=way in {to_database, to_migrations}) as (port, received):
        with pytest.raises(Exception):  # noqa: B017, PT011 - each client has its own
            await way(port, trusted)
        assert [words for words in received if greeting in words] == []
