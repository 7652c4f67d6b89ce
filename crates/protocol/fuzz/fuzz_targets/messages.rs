//! Frames of anybody: what can be read comes out the same when it is written and read again, in both encodings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{ClientMessage, Encoding, PeerId, ServerMessage};

fuzz_target!(|frame: &[u8]| {
    for encoding in Encoding::ALL {
        if let Ok(frame) = encoding.decode_frame::<ClientMessage>(frame) {
            let message = frame.message;
            for other in Encoding::ALL {
                assert_eq!(other.decode::<ClientMessage>(&other.encode(&message)).unwrap(), message);
            }
        }
        if let Ok(frame) = encoding.decode_frame::<ServerMessage>(frame) {
            let message = frame.message;
            for other in Encoding::ALL {
                assert_eq!(other.decode::<ServerMessage>(&other.encode(&message)).unwrap(), message);
            }
        }
        let _ = encoding.pass_on(frame, PeerId::from_bytes([0; 16]));
    }
});
