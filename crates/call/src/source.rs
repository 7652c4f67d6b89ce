//! What one side of a pair can send: four sources, each with a transceiver of its own for the life of the pair.
//!
//! The first offer carries one `sendrecv` m-line for each source, in the order of [`Source::ALL`] (JSEP, RFC 8829 section
//! 5.2.1). Everything that is switched on or off later is `replaceTrack` on a transceiver that is there.

/// Something that a page can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The person's voice.
    Microphone,
    /// The person's picture.
    Camera,
    /// A shared screen, window or tab.
    Screen,
    /// The sound of what is shared.
    ScreenAudio,
}

/// The kind of an m-line and its tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}

impl Source {
    /// All of them, in the order of their m-lines.
    pub const ALL: [Self; 4] = [Self::Microphone, Self::Camera, Self::Screen, Self::ScreenAudio];

    /// The index of its m-line in the first offer, counted from 0.
    #[must_use]
    pub const fn m_line(self) -> usize {
        match self {
            Self::Microphone => 0,
            Self::Camera => 1,
            Self::Screen => 2,
            Self::ScreenAudio => 3,
        }
    }

    /// Sound or pictures.
    #[must_use]
    pub const fn kind(self) -> MediaKind {
        match self {
            Self::Microphone | Self::ScreenAudio => MediaKind::Audio,
            Self::Camera | Self::Screen => MediaKind::Video,
        }
    }

    /// The stream that its track belongs to: what shares a stream is played in step (W3C Media Capture section 4.2).
    #[must_use]
    pub const fn stream(self) -> Stream {
        match self {
            Self::Microphone | Self::Camera => Stream::Person,
            Self::Screen | Self::ScreenAudio => Stream::Screen,
        }
    }

    /// The source of an m-line, found by the kinds of the offer's m-lines up to and including this one. The first audio line is the
    /// microphone and the first video line the camera, so an offer with fewer lines than four is understood, too.
    #[must_use]
    pub fn of_m_line(kinds: &[MediaKind]) -> Option<Self> {
        let kind = *kinds.last()?;
        let nth = kinds.iter().filter(|of| **of == kind).count() - 1;
        Self::ALL.into_iter().filter(|source| source.kind() == kind).nth(nth)
    }
}

/// A stream of one side: its tracks are played in step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Microphone and camera.
    Person,
    /// The screen and its sound.
    Screen,
}

impl Stream {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Person, Self::Screen];
}

impl MediaKind {
    /// As `RTCPeerConnection` and SDP call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MediaKind::{Audio, Video};

    #[test]
    fn the_order_of_all_is_the_order_of_the_m_lines() {
        for (place, source) in Source::ALL.into_iter().enumerate() {
            assert_eq!(source.m_line(), place);
        }
    }

    #[test]
    fn our_own_offer_is_read_line_by_line() {
        let kinds = Source::ALL.map(Source::kind);
        for source in Source::ALL {
            assert_eq!(Source::of_m_line(&kinds[..=source.m_line()]), Some(source));
        }
    }

    #[test]
    fn an_ordinary_offer_has_a_microphone_and_a_camera_in_any_order() {
        assert_eq!(Source::of_m_line(&[Audio]), Some(Source::Microphone));
        assert_eq!(Source::of_m_line(&[Audio, Video]), Some(Source::Camera));
        assert_eq!(Source::of_m_line(&[Video]), Some(Source::Camera));
        assert_eq!(Source::of_m_line(&[Video, Audio]), Some(Source::Microphone));
    }

    #[test]
    fn a_line_too_many_is_no_source() {
        assert_eq!(Source::of_m_line(&[Audio, Audio, Audio]), None);
        assert_eq!(Source::of_m_line(&[Video, Video, Video]), None);
        assert_eq!(Source::of_m_line(&[]), None);
    }
}
