//! Frames of anybody: what can be read comes out the same when it is written and read again, in both encodings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{ClientMessage, Encoding, ServerMessage};

fuzz_target!(|frame: &[u8]| {
    for encoding in Encoding::ALL {
        if let Ok(message) = encoding.decode::<ClientMessage>(frame) {
            for other in Encoding::ALL {
                assert_eq!(other.decode::<ClientMessage>(&other.encode(&message)).unwrap(), message);
            }
        }
        if let Ok(message) = encoding.decode::<ServerMessage>(frame) {
            for other in Encoding::ALL {
                assert_eq!(other.decode::<ServerMessage>(&other.encode(&message)).unwrap(), message);
            }
        }
    }
});
