//! What a proxy, or somebody in its place, begins a connection with.
#![no_main]

use libfuzzer_sys::fuzz_target;
use visitor::proxy_header::{HEAD, LOCAL, REST_MAX, rest, source};

fuzz_target!(|bytes: &[u8]| {
    let Some((head, body)) = bytes.split_first_chunk::<HEAD>() else {
        return;
    };
    let mut head = *head;
    // Nobody guesses twelve bytes: every other input has them.
    if head[0] % 2 == 1 {
        head[..12].copy_from_slice(&LOCAL[..12]);
    }
    let Ok(length) = rest(&head) else {
        assert!(source(&head, body).is_err());
        return;
    };
    assert!(length <= REST_MAX);
    if let Ok(Some(from)) = source(&head, body) {
        assert_eq!(body.len(), length);
        assert_eq!(from.ip(), from.ip().to_canonical());
    }
});
