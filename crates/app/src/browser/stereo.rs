//! Sound in stereo.
//!
//! A Chromium plays Opus in mono unless its own description says `stereo=1` (RFC 7587 section 6.1), and nothing but changing the text
//! makes it say so. Firefox says it by itself. It costs nothing where a voice is sent: the sender decides how many bits there are.

/// Lets every Opus payload of a local description be received in stereo.
pub(super) fn accept(sdp: &str) -> String {
    let opus = |line: &str| {
        let payload = line.strip_prefix("a=rtpmap:")?.strip_suffix(" opus/48000/2")?;
        Some(["a=fmtp:", payload, " "].concat())
    };
    let parameters: Vec<_> = sdp.lines().filter_map(opus).collect();
    let mut accepted = String::with_capacity(sdp.len() + 32);
    for line in sdp.split_inclusive('\n') {
        let text = line.trim_ascii_end();
        accepted.push_str(text);
        if parameters.iter().any(|start| text.starts_with(&**start)) && !text.contains("stereo=") {
            accepted.push_str(";stereo=1");
        }
        accepted.push_str(&line[text.len()..]);
    }
    accepted
}

#[cfg(test)]
mod tests {
    use super::accept;

    #[test]
    fn opus_is_taken_in_stereo_and_nothing_else_changes() {
        let sdp = "v=0\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:96 VP8/90000\r\n\
                   a=fmtp:96 x=1\r\na=fmtp:11 y=1\r\n";
        let accepted = sdp.replace("useinbandfec=1", "useinbandfec=1;stereo=1");
        assert_eq!(accept(sdp), accepted);
    }

    #[test]
    fn a_description_that_says_so_itself_stays_as_it_is() {
        let sdp = "a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1\r\na=rtpmap:109 opus/48000/2\r\n";
        assert_eq!(accept(sdp), sdp);
    }

    #[test]
    fn opus_without_parameters_stays_as_it_is() {
        let sdp = "a=rtpmap:109 opus/48000/2\r\n";
        assert_eq!(accept(sdp), sdp);
    }
}
