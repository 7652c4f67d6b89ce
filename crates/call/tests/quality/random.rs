//! Seeded runs in which everything happens in any order.

use std::collections::BTreeMap;
use std::time::Duration;

use call::Source;
use call::quality::{
    Capture, Content, Encoding, Limitation, PathStats, Quality, QualityEffect, QualityInput, QualitySettings, Step,
    StreamStats,
};
use protocol::PeerId;

use crate::world::peer;

fn any_number(random: &mut fastrand::Rng) -> Option<f64> {
    match random.u8(0..10) {
        0 => None,
        1 => Some(f64::NAN),
        2 => Some(f64::INFINITY),
        3 => Some(-random.f64()),
        4 => Some(random.f64() * 1e12),
        5 => Some(0.0),
        _ => Some(10f64.powf(random.f64() * 8.0)),
    }
}

fn any_stats(random: &mut fastrand::Rng) -> PathStats {
    let streams = Source::ALL.into_iter().filter(|_| random.bool()).collect::<Vec<_>>();
    let streams = streams.into_iter().map(|source| {
        let limits = [
            Limitation::None,
            Limitation::Cpu,
            Limitation::Bandwidth,
            Limitation::Other,
        ];
        let stream = StreamStats {
            frames: any_number(random),
            source_frames: any_number(random),
            lines: random.bool().then(|| random.u32(..)),
            limitation: random.choice(limits),
            encode_load: any_number(random),
        };
        (source, stream)
    });
    let streams = streams.collect();
    PathStats {
        available_outgoing_bitrate: any_number(random),
        sent_bitrate: any_number(random),
        loss: any_number(random),
        round_trip: random.bool().then(|| Duration::from_millis(random.u64(..100_000_000))),
        media_round_trip: None,
        streams,
    }
}

fn any_capture(random: &mut fastrand::Rng) -> Option<Capture> {
    random.bool().then(|| Capture {
        width: random.u32(0..10_000),
        height: random.u32(0..10_000),
        frames: random.u32(0..300),
        largest: random.u32(0..10_000),
        content: random
            .choice([Content::Camera, Content::Text, Content::Motion])
            .expect("there are some"),
    })
}

fn any_input(random: &mut fastrand::Rng) -> QualityInput {
    let who = peer(random.u8(1..9));
    let source = random.choice(Source::ALL).expect("there are some");
    let step = random.choice(Step::ALL).expect("there are some");
    match random.u8(0..24) {
        0..=3 => QualityInput::PeerJoined(who),
        4 => QualityInput::PeerLeft(who),
        5 => QualityInput::Replaced(who),
        6..=7 => QualityInput::Stands(who),
        8 => QualityInput::Interrupted(who),
        9..=13 => QualityInput::Wish {
            peer: who,
            source,
            step,
        },
        14 => QualityInput::PeerLowData {
            peer: who,
            on: random.bool(),
        },
        15 => QualityInput::LowData(random.u8(0..4) == 0),
        16 => QualityInput::SelfView(step),
        17..=18 => QualityInput::Captured {
            source,
            capture: any_capture(random),
        },
        19 => QualityInput::ScreenAudio(random.bool()),
        _ => QualityInput::Stats(
            (1..9)
                .filter(|_| random.bool())
                .map(peer)
                .collect::<Vec<_>>()
                .into_iter()
                .map(|id| (id, any_stats(random)))
                .collect(),
        ),
    }
}

/// What a browser would have been told, and what it captures.
#[derive(Default)]
struct Browser {
    sent: BTreeMap<(PeerId, Source), Encoding>,
    captures: BTreeMap<Source, Capture>,
    screen_audio: bool,
}

impl Browser {
    fn note(&mut self, input: &QualityInput) {
        match input {
            QualityInput::PeerLeft(id) | QualityInput::Replaced(id) => self.sent.retain(|(of, _), _| of != id),
            QualityInput::PeerJoined(id) => self.sent.retain(|(of, _), _| of != id),
            QualityInput::ScreenAudio(on) => self.screen_audio = *on,
            QualityInput::Captured { source, capture } => {
                self.captures.remove(source);
                let video = matches!(source, Source::Camera | Source::Screen);
                if let Some(capture) = capture.filter(|of| video && of.width > 0 && of.height > 0) {
                    self.captures.insert(*source, capture);
                }
            }
            _ => {}
        }
    }

    fn perform(&mut self, effects: Vec<QualityEffect>) {
        for effect in effects {
            match effect {
                QualityEffect::Encode { peer, source, encoding } => {
                    assert_ne!(self.sent.insert((peer, source), encoding), Some(encoding));
                }
                QualityEffect::Capture(wanted) => assert!(wanted.height > 0 && wanted.frames > 0),
            }
        }
    }

    fn check(&self, quality: &Quality) {
        let (mut work, mut pictures) = (0.0, 0.0);
        let mut paths: BTreeMap<PeerId, f64> = BTreeMap::new();
        for ((id, source), encoding) in &self.sent {
            let scale = encoding.scale_resolution_down_by;
            assert!(scale.is_finite() && scale >= 1.0, "{encoding:?}");
            assert!((24_000..=14_000_000).contains(&encoding.max_bitrate), "{encoding:?}");
            assert!(
                encoding.max_framerate.is_none_or(|frames| (1..=30).contains(&frames)),
                "{encoding:?}"
            );
            let path = paths.entry(*id).or_default();
            let Some(capture) = self.captures.get(source) else {
                if *source == Source::Microphone {
                    assert!(encoding.send, "sounds are always sent");
                    *path += 40_000.0;
                } else if *source == Source::ScreenAudio && self.screen_audio {
                    *path += 40_000.0;
                }
                continue;
            };
            if encoding.send {
                let pixels = f64::from(capture.width) * f64::from(capture.height) / (scale * scale);
                let frames = f64::from(encoding.max_framerate.unwrap_or(capture.frames).min(30));
                let text = if capture.content == Content::Text { 0.3 } else { 1.0 };
                // Very long pictures are reckoned as four to one.
                let shape = f64::from(capture.width.max(capture.height)) / f64::from(capture.width.min(capture.height));
                work += (pixels * text * (4.0 / shape).min(1.0) + 10_000.0) * frames;
                *path += f64::from(encoding.max_bitrate);
                pictures += 1.0;
            }
        }
        // The least of everybody is sent whatever the machine does: 90 lines of any shape at 5 frames, or 360 of text at 2.
        let least = pictures * 5.0 * (4.0 * 360.0 * 360.0 + 10_000.0);
        assert!(
            work <= 1.001 * quality.processor_limit().max(least),
            "{work} of {}",
            quality.processor_limit()
        );
        for (id, path) in paths {
            let limit = quality.path_limit(id).expect("whatever is sent is sent to a peer");
            assert!(path <= limit.max(80_000.0), "{path} of {limit}");
        }
    }
}

#[test]
fn whatever_happens_no_more_is_sent_than_there_is_and_nothing_is_said_twice() {
    for seed in 0..100 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut quality = Quality::new(QualitySettings {
            cores: random.u32(0..200),
        });
        let mut browser = Browser::default();
        let mut now = Duration::ZERO;
        for _ in 0..250 {
            now += Duration::from_millis(random.u64(0..3_000));
            let input = any_input(&mut random);
            browser.note(&input);
            quality.handle(now, input);
            browser.perform(quality.poll(now));
            assert_eq!(quality.poll(now), [], "seed {seed}: the same time again");
            browser.check(&quality);
            assert!(
                quality.next_deadline().is_none_or(|deadline| deadline > now),
                "seed {seed}"
            );
        }
    }
}

#[test]
fn when_nothing_happens_any_more_nothing_changes_any_more() {
    for seed in 0..100 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut quality = Quality::new(QualitySettings {
            cores: random.u32(0..32),
        });
        let mut now = Duration::ZERO;
        for _ in 0..100 {
            now += Duration::from_millis(random.u64(0..3_000));
            quality.handle(now, any_input(&mut random));
            quality.poll(now);
        }
        let mut polls = 0;
        while let Some(deadline) = quality.next_deadline() {
            now = deadline;
            quality.poll(now);
            polls += 1;
            assert!(polls < 60, "seed {seed}");
        }
        assert_eq!(quality.poll(now + Duration::from_secs(1_000)), [], "seed {seed}");
    }
}
