//! Where messages end in a stream: every frame is bounded, and cutting always goes on or stops.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relay::core::frame::{self, Frame, MAX_FRAME};

fuzz_target!(|bytes: &[u8]| {
    let _ = frame::is_stun(bytes);
    let mut rest = bytes;
    loop {
        match frame::next(rest) {
            Frame::Whole { length, padding } => {
                assert!(length >= 4 && length + padding <= rest.len());
                rest = &rest[length + padding..];
            }
            Frame::Partial(needed) => {
                assert!(needed > rest.len() && needed <= MAX_FRAME);
                return;
            }
            Frame::Broken => return,
        }
    }
});
