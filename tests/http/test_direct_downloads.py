"""Files that a browser fetches from the S3 server itself, by an address that soon runs out."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote, unquote, urlsplit

import httpx2
import pytest
from sqlalchemy import select

from certsvc.foundation.clock import FixedClock, SystemClock
from certsvc.foundation.events.records import EventRecord
from certsvc.foundation.storage.objects import ObjectDigest, digest_of
from tests.support.s3 import SECRET_KEY, Bucket
from tests.support.visitors import Visitor
from tests.support.world import World, make_world

COPIES = "/api/v1/certificates"
DISPOSITION = "attachment; filename=\"certificate-1.pdf\"; filename*=UTF-8''" + quote("证明.pdf")


@pytest.fixture
def city(s3_world: World, bucket: Bucket) -> Iterator[Visitor]:
    """Somebody at the door of an installation with direct downloads."""
    url = s3_world.services.settings.database_url
    chosen = {"objects_direct_downloads": True} | bucket.settings()
    world = make_world(s3_world.home, url, s3_world.clock, **chosen)
    visitor = Visitor(world)
    yield visitor
    visitor.client.close()
    world.services.close()


def fetched(world: World) -> int:
    with world.services.database.reading() as session:
        found = session.scalars(select(EventRecord).where(EventRecord.kind == "copy.fetched"))
        return len(found.all())


def test_the_browser_is_sent_to_the_store_and_the_fetch_is_logged(city: Visitor) -> None:
    issued = city.world.issue()
    answer = city.client.get(f"{COPIES}/{issued.copy_number}/file", headers=city.clerk())
    assert answer.status_code == 303
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert fetched(city.world) == 1

    address = answer.headers["location"]
    resident = city.world.resident
    told = unquote(unquote(address))
    assert resident.name not in told
    assert resident.identity_number not in told
    assert SECRET_KEY not in told
    file = httpx2.get(address)
    assert file.status_code == 200
    assert digest_of(file.content) == issued.sha256
    assert file.headers["content-type"] == "application/pdf"
    assert file.headers["cache-control"] == "private, no-store"
    name = f"无犯罪记录证明-{issued.copy_number}.pdf"
    assert quote(name) in file.headers["content-disposition"]


def test_who_may_not_see_a_copy_gets_no_address(city: Visitor) -> None:
    issued = city.world.issue()
    answer = city.client.get(f"{COPIES}/{issued.copy_number}/file")
    assert answer.status_code == 401
    assert "location" not in answer.headers
    assert fetched(city.world) == 0


def test_without_the_setting_the_bytes_come_from_us(s3_world: World) -> None:
    visitor = Visitor(s3_world)
    issued = s3_world.issue()
    answer = visitor.client.get(f"{COPIES}/{issued.copy_number}/file", headers=visitor.clerk())
    assert answer.status_code == 200
    assert digest_of(answer.content) == issued.sha256
    visitor.client.close()


class TestTheServer:
    """What the real server does with addresses."""

    @pytest.fixture
    def digest(self, bucket: Bucket) -> ObjectDigest:
        return bucket.store().put(b"content")

    def test_takes_a_fresh_one(self, bucket: Bucket, digest: ObjectDigest) -> None:
        answer = httpx2.get(self.address(bucket, digest))
        assert (answer.status_code, answer.content) == (200, b"content")
        assert answer.headers["content-disposition"] == DISPOSITION

    def test_refuses_one_that_has_run_out(self, bucket: Bucket, digest: ObjectDigest) -> None:
        assert httpx2.get(self.address(bucket, digest, age=timedelta(seconds=30))).is_success
        old = self.address(bucket, digest, age=timedelta(seconds=61))
        assert httpx2.get(old).status_code == 403

    def test_refuses_it_for_another_object(self, bucket: Bucket, digest: ObjectDigest) -> None:
        other = bucket.store().put(b"other")
        address = self.address(bucket, digest)
        path = f"{other[:2]}/{other[2:4]}/{other}"
        bent = address.replace(f"{digest[:2]}/{digest[2:4]}/{digest}", path)
        assert path in bent
        assert httpx2.get(bent).status_code == 403

    @pytest.mark.parametrize("part", ["X-Amz-Expires=60", "pdf", "X-Amz-Signature="])
    def test_refuses_a_bent_one(self, bucket: Bucket, digest: ObjectDigest, part: str) -> None:
        bent = self.address(bucket, digest).replace(part, part + "0", 1)
        assert httpx2.get(bent).status_code == 403

    def test_refuses_none_at_all_and_other_methods(
        self, bucket: Bucket, digest: ObjectDigest
    ) -> None:
        address = self.address(bucket, digest)
        bare = urlsplit(address)._replace(query="").geturl()
        assert httpx2.get(bare).status_code == 403
        assert httpx2.delete(address).status_code == 403
        assert httpx2.put(address, content=b"changed").status_code == 403
        assert bucket.store().get(digest) == b"content"

    def address(self, bucket: Bucket, digest: ObjectDigest, *, age: timedelta = timedelta()) -> str:
        store = bucket.store(clock=FixedClock(SystemClock().now() - age))
        return store.download_address(digest, disposition=DISPOSITION, lasts=timedelta(seconds=60))
