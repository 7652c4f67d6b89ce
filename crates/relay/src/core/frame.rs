//! Where a message ends in a byte stream (RFC 8656 section 12.6, RFC 8489 section 6.2.2).

/// The longest frame: a STUN message whose length is the largest multiple of four. No ChannelData is longer.
pub const MAX_FRAME: usize = 20 + 65_532;

/// Bytes before which the length of nothing is known.
pub const HEADER: usize = 4;

/// What the next bytes of a stream are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// More bytes are needed: so many in all.
    Partial(usize),
    /// A message of `length` bytes, after which come `padding` bytes that mean nothing. All of it is there.
    Whole {
        /// The message's own bytes.
        length: usize,
        /// Bytes to skip after it.
        padding: usize,
    },
    /// Neither STUN nor ChannelData, or a STUN message of a length that cannot be: the stream cannot be read on.
    Broken,
}

/// Looks at the first bytes of what was received and not yet used.
#[must_use]
pub fn next(bytes: &[u8]) -> Frame {
    let &[first, _, high, low, ..] = bytes else {
        return match bytes.first() {
            Some(&first) if first >= 0x80 => Frame::Broken,
            _ => Frame::Partial(HEADER),
        };
    };
    let body = usize::from(u16::from_be_bytes([high, low]));
    let (length, padding) = match first {
        0x00..=0x3f if body % 4 == 0 && is_stun(bytes) != Some(false) => (20 + body, 0),
        0x40..=0x7f => (4 + body, body.next_multiple_of(4) - body),
        _ => return Frame::Broken,
    };
    if bytes.len() < length + padding {
        return Frame::Partial(length + padding);
    }
    Frame::Whole { length, padding }
}

/// The messages that `bytes` are made of, each with its padding. What is no whole message comes last, as it is.
pub fn split(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut left = bytes;
    std::iter::from_fn(move || {
        let length = match next(left) {
            Frame::Whole { length, padding } => length + padding,
            Frame::Partial(_) | Frame::Broken => left.len(),
        };
        let (message, rest) = left.split_at(length);
        left = rest;
        (!message.is_empty()).then_some(message)
    })
}

/// Whether a stream begins as STUN and TURN do, for a port shared by TURN and HTTP: the magic cookie is in
/// bytes 4 to 7 (RFC 8489 section 5). `None` as long as too few bytes are there to tell. No HTTP request can be taken for
/// it, because the first byte of STUN is below every letter.
#[must_use]
pub fn is_stun(start: &[u8]) -> Option<bool> {
    let cookie = stun_types::message::MAGIC_COOKIE.to_be_bytes();
    match start {
        [] => None,
        [first, ..] if *first >= 0x40 => Some(false),
        [_, _, _, _, rest @ ..] => {
            let known = rest.len().min(cookie.len());
            if rest[..known] != cookie[..known] {
                Some(false)
            } else {
                (known == cookie.len()).then_some(true)
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stun_message_ends_where_its_length_says() {
        let mut bytes = vec![0, 1, 0, 8];
        assert_eq!(next(&bytes), Frame::Partial(28));
        bytes.extend([0x21, 0x12, 0xa4, 0x42]);
        bytes.resize(27, 0);
        assert_eq!(next(&bytes), Frame::Partial(28));
        bytes.resize(40, 0);
        assert_eq!(next(&bytes), Frame::Whole { length: 28, padding: 0 });
        assert_eq!(next(&[0, 1, 0xff, 0xfc]), Frame::Partial(MAX_FRAME));
    }

    #[test]
    fn channel_data_is_padded_to_four_bytes_in_a_stream() {
        for (body, padding) in [(0, 0), (1, 3), (2, 2), (3, 1), (4, 0), (65_535, 1)] {
            let [high, low] = u16::try_from(body).expect("fits").to_be_bytes();
            let mut bytes = vec![0x40, 0, high, low];
            bytes.resize(4 + body + padding, 0);
            assert_eq!(
                next(&bytes),
                Frame::Whole {
                    length: 4 + body,
                    padding
                }
            );
            assert!(bytes.len() <= MAX_FRAME);
            if body > 0 {
                assert_eq!(next(&bytes[..bytes.len() - 1]), Frame::Partial(bytes.len()));
            }
        }
    }

    #[test]
    fn what_is_sent_together_is_split_where_each_message_ends() {
        let binding = *b"\0\x01\0\0\x21\x12\xa4\x42abcdefghijkl";
        let data = [0x40, 0, 0, 3, 1, 2, 3, 0];
        let all = [&binding[..], &data, &data, &[0x40, 0, 0]].concat();
        let messages: Vec<_> = split(&all).collect();
        assert_eq!(messages, [&binding[..], &data, &data, &[0x40, 0, 0]]);
        assert_eq!(split(&[]).count(), 0);
        assert_eq!(split(b"GET / HTTP/1.1").collect::<Vec<_>>(), [b"GET / HTTP/1.1"]);
    }

    #[test]
    fn what_is_neither_is_broken_from_its_first_byte() {
        assert_eq!(next(&[]), Frame::Partial(4));
        assert_eq!(next(&[0x80]), Frame::Broken);
        assert_eq!(next(&[0, 1, 0, 7]), Frame::Broken, "a length that STUN cannot have");
        assert_eq!(next(b"\x16\x03\x01\x01\x00\x01"), Frame::Broken, "TLS");
        assert_eq!(
            next(&[0, 1, 0, 8, 0x21, 0x13]),
            Frame::Broken,
            "a cookie that is not STUN's"
        );
        assert_eq!(next(&[0xff; 4]), Frame::Broken);
    }

    #[test]
    fn stun_is_told_from_http_and_tls_by_its_cookie() {
        let stun = [0, 3, 0, 8, 0x21, 0x12, 0xa4, 0x42, 9];
        for length in 0..8 {
            assert_eq!(is_stun(&stun[..length]), None);
        }
        assert_eq!(is_stun(&stun[..8]), Some(true));
        assert_eq!(is_stun(&stun), Some(true));
        assert_eq!(is_stun(b"GET / HTTP/1.1"), Some(false));
        assert_eq!(is_stun(b"P"), Some(false));
        assert_eq!(is_stun(&[0x16, 3, 1, 0, 200, 1]), Some(false));
        assert_eq!(is_stun(&[0, 3, 0, 8, 0x21, 0x13]), Some(false));
    }
}
