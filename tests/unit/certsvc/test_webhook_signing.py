"""Signatures of webhooks: the example that is published with Standard Webhooks' verifiers."""

from certsvc.foundation.notifications.webhook_signing import signature_of, webhook_secret


def test_the_published_example() -> None:
    signature = signature_of(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_webhook_and_generation_has_a_secret_of_its_own() -> None:
    made = {webhook_secret(b"k" * 32, name, count) for name in ("a", "b") for count in (1, 2)}
    assert len(made) == 4
