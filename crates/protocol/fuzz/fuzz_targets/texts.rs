//! What people type: rooms, names and lines of a chat, and what their files are called. What is taken is within its bounds, and is taken again as it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{ChatText, DisplayName, FileName, PeerId, RoomId};

fuzz_target!(|text: &str| {
    if let Ok(room) = RoomId::from_typed(text) {
        assert!((1..=64).contains(&room.as_str().len()));
        assert_eq!(room.as_str().parse::<RoomId>().unwrap(), room);
    }
    if let Ok(name) = text.parse::<DisplayName>() {
        assert!((1..=64).contains(&name.as_str().chars().count()));
        assert_eq!(name.as_str().parse::<DisplayName>().unwrap(), name);
    }
    if let Ok(line) = text.parse::<ChatText>() {
        assert!((1..=2_000).contains(&line.as_str().chars().count()));
        assert_eq!(line.as_str().parse::<ChatText>().unwrap(), line);
    }
    let name = FileName::cleaned(text);
    assert!((1..=255).contains(&name.as_str().len()) && !name.as_str().contains(['/', '\\']));
    assert_eq!(FileName::cleaned(name.as_str()), name);
    let _ = text.parse::<PeerId>();
});
