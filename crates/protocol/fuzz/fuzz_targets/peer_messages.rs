//! Frames of anybody on the peer channel: what can be read comes out the same when it is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::PeerMessage;
use protocol::peer_message::{Content, Frame};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = Frame::<PeerMessage>::decode(bytes) {
        let again = Frame::<PeerMessage>::decode(&frame.encode()).unwrap();
        assert_eq!(again.header, frame.header);
        same(&again.content, &frame.content);
    }
    if let Ok(content) = Content::<PeerMessage>::decode(bytes) {
        same(&Content::decode(&content.encode(Vec::new())).unwrap(), &content);
    }
});

/// What is unknown because of its fields loses them, and has a tag that may be read with zeros for fields.
fn same(again: &Content, content: &Content) {
    if !matches!(content, Content::Unknown { .. }) {
        assert_eq!(again, content);
    }
}
