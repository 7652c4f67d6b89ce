//! What a connection receives at the moment, from the last packets (W3C WebRTC section 5.3.1).

use std::time::Duration;

use call::{Incoming, Silence, Source};
use protocol::{Media, SourceState};
use web_sys::RtcRtpReceiver;

use super::connection::Connection;
use super::rtc_ext::{call, get};

/// What has come on one connection so far.
#[derive(Default)]
pub(super) struct Listening {
    silence: Silence,
    /// When the newest sound came, by the browser's clock.
    sound: f64,
}

/// What one look finds.
pub(super) struct Heard {
    /// How loud the peer is, 0 to 1; 0 where no new sound has come.
    pub(super) level: f64,
    /// Whether nothing comes any more, where that has just changed.
    pub(super) silent: Option<bool>,
}

impl Listening {
    /// `media` is what the peer says is on, `pictures`: their camera is asked for.
    pub(super) fn look(&mut self, connection: &Connection, now: Duration, media: Media, pictures: bool) -> Heard {
        let newest = Source::ALL.map(|source| {
            connection
                .receiver(source)
                .map_or((0.0, 0.0), |receiver| newest(&receiver))
        });
        let incoming = Source::ALL.map(|source| Incoming {
            is_on: is_sent(media, source),
            is_wanted: match source {
                Source::Camera => pictures,
                // A screen on which nothing moves sends nothing.
                Source::Screen => false,
                Source::Microphone | Source::ScreenAudio => true,
            },
            newest: newest[source.m_line()].0,
        });
        let (sound, level) = newest[Source::Microphone.m_line()];
        // The browser remembers the last level for ten seconds. It says something only about a packet that is new.
        let is_new = sound != self.sound;
        self.sound = sound;
        Heard {
            level: if is_new { level } else { 0.0 },
            silent: self.silence.changes(now, incoming),
        }
    }
}

/// Whether packets come of a source in this state. A muted microphone sends silence.
fn is_sent(media: Media, source: Source) -> bool {
    match source {
        Source::Microphone => media.microphone.is_on() || media.microphone == SourceState::Muted,
        Source::Camera => media.camera.is_on(),
        Source::Screen => media.screen.is_on(),
        Source::ScreenAudio => media.screen_audio.is_on(),
    }
}

/// When the newest packet was played, and how loud it was.
fn newest(receiver: &RtcRtpReceiver) -> (f64, f64) {
    let source = get(&call(receiver, "getSynchronizationSources"), "0");
    let number = |key| get(&source, key).as_f64().unwrap_or(0.0);
    (number("timestamp"), number("audioLevel"))
}
