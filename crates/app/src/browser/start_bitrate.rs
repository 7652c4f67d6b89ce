//! The bit rate at which a Chromium begins to send video.
//!
//! Left alone it begins at 300 kbit/s for the whole connection, drops frames until one fits, and shows the others a
//! picture of a quarter of the camera's size. It takes a better beginning from the description of the other side, as
//! `x-google-start-bitrate` of a codec (kbit/s). Other browsers do not know the parameter and ignore it.

/// Adds the parameter, of so many bit/s, to every VP8 payload of a remote description (RFC 8866 section 6.15) that has none of its own.
pub(super) fn set(sdp: &str, bitrate: u32) -> String {
    let parameter = format!(" x-google-start-bitrate={}", bitrate / 1_000);
    let mut changed = String::with_capacity(sdp.len() + 256);
    for line in sdp.split_inclusive('\n') {
        changed.push_str(line);
        let payload = line
            .trim_ascii_end()
            .strip_suffix(" VP8/90000")
            .and_then(|line| line.strip_prefix("a=rtpmap:"));
        if let Some(payload) = payload {
            let parameters = ["a=fmtp:", payload].concat();
            // Firefox describes its VP8 with parameters: a second line for one payload is not allowed.
            let has_parameters = |line: &str| {
                line.strip_prefix(&*parameters)
                    .is_some_and(|rest| rest.starts_with(' '))
            };
            if !sdp.lines().any(has_parameters) {
                changed.push_str(&[&*parameters, &parameter, "\r\n"].concat());
            }
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::set;

    #[test]
    fn vp8_gets_a_start_bitrate_and_nothing_else_changes() {
        let sdp = "v=0\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";
        let changed = "v=0\r\na=rtpmap:96 VP8/90000\r\na=fmtp:96 x-google-start-bitrate=333\r\n\
                      a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";
        assert_eq!(set(sdp, 333_000), changed);
    }

    #[test]
    fn a_payload_with_parameters_keeps_them_alone() {
        let sdp = "a=rtpmap:120 VP8/90000\r\na=fmtp:120 max-fs=12288;max-fr=60\r\n";
        assert_eq!(set(sdp, 333_000), sdp);
    }

    #[test]
    fn a_longer_payload_number_is_another_payload() {
        let sdp = "a=rtpmap:12 VP8/90000\r\na=fmtp:120 max-fs=12288\r\n";
        assert!(set(sdp, 333_000).contains("a=fmtp:12 x-google-start-bitrate=333\r\n"));
    }
}
