"""Who is told of what, once; and what leaves, tried again, never with anything personal."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from certsvc.certificates.batches.events import BatchFinished
from certsvc.foundation.jobs.events import JobGivenUp
from certsvc.foundation.jobs.kinds import JobKinds, Timer
from certsvc.foundation.jobs.records import Job
from certsvc.foundation.jobs.rules import JobInHand, Lane, Retrying
from certsvc.foundation.jobs.schedule import schedule_timer
from certsvc.foundation.messages.catalogue import Language, load_catalogue
from certsvc.foundation.net.addresses import AddressPolicy
from certsvc.foundation.net.client import HttpClient
from certsvc.foundation.notifications.records import Delivery
from certsvc.foundation.notifications.rules import PAUSES, Channel
from certsvc.housekeeping.notices import NOTICES
from certsvc.people.notices.carriers import WebhookCarrier
from certsvc.people.notices.records import NoticeAddress
from certsvc.people.notices.service import (
    MailAddressInvalidError,
    NoticeUnknownError,
    PhoneInvalidError,
    count_unread,
    get_notice,
    list_notices,
    mark_read,
    set_address,
)
from certsvc.people.notices.webhooks import (
    DISABLED_AFTER,
    OVERLAP,
    WebhookAddressRefusedError,
    check_webhook_address,
    rotate_webhook_secret,
    secrets_of,
)
from certsvc.sealing.changes.proposals import propose_change
from certsvc.sealing.register.rules import SealAction
from tests.support.deciding import withdraw_change
from tests.support.mail import smtp_server, webhook_receiver
from tests.support.post_office import KEY, MACHINE, MAIL, PHONE, URL, Post
from tests.support.world import World


@pytest.fixture
def post(world: World) -> Iterator[Post]:
    with smtp_server() as mailbox, webhook_receiver() as receiver:
        found = Post(world, mailbox, receiver)
        yield found
        found.http.close()


DONE = BatchFinished(subject="b-1")
FAILED = JobGivenUp(subject="timer", number=7, attempts=8)


@pytest.mark.both_engines
def test_approvers_of_the_unit_are_told_of_a_proposal(post: Post) -> None:
    post.reach("seal.qian", Language.EN)
    with post.database.transaction() as session:
        change = propose_change(
            session,
            seal_id="data-sharing-seal",
            action=SealAction.STOP,
            reason="盘点",
            actor=post.world.staff("seal.zhao"),
            now=post.clock.now(),
        )
        link = f"/seal-changes/{change.id}"
    post.work()
    (notice,) = post.notices("seal.qian")
    assert (notice.kind, notice.link, notice.read_at) == ("seal.change-proposed", link, None)
    assert post.notices("seal.zhao") == [], "whoever proposed it knows"
    assert post.notices("pack.zhou") == []
    (mail,) = post.mailbox.mails
    assert mail["To"] == MAIL
    assert mail.get_content().split("\n") == [
        "A change of a seal waits for your decision.",
        f"{URL}{link}",
        "",
    ]
    assert post.gateway.taken == [], "it is not urgent"


def test_a_notice_of_what_is_decided_asks_for_nothing_any_more(post: Post) -> None:
    zhao = post.world.staff("seal.zhao")
    changes = []
    for seal in ("data-sharing-seal", "department-verification-seal"):
        with post.database.transaction() as session:
            changes.append(
                propose_change(
                    session,
                    seal_id=seal,
                    action=SealAction.STOP,
                    reason="盘点",
                    actor=zhao,
                    now=post.clock.now(),
                ).id
            )
    post.work()
    with post.database.transaction() as session:
        withdraw_change(session, change_id=changes[0], actor=zhao, now=post.clock.now())
    post.work()
    waiting = {each.link for each in post.notices("seal.qian") if each.read_at is None}
    assert waiting == {f"/seal-changes/{changes[1]}"}


def test_operators_are_told_of_a_job_that_failed_by_sms_too(post: Post) -> None:
    post.reach("pack.sun")

    def refuse(_: object, __: JobInHand) -> None:
        raise RuntimeError(PHONE)

    services = post.world.services
    worker = services.job_worker()
    worker._kinds = JobKinds(Timer(name="once", fire=refuse, retrying=Retrying(attempts=1)))
    with post.database.transaction() as session:
        schedule_timer(session, "once", "x", at=post.clock.now())
    worker.run_due(Lane.TIMER)
    post.work()
    assert [notice.link for notice in post.notices("pack.sun")] == ["/jobs"]
    (sms,) = post.gateway.taken
    assert (sms.to, sms.text.split("\n")[1]) == (PHONE, f"{URL}/jobs")
    assert len(post.mailbox.mails) == 1


@pytest.mark.both_engines
def test_a_notice_is_written_once_and_read_once(post: Post) -> None:
    post.tell(DONE, "staff:clerk.wang")
    post.work()
    wang, chen = post.world.staff("clerk.wang"), post.world.staff("clerk.chen")
    with post.database.transaction() as session:
        (notice,) = list_notices(session, actor=wang)
        assert count_unread(session, wang.id) == 1
        with pytest.raises(NoticeUnknownError):
            get_notice(session, notice.id, actor=chen)
        mark_read(session, actor=chen, now=post.clock.now())
        assert count_unread(session, wang.id) == 1
        mark_read(session, actor=wang, now=post.clock.now(), only=notice.id)
        assert count_unread(session, wang.id) == 0


def test_mail_that_fails_is_tried_again_with_the_same_id_and_stops_nobody(post: Post) -> None:
    post.reach("clerk.wang")
    webhook = post.webhook()
    post.mailbox.refuses_next = 2
    post.tell(DONE, "staff:clerk.wang")
    post.tell(DONE, "client:hall")
    assert [each.told["type"] for each in post.receiver.received] == ["batch.finished"]
    (mail,) = post.deliveries(Channel.MAIL)
    assert (mail.state, mail.attempts, mail.last_reason, mail.last_status) == (
        "waiting",
        1,
        "refused",
        451,
    )
    for pause in PAUSES[Channel.MAIL][:2]:
        post.clock.advance(pause * 1.1)
        post.work()
    assert post.mailbox.message_ids == [mail.message_id]
    # Killed after the server took it and before that was written: it leaves again, as the same.
    with post.database.transaction() as session:
        session.execute(update(Delivery).where(Delivery.id == mail.id).values(state="waiting"))
        job = {"lane": "sending", "kind": "notifications.send", "subject": str(mail.id)}
        now = post.clock.now()
        session.add(Job(**job, details={}, due_at=now, run_at=now, priority=0))
    post.work()
    assert post.mailbox.message_ids == [mail.message_id] * 2
    assert webhook.id == post.hook().id


def test_what_fails_for_good_is_given_up_after_its_pauses(post: Post) -> None:
    post.reach("pack.sun")
    post.gateway.fails_next = 100
    post.tell(FAILED)
    for number, pause in enumerate(PAUSES[Channel.SMS], 1):
        (sms,) = post.deliveries(Channel.SMS)
        assert (sms.state, sms.attempts) == ("waiting", number)
        post.clock.advance(pause - timedelta(seconds=1))
        post.work()
        assert post.deliveries(Channel.SMS)[0].attempts == number, "not before its time"
        post.clock.advance(pause * 0.1 + timedelta(seconds=1))
        post.work()
    (sms,) = post.deliveries(Channel.SMS)
    assert (sms.state, sms.attempts) == ("given_up", len(PAUSES[Channel.SMS]) + 1)
    assert len(post.mailbox.mails) == 1, "the other channel went its way"


def test_an_address_that_was_taken_back_gets_nothing(post: Post) -> None:
    post.reach("clerk.wang")
    post.mailbox.refuses_next = 1
    post.tell(DONE, "staff:clerk.wang")
    with post.database.transaction() as session:
        session.execute(update(NoticeAddress).values(mail=""))
    post.clock.advance(timedelta(minutes=1))
    post.work()
    assert ([each.state for each in post.deliveries()], post.mailbox.mails) == (["dropped"], [])


def test_a_webhook_is_signed_and_has_the_id_of_the_event(post: Post) -> None:
    webhook = post.webhook()
    (secret,) = secrets_of(webhook, KEY, post.clock.now())
    post.receiver.answers = [500]
    post.tell(DONE, "client:hall")
    post.clock.advance(timedelta(seconds=6))
    post.work()
    first, second = post.receiver.received
    (delivery,) = post.deliveries()
    assert (delivery.state, delivery.attempts, delivery.last_status) == ("sent", 1, 204)
    for received in (first, second):
        assert received.is_signed_by(secret)
        assert received.headers["webhook-id"] == f"evt_{delivery.event_id}"
    assert first.body == second.body
    sent = [int(each.headers["webhook-timestamp"]) for each in (first, second)]
    assert sent[1] - sent[0] == 6, "each attempt says when it was made"
    assert first.told["data"] == {"subject": "b-1"}
    assert not first.is_signed_by("whsec_" + "A" * 43 + "=")
    first.body += b" "
    assert not first.is_signed_by(secret)


def test_after_a_rotation_both_secrets_sign_for_a_while(post: Post) -> None:
    (old,) = secrets_of(post.webhook(), KEY, post.clock.now())
    with post.database.transaction() as session:
        now = post.clock.now()
        rotate_webhook_secret(session, post.hook().id, actor=MACHINE, now=now)
    new = secrets_of(post.hook(), KEY, post.clock.now())[0]
    post.tell(DONE, "client:hall")
    post.clock.advance(OVERLAP)
    post.tell(BatchFinished(subject="b-2"), "client:hall")
    during, after = post.receiver.received
    assert new != old
    assert [during.is_signed_by(each) for each in (new, old)] == [True, True]
    assert [after.is_signed_by(each) for each in (new, old)] == [True, False]


@pytest.mark.both_engines
def test_a_webhook_that_fails_for_long_is_disabled_and_its_owner_told(post: Post) -> None:
    post.webhook()
    post.receiver.answers = [503] * 100
    post.tell(DONE, "client:hall")
    spent = timedelta(0)
    for pause in PAUSES[Channel.WEBHOOK]:
        assert post.hook().disabled_at is None or spent >= DISABLED_AFTER
        post.clock.advance(pause * 1.1)
        spent += pause * 1.1
        post.work()
    assert post.hook().disabled_at is not None
    post.work()
    (notice,) = post.notices("pack.sun")
    assert (notice.kind, notice.subject) == ("webhook.disabled", post.hook().id)
    count = len(post.receiver.received)
    post.tell(DONE, "client:hall")
    assert len(post.receiver.received) == count


def test_a_webhook_that_is_gone_is_disabled_at_once(post: Post) -> None:
    post.webhook()
    post.receiver.answers = [410]
    post.tell(DONE, "client:hall")
    assert post.hook().disabled_at is not None


def test_a_webhook_gets_only_the_kinds_it_wants(post: Post) -> None:
    post.webhook(("job.given-up",))
    post.tell(DONE, "client:hall")
    assert post.receiver.received == []


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1/hook",
        "10.1.2.3/",
        "[::1]/",
        "169.254.169.254/latest",
        "2130706433/",
        "example.com:0/",
        "a:b@example.com/",
        "a" * 600 + ".example.com/",
    ],
)
def test_private_addresses_are_refused_when_written_down_and_when_called(
    post: Post, place: str
) -> None:
    strangers = HttpClient(AddressPolicy.PUBLIC_ONLY)
    with pytest.raises(WebhookAddressRefusedError):
        check_webhook_address("http://example.com/", strangers.check_address)
    with pytest.raises(WebhookAddressRefusedError):
        check_webhook_address(f"https://{place}", strangers.check_address)
    # One whose name led elsewhere when it was registered.
    post.webhook()
    carriers = post.world.services.notices.carriers
    carriers[Channel.WEBHOOK] = WebhookCarrier(post.database, post.clock, strangers, lambda: KEY)
    post.tell(DONE, "client:hall")
    (delivery,) = post.deliveries()
    assert (delivery.state, delivery.last_reason) == ("waiting", "not-allowed")
    assert post.receiver.received == []


@pytest.mark.parametrize("language", Language)
def test_no_text_has_a_place_for_anything_personal(language: Language) -> None:
    catalogue = load_catalogue()
    for kind in NOTICES:
        assert kind.text in catalogue
        text = catalogue.text(kind.text, language, {"name": "x"})
        assert "{" not in catalogue.texts[kind.text][language.value]
        assert len(text) <= 120
    assert len({kind.event.kind for kind in NOTICES}) == len(NOTICES)


def test_addresses_are_checked(post: Post) -> None:
    with post.database.transaction() as session:
        for mail in ("a", "a@b\nBcc: c@d", "a@b, c@d", "张@example.cn", "a@" + "b" * 260):
            with pytest.raises(MailAddressInvalidError):
                set_address(session, mail=mail, phone="", language=Language.ZH, actor=MACHINE)
        for phone in ("1", "12345678901", "138001380001", "１３８００１３８０００"):
            with pytest.raises(PhoneInvalidError):
                set_address(session, mail="", phone=phone, language=Language.ZH, actor=MACHINE)
