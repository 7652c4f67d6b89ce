//! Frames of the peer channel: what is written is read, by older and newer readers too, and no bytes make a reader panic.

#![allow(clippy::unwrap_used, reason = "a test says by panicking")]

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::limits::peer::POINTS_MAX;
use protocol::peer_message::{
    ChatLine, Content, Emoji, Features, FileAnswer, FileEnd, FileEndReason, FileKind, FileOffer, Frame, HEADER_MAX,
    Hand, Header, Hello, Payload, Pointer, Reaction, Share, Size, Sizes, Spot, Unreadable, write_fields,
};
use protocol::{PeerId, PeerMessage};

fn sizes() -> impl Strategy<Value = Sizes> {
    let size = prop::sample::select(Size::ALL.to_vec());
    (size.clone(), size, any::<bool>()).prop_map(|(camera, screen, low_data)| Sizes {
        camera,
        screen,
        low_data,
    })
}

fn message() -> impl Strategy<Value = PeerMessage> {
    let line = any::<(u64, u64, u64, String)>().prop_map(|(id, lamport, age_ms, text)| ChatLine {
        id,
        lamport,
        age_ms,
        text,
    });
    let points = vec(any::<(u16, u16)>().prop_map(|(x, y)| Spot { x, y }), 0..=POINTS_MAX);
    let pointer = (any::<[u8; 16]>(), any::<(u32, u32, bool)>(), points);
    let pointer = pointer.prop_map(|(share, (stroke, first, up), points)| Pointer {
        share: PeerId::from_bytes(share),
        stroke,
        first,
        points,
        up,
    });
    let offer = any::<(u64, u64, u32, String)>().prop_map(|(id, size, kind, name)| FileOffer {
        id,
        size,
        kind: FileKind::from(kind),
        name,
    });
    let answer = any::<(u64, u64, u16)>().prop_map(|(id, from, channel)| FileAnswer { id, from, channel });
    let end = (any::<(u64, bool)>(), 0_u32..20).prop_map(|((id, is_yours), reason)| FileEnd {
        id,
        is_yours,
        reason: FileEndReason::from(reason),
    });
    prop_oneof![
        offer.prop_map(PeerMessage::FileOffer),
        answer.prop_map(PeerMessage::FileAnswer),
        end.prop_map(PeerMessage::FileEnd),
        sizes().prop_map(PeerMessage::Sizes),
        pointer.prop_map(PeerMessage::Pointer),
        any::<bool>().prop_map(|no_pointing| PeerMessage::Share(Share { no_pointing })),
        line.prop_map(PeerMessage::Chat),
        any::<u64>().prop_map(|raised| PeerMessage::Hand(Hand { raised })),
        any::<u32>().prop_map(|number| PeerMessage::Reaction(Reaction {
            emoji: Emoji::from(number)
        })),
    ]
}

fn content() -> impl Strategy<Value = Content> {
    let hello = (1..=u64::MAX, any::<u64>(), any::<u32>(), any::<u64>()).prop_map(|(session, heard, version, bits)| {
        Content::Hello(Hello {
            session,
            heard,
            version,
            features: Features(bits),
        })
    });
    prop_oneof![
        hello,
        Just(Content::Ack),
        message().prop_map(Content::Message),
        (1_000..=u32::MAX).prop_map(|tag| Content::Unknown { tag }),
    ]
}

fn header() -> impl Strategy<Value = Header> {
    any::<(u64, u64, u64)>().prop_map(|(number, ack, seen)| Header { number, ack, seen })
}

/// `Sizes` of a later version.
fn later_sizes(sizes: Sizes, more: (bool, bool, &str)) -> Vec<u8> {
    write_fields(&(2u32, sizes, more), Vec::new())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn frames_survive_a_round_trip(header in header(), content in content()) {
        let frame = Frame { header, content };
        prop_assert_eq!(Frame::decode(&frame.encode()), Ok(frame));
    }

    #[test]
    fn a_header_is_no_longer_than_it_may_be(header in header()) {
        prop_assert!(header.before(&[]).len() <= HEADER_MAX);
    }

    #[test]
    fn bytes_behind_a_content_are_ignored(content in content(), more in vec(any::<u8>(), 0..50)) {
        let mut bytes = content.encode(Vec::new());
        bytes.extend(more);
        prop_assert_eq!(Content::decode(&bytes), Ok(content));
    }

    #[test]
    fn a_later_version_of_a_message_is_read_as_far_as_it_is_known(
        sizes in sizes(), microphone in any::<bool>(), text in ".{0,20}",
    ) {
        let read = Content::decode(&later_sizes(sizes, (microphone, true, &text)));
        prop_assert_eq!(read, Ok(Content::Message(PeerMessage::Sizes(sizes))));
    }

    #[test]
    fn a_message_with_a_tag_of_the_future_is_unknown_and_its_header_is_read(
        header in header(), tag in 1_000..=u32::MAX, body in vec(any::<u8>(), 0..200),
    ) {
        let content = [write_fields(&tag, Vec::new()), body].concat();
        let read = Frame::decode(&header.before(&content));
        prop_assert_eq!(read, Ok(Frame { header, content: Content::<PeerMessage>::Unknown { tag } }));
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Frame::<PeerMessage>::decode(&bytes);
        let _ = Content::<PeerMessage>::decode(&bytes);
        for tag in 0..12 {
            let _ = PeerMessage::read(tag, &bytes);
        }
    }
}

#[test]
fn what_is_missing_at_the_end_of_a_message_is_zero() {
    let read = |bytes: &[u8]| Content::<PeerMessage>::decode(bytes);
    let sizes = |camera, screen| {
        Ok(Content::Message(PeerMessage::Sizes(Sizes {
            camera,
            screen,
            low_data: false,
        })))
    };
    assert_eq!(read(&[2]), sizes(Size::Nothing, Size::Nothing));
    assert_eq!(read(&[2, 3]), sizes(Size::P360, Size::Nothing));
    assert_eq!(read(&[2, 3, 4]), sizes(Size::P360, Size::P720));
    let short = Hello {
        session: 7,
        ..Hello::default()
    };
    assert_eq!(read(&[0, 7]), Ok(Content::Hello(short)));
}

#[test]
fn a_frame_without_a_whole_header_and_a_tag_is_none() {
    let whole = Header {
        number: 300,
        ack: 300,
        seen: 300,
    };
    let whole = whole.before(&Content::<PeerMessage>::Ack.encode(Vec::new()));
    for length in 0..whole.len() {
        assert_eq!(
            Frame::<PeerMessage>::decode(&whole[..length]),
            Err(Unreadable),
            "{length}"
        );
    }
}

#[test]
fn a_hello_without_a_session_and_fields_of_another_kind_are_unknown() {
    let read = |bytes: &[u8]| Content::<PeerMessage>::decode(bytes);
    assert_eq!(read(&[0]), Ok(Content::Unknown { tag: 0 }));
    assert_eq!(read(&[0, 0, 9, 9]), Ok(Content::Unknown { tag: 0 }));
    assert_eq!(read(&[2, 1, 1, 7]), Ok(Content::Unknown { tag: 2 }), "7 is no bool");
}

#[test]
fn a_size_of_the_future_is_the_largest_that_is_known() {
    let read = Content::<PeerMessage>::decode(&[2, 6, 255, 1]);
    let sizes = Sizes {
        camera: Size::Native,
        screen: Size::Native,
        low_data: true,
    };
    assert_eq!(read, Ok(Content::Message(PeerMessage::Sizes(sizes))));
}

#[test]
fn a_pointer_says_whose_screen_it_is_on_in_16_bytes_and_has_no_more_than_16_points() {
    let share: [u8; 16] = std::array::from_fn(|at| u8::try_from(at + 100).unwrap());
    let of = |count: usize| {
        let points = vec![Spot { x: 1, y: 2 }; count];
        [&write_fields(&(6u32, share, 0u32, 0u32, points), Vec::new())[..], &[1]].concat()
    };
    let read = |bytes: &[u8]| Content::<PeerMessage>::decode(bytes);
    let pointer = Pointer {
        share: PeerId::from_bytes(share),
        stroke: 0,
        first: 0,
        points: vec![Spot { x: 1, y: 2 }; 16],
        up: true,
    };
    assert_eq!(read(&of(16)), Ok(Content::Message(PeerMessage::Pointer(pointer))));
    assert_eq!(read(&of(17)), Ok(Content::Unknown { tag: 6 }));
    assert_eq!(read(&of(5_000)), Ok(Content::Unknown { tag: 6 }));
    let number_too_large = [&[6][..], &share, &[0, 0, 1, 0xff, 0xff, 0x04, 0]].concat();
    assert_eq!(read(&number_too_large), Ok(Content::Unknown { tag: 6 }), "no u16");
    let nothing_at_all = read(&[7]);
    assert_eq!(
        nothing_at_all,
        Ok(Content::Message(PeerMessage::Share(Share::default())))
    );
}

#[test]
fn an_end_of_the_future_is_read_and_one_that_is_cut_off_is_no_success() {
    let end = |reason| {
        Ok(Content::Message(PeerMessage::FileEnd(FileEnd {
            id: 7,
            is_yours: true,
            reason,
        })))
    };
    assert_eq!(Content::decode(&[10, 7, 1, 99]), end(FileEndReason::Other(99)));
    assert_eq!(Content::decode(&[10, 7, 1]), end(FileEndReason::Cancelled));
    assert_eq!(FileKind::of_media_type("image/svg+xml"), FileKind::Image);
    assert_eq!(FileKind::of_media_type("application/pdf"), FileKind::Unknown);
    assert_eq!(FileKind::of_media_type(""), FileKind::Unknown);
}

#[test]
fn features_are_a_set() {
    let both = Features::SIZES.with(Features(1 << 40));
    assert!(both.has(Features::SIZES) && both.has(Features(1 << 40)) && both.has(Features::default()));
    assert!(!both.has(Features(2)) && !Features::default().has(Features::SIZES));
}
