"""The demonstration's timestamp authority answers RFC 3161 over HTTP; production has none."""

import hashlib

from asn1crypto import algos, core, tsp

from tests.support.visitors import Visitor

QUERY = {"Content-Type": "application/timestamp-query"}


def query_for(data: bytes) -> bytes:
    imprint = tsp.MessageImprint(
        {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "hashed_message": hashlib.sha256(data).digest(),
        }
    )
    request = tsp.TimeStampReq(
        {"version": "v1", "message_imprint": imprint, "nonce": 7, "cert_req": True}
    )
    return bytes(request.dump())


def test_a_query_gets_a_token_for_its_own_digest(visitor: Visitor) -> None:
    answer = visitor.client.post("/tsa", content=query_for(b"paper"), headers=QUERY)
    assert answer.headers["content-type"] == "application/timestamp-reply"
    response = tsp.TimeStampResp.load(answer.content)
    assert response["status"]["status"].native == "granted"
    info = response["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == hashlib.sha256(b"paper").digest()
    assert info["nonce"].native == 7
    assert info["gen_time"].native == visitor.world.clock.now()


def test_what_is_no_query_is_rejected_in_the_protocols_own_way(visitor: Visitor) -> None:
    answer = visitor.client.post("/tsa", content=b"\x00\x01", headers=QUERY)
    rejection = tsp.PKIStatusInfo.load(core.Sequence.load(answer.content)[0].dump())
    assert rejection["status"].native == "rejection"
    assert rejection["fail_info"].native == {"bad_data_format"}


def test_another_media_type_is_refused(visitor: Visitor) -> None:
    answer = visitor.client.post("/tsa", content=query_for(b"x"), headers={"Content-Type": "a/b"})
    assert (answer.status_code, answer.json()["code"]) == (415, "http.unsupported-media-type")
