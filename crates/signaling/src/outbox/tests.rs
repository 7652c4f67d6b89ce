//! Frames in and out, and from one socket to the next.

use protocol::limits::OUTBOX_MESSAGES;

use super::*;

const SINCE: u64 = 7;

const BYE: ServerMessage = ServerMessage::Bye { retry_after_ms: 1 };

fn text(text: &str) -> Message {
    Message::text(text)
}

fn put(outbox: &Outbox, said: &str, counted: bool) {
    let _ = outbox.put(Bytes::copy_from_slice(said.as_bytes()), counted);
}

fn seated(encoding: Encoding, counted: &[&str]) -> Outbox {
    let outbox = Outbox::new(encoding);
    outbox.restart(SINCE);
    counted.iter().for_each(|said| put(&outbox, said, true));
    outbox
}

fn drain(outbox: &Outbox) -> Vec<Message> {
    std::iter::from_fn(|| outbox.pop().expect("not ended")).collect()
}

#[test]
fn frames_come_out_in_the_order_in_which_they_went_in() {
    let outbox = Outbox::new(Encoding::Json);
    put(&outbox, "one", false);
    put(&outbox, "two", false);
    assert_eq!(drain(&outbox), [text("one"), text("two")]);
    assert_eq!(outbox.ended(), None);
}

#[test]
fn a_reader_is_woken_for_the_first_frame_that_waits_and_for_an_overflow() {
    let outbox = Outbox::new(Encoding::Json);
    let put = || outbox.put(Bytes::from_static(b"{}"), true);
    assert!(put());
    assert!(!put(), "it has been woken");
    assert_eq!(drain(&outbox).len(), 2);
    assert!(put(), "it may sleep again");
    let woken: Vec<bool> = (0..=OUTBOX_MESSAGES).map(|_| put()).collect();
    let overflowed = woken.iter().position(|&woken| woken);
    assert_eq!(overflowed, Some(OUTBOX_MESSAGES - 1));
    assert_eq!(woken.iter().filter(|&&woken| woken).count(), 1, "once is enough");
}

#[test]
fn another_socket_gets_its_own_then_the_answer_then_what_was_missed() {
    let old = seated(Encoding::Json, &["one", "two", "three"]);
    assert_eq!(drain(&old).len(), 3);
    let backlog = old.hand_over(Encoding::Json, SINCE, 1).expect("no gap");
    let new = Outbox::new(Encoding::Json);
    put(&new, "occupancy", false);
    put(&new, "error", false);
    new.install(backlog, &BYE);
    put(&new, "four", true);
    let bye = r#"{"bye":{"retry-after-ms":1}}"#;
    let heard = ["occupancy", "error", bye, "two", "three", "four"].map(text);
    assert_eq!(drain(&new), heard);
    assert_eq!(new.question(), 4);

    assert_eq!(old.ended(), Some(Ended::TakenOver));
    assert_eq!(old.pop(), Err(Ended::TakenOver));
    put(&old, "late", true);
    assert_eq!(old.pop(), Err(Ended::TakenOver));
}

#[test]
fn frames_of_one_encoding_are_a_gap_to_a_reader_of_the_other() {
    let old = seated(Encoding::Json, &["one"]);
    let gap = old.hand_over(Encoding::Postcard, SINCE, 0);
    assert_eq!(gap.err(), Some(Gap::Forgotten));
    assert_eq!(old.ended(), Some(Ended::TakenOver));
}

#[test]
fn a_claim_that_cannot_be_true_leaves_the_seat_with_its_socket() {
    for encoding in [Encoding::Json, Encoding::Postcard] {
        let old = seated(Encoding::Json, &["one"]);
        let gap = old.hand_over(encoding, SINCE, 1);
        assert_eq!(gap.err(), Some(Gap::NeverSaid));
        assert_eq!(drain(&old), [text("one")]);
    }
}

#[test]
fn a_reader_that_overflowed_before_it_took_a_seat_back_has_overflowed() {
    let old = seated(Encoding::Json, &["one"]);
    let backlog = old.hand_over(Encoding::Json, SINCE, 0).expect("no gap");
    let new = Outbox::new(Encoding::Json);
    (0..=OUTBOX_MESSAGES).for_each(|_| put(&new, "occupancy", false));
    new.install(backlog, &BYE);
    assert_eq!(new.pop(), Err(Ended::Overflowed));
}

#[tokio::test]
async fn whoever_keeps_a_seat_learns_that_it_is_taken_over() {
    let old = std::sync::Arc::new(seated(Encoding::Json, &[]));
    let keeper = tokio::spawn({
        let old = std::sync::Arc::clone(&old);
        async move { old.taken_over().await }
    });
    tokio::task::yield_now().await;
    old.push_message(&BYE);
    tokio::task::yield_now().await;
    assert!(!keeper.is_finished());
    assert!(old.hand_over(Encoding::Json, SINCE, 0).is_ok());
    keeper.await.expect("no panic");
}

#[test]
fn a_message_that_its_sender_padded_takes_no_more_memory_than_it_is_long() {
    for &encoding in Encoding::ALL {
        let message = ServerMessage::Bye { retry_after_ms: 1_000 };
        let written = Vec::from(written(encoding, &message, 64 * 1024));
        assert!(
            written.capacity() <= 2 * written.len(),
            "{encoding:?}: {}",
            written.capacity()
        );
    }
}

#[test]
fn a_broadcast_is_written_once_for_each_encoding() {
    let readers = [Encoding::Json, Encoding::Postcard, Encoding::Json, Encoding::Postcard].map(Outbox::new);
    let mut broadcast = Broadcast::new(&BYE);
    readers.iter().for_each(|reader| broadcast.send(reader));
    let next = |reader: Outbox| reader.state().backlog.pop().expect("no overflow").expect("a message");
    let frames = readers.map(|reader| next(reader).message);
    assert_eq!(frames[0].as_ptr(), frames[2].as_ptr(), "JSON readers share the bytes");
    assert_eq!(
        frames[1].as_ptr(),
        frames[3].as_ptr(),
        "postcard readers share the bytes"
    );
    assert_eq!(Encoding::Json.decode(&frames[0]), Ok(BYE));
    assert_eq!(Encoding::Postcard.decode(&frames[1]), Ok(BYE));
}

#[test]
fn readers_of_one_message_get_it_with_numbers_of_their_own() {
    let peer = protocol::PeerId::from_random_bytes([7; 16]);
    let message = ServerMessage::PeerAway { peer };
    for encoding in [Encoding::Json, Encoding::Postcard] {
        let readers = [seated(encoding, &["one"]), seated(encoding, &[])];
        let mut broadcast = Broadcast::new(&message);
        readers.iter().for_each(|reader| broadcast.send(reader));
        let last = readers.map(|reader| drain(&reader).pop().expect("a frame").into_data());
        let numbers = last.map(|frame| encoding.decode_frame::<ServerMessage>(&frame).expect("a frame"));
        assert_eq!(numbers.each_ref().map(|frame| frame.number), [2, 1]);
        assert!(numbers.iter().all(|frame| frame.message == message));
    }
}
