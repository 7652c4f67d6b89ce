//! What people type: rooms and names. What is taken is within its bounds, and is taken again as it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{DisplayName, PeerId, RoomId};

fuzz_target!(|text: &str| {
    if let Ok(room) = RoomId::from_typed(text) {
        assert!((1..=64).contains(&room.as_str().len()));
        assert_eq!(room.as_str().parse::<RoomId>().unwrap(), room);
    }
    if let Ok(name) = text.parse::<DisplayName>() {
        assert!((1..=64).contains(&name.as_str().chars().count()));
        assert_eq!(name.as_str().parse::<DisplayName>().unwrap(), name);
    }
    let _ = text.parse::<PeerId>();
});
