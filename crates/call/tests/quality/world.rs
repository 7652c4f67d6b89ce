//! A sender in virtual time: one uplink that all paths share, with a queue and congestion control; one processor that encodes so
//! many pixels a second; and stats of both, once a second.

use std::collections::BTreeMap;
use std::time::Duration;

use call::Source;
use call::quality::{
    Capture, CaptureWanted, Content, Encoding, Limitation, PathStats, Quality, QualityEffect, QualityInput,
    QualitySettings, Step, StreamStats,
};
use protocol::PeerId;

const TICK: Duration = Duration::from_millis(100);
const SECONDS: f64 = 0.1;
/// A voice with its packets' headers, in bit/s: it goes first, whatever is allowed for pictures.
const VOICE: f64 = 45_000.0;

pub const CAMERA: Capture = Capture {
    width: 1280,
    height: 720,
    frames: 20,
    largest: 720,
    content: Content::Camera,
};
pub const TEXT: Capture = Capture {
    width: 1920,
    height: 1080,
    frames: 30,
    largest: 1080,
    content: Content::Text,
};

pub fn peer(n: u8) -> PeerId {
    PeerId::from_bytes([n; 16])
}

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[derive(Clone, Debug)]
struct Path {
    estimate: f64,
    acked: f64,
    acked_slowly: f64,
    lowered: Duration,
    narrow: f64,
}

/// What one page sends to the others.
pub struct World {
    pub now: Duration,
    pub quality: Quality,
    /// In bit/s.
    pub uplink: f64,
    /// In pixels a second, 10 000 more for each frame.
    pub processor: f64,
    /// What of a core a pixel a second takes, where the browser says it.
    pub encoders: Option<f64>,
    /// How often there are stats.
    pub reports: Duration,
    /// What no estimate falls below, in bit/s: congestion control gives every stream its least.
    pub least_estimate: f64,
    /// Whether the browser has estimates (Chromium) or only loss (Firefox).
    pub has_estimates: bool,
    /// Whether the browser says why it sends less (Chromium).
    pub names_limits: bool,
    /// Which part of what is allowed the encoders use: little of a picture that stands still.
    pub liveliness: f64,
    /// Frames that the camera really gives.
    pub light: f64,
    pub sent: BTreeMap<(PeerId, Source), Encoding>,
    pub capture: CaptureWanted,
    pub captures: BTreeMap<Source, Capture>,
    /// How often a bit rate was changed, since the last [`Self::forget`].
    pub rates: usize,
    /// When which size or frame rate was set, since the last [`Self::forget`].
    pub log: Vec<(Duration, PeerId, Source, Encoding)>,
    /// Of how many ticks the queue was longer than 400 ms, or lost packets.
    pub bad: u32,
    pub ticks: u32,
    paths: BTreeMap<PeerId, Path>,
    queue: f64,
    loss: f64,
    done: f64,
    reported: Duration,
}

impl World {
    /// A call of so many people, oneself included, whose connections stand from now on.
    pub fn new(people: u8, cores: u32) -> Self {
        let mut world = Self {
            now: Duration::ZERO,
            quality: Quality::new(QualitySettings { cores }),
            uplink: 100e6,
            processor: 1e12,
            encoders: None,
            reports: seconds(1),
            least_estimate: 0.0,
            has_estimates: true,
            names_limits: true,
            liveliness: 1.0,
            light: 60.0,
            sent: BTreeMap::new(),
            capture: CaptureWanted::FIRST,
            captures: BTreeMap::new(),
            log: Vec::new(),
            rates: 0,
            bad: 0,
            ticks: 0,
            paths: BTreeMap::new(),
            queue: 0.0,
            loss: 0.0,
            done: 1.0,
            reported: Duration::ZERO,
        };
        world.captured(Source::Camera, Some(CAMERA));
        for n in 1..people {
            world.join(n);
        }
        world
    }

    pub fn captured(&mut self, source: Source, capture: Option<Capture>) {
        match capture {
            Some(capture) => drop(self.captures.insert(source, capture)),
            None => drop(self.captures.remove(&source)),
        }
        self.tell(QualityInput::Captured { source, capture });
    }

    pub fn join(&mut self, n: u8) {
        self.fresh_path(n);
        self.quality.handle(self.now, QualityInput::PeerJoined(peer(n)));
        self.tell(QualityInput::Replaced(peer(n)));
        self.tell(QualityInput::Stands(peer(n)));
    }

    pub fn fresh_path(&mut self, n: u8) {
        let path = Path {
            // After the probes with which Chromium begins.
            estimate: 4e6,
            acked: 0.0,
            acked_slowly: 4e6,
            lowered: Duration::ZERO,
            narrow: f64::INFINITY,
        };
        self.paths.insert(peer(n), path);
    }

    /// The peer's own line is so narrow, in bit/s.
    pub fn narrow(&mut self, n: u8, to: f64) {
        self.paths.get_mut(&peer(n)).expect("the peer has joined").narrow = to;
    }

    pub fn leave(&mut self, n: u8) {
        self.paths.remove(&peer(n));
        self.sent.retain(|(of, _), _| *of != peer(n));
        self.tell(QualityInput::PeerLeft(peer(n)));
    }

    pub fn wish(&mut self, n: u8, source: Source, step: Step) {
        self.tell(QualityInput::Wish {
            peer: peer(n),
            source,
            step,
        });
    }

    pub fn all_wish(&mut self, step: Step) {
        for id in self.paths.keys().copied().collect::<Vec<_>>() {
            self.tell(QualityInput::Wish {
                peer: id,
                source: Source::Camera,
                step,
            });
        }
    }

    pub fn tell(&mut self, input: QualityInput) {
        self.quality.handle(self.now, input);
        self.poll();
    }

    fn poll(&mut self) {
        for effect in self.quality.poll(self.now) {
            match effect {
                QualityEffect::Encode { peer, source, encoding } => {
                    assert!(encoding.scale_resolution_down_by.is_finite() && encoding.scale_resolution_down_by >= 1.0);
                    assert!(encoding.max_bitrate > 0 && encoding.max_framerate != Some(0));
                    let before = self.sent.insert((peer, source), encoding);
                    assert_ne!(before, Some(encoding), "nothing has changed");
                    let seen =
                        |encoding: Encoding| (encoding.send, encoding.scale_resolution_down_by, encoding.max_framerate);
                    if before.map(seen) == Some(seen(encoding)) {
                        self.rates += 1;
                    } else {
                        self.log.push((self.now, peer, source, encoding));
                    }
                }
                QualityEffect::Capture(wanted) => self.capture = wanted,
            }
        }
        assert_eq!(self.quality.poll(self.now), [], "the same time again");
    }

    /// Time passes.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += TICK;
            self.work();
            self.carry();
            if self
                .quality
                .next_deadline()
                .is_some_and(|deadline| deadline <= self.now)
            {
                self.poll();
            }
            if self.now >= self.reported + self.reports {
                self.reported = self.now;
                let stats = self.stats();
                self.tell(QualityInput::Stats(stats.into_iter().collect()));
            }
        }
    }

    /// Begins to count anew.
    pub fn forget(&mut self) {
        self.log.clear();
        self.rates = 0;
        self.bad = 0;
        self.ticks = 0;
    }

    /// The lines and frames of what is asked for; none where nothing is sent.
    pub fn asked(&self, n: u8, source: Source) -> Option<(u32, f64)> {
        let encoding = self.sent.get(&(peer(n), source)).filter(|encoding| encoding.send)?;
        let capture = self.captures.get(&source)?;
        let lines = f64::from(capture.height) / encoding.scale_resolution_down_by;
        let frames = encoding.max_framerate.unwrap_or(capture.frames);
        Some((lines as u32, f64::from(frames)))
    }

    pub fn camera(&self, n: u8) -> (u32, f64) {
        self.asked(n, Source::Camera).unwrap_or((0, 0.0))
    }

    /// Frames that really arrive at a peer.
    pub fn frames(&self, n: u8) -> f64 {
        self.camera(n).1.min(self.light) * self.done
    }

    /// Pixels a second that are asked for.
    pub fn asked_work(&self) -> f64 {
        let pictures = self.sent.keys().filter(|(_, source)| *source != Source::Microphone);
        pictures
            .filter_map(|(id, source)| {
                let (lines, frames) = self.asked(id.into_bytes()[0], *source)?;
                let capture = self.captures.get(source)?;
                let pixels = f64::from(lines * lines) * f64::from(capture.width) / f64::from(capture.height);
                Some((pixels + 10_000.0) * frames.min(self.light))
            })
            .sum()
    }

    /// What may be sent to a peer, in bit/s, with 40 kbit/s for its sound.
    pub fn allowed(&self, id: PeerId) -> f64 {
        let pictures = [Source::Camera, Source::Screen].into_iter().filter_map(|source| {
            self.captures.get(&source)?;
            self.sent.get(&(id, source)).filter(|encoding| encoding.send)
        });
        40_000.0 + pictures.map(|encoding| f64::from(encoding.max_bitrate)).sum::<f64>()
    }

    /// How many changes that one sees there were since [`Self::forget`].
    pub fn changes(&self) -> usize {
        self.log
            .iter()
            .filter(|(_, _, source, _)| *source != Source::Microphone)
            .count()
    }

    /// A source gives no more frames than the one of its encodings that has most, and browsers count those.
    fn most_frames(&self, source: Source) -> f64 {
        let asked = |id: &PeerId| self.asked(id.into_bytes()[0], source);
        let frames = self.paths.keys().filter_map(asked).map(|(_, frames)| frames);
        frames.fold(0.0, f64::max)
    }

    fn work(&mut self) {
        let asked = self.asked_work();
        self.done = if asked > 0.0 {
            (self.processor / asked).min(1.0)
        } else {
            1.0
        };
    }

    fn carry(&mut self) {
        let offers: BTreeMap<PeerId, f64> = self
            .paths
            .iter()
            .map(|(id, path)| {
                let pictures = (self.allowed(*id) - 40_000.0) * self.liveliness;
                // Without estimates there is no congestion control here either, so that nothing but loss and round trip tells.
                let open = !self.has_estimates;
                let fitting = if open {
                    f64::INFINITY
                } else {
                    (path.estimate.max(self.least_estimate) - VOICE).max(0.0)
                };
                (*id, VOICE + pictures.min(fitting))
            })
            .collect();
        let total: f64 = offers.values().sum();
        self.queue = (self.queue + (total - self.uplink) * SECONDS).max(0.0);
        let longest = self.uplink * 0.8;
        self.loss = if self.queue > longest {
            ((total - self.uplink) / total).max(0.0)
        } else {
            0.0
        };
        self.queue = self.queue.min(longest);
        let delay = self.queue / self.uplink;
        self.ticks += 1;
        self.bad += u32::from(delay > 0.4 || self.loss > 0.02);
        let share = (self.uplink / total).min(1.0);
        for (id, path) in &mut self.paths {
            path.acked = (offers[id] * share).min(path.narrow);
            path.acked_slowly += (path.acked - path.acked_slowly) * 0.2;
            let overused = delay > 0.06 || offers[id] > path.narrow;
            if overused && self.now >= path.lowered + Duration::from_millis(300) {
                path.estimate = path.estimate.min(0.85 * path.acked);
                path.lowered = self.now;
            } else if !overused {
                let bound = (1.5 * path.acked_slowly + 10_000.0).max(path.estimate);
                path.estimate = (path.estimate * 1.08_f64.powf(SECONDS)).min(bound);
            }
        }
    }

    fn stats(&self) -> BTreeMap<PeerId, PathStats> {
        let delay = Duration::from_secs_f64(0.03 + self.queue / self.uplink);
        let limitation = |lines: u32| {
            if self.done < 0.8 {
                Limitation::Cpu
            } else if lines < 270 {
                // What its own limit makes coarse reads so as well.
                Limitation::Bandwidth
            } else {
                Limitation::None
            }
        };
        let pictures = self.paths.len().max(1) as f64;
        let encode_load = self.encoders.map(|cost| cost * self.asked_work() / pictures);
        let of = |(id, path): (&PeerId, &Path)| {
            let streams = self.captures.iter().filter_map(|(source, capture)| {
                let (lines, frames) = self.asked(id.into_bytes()[0], *source)?;
                let stream = StreamStats {
                    // Browsers count whole frames, of the last second.
                    frames: Some((frames.min(self.light) * self.done).floor()),
                    source_frames: Some(f64::from(capture.frames).min(self.light).min(self.most_frames(*source))),
                    lines: Some(lines),
                    limitation: self.names_limits.then(|| limitation(lines)),
                    encode_load,
                };
                Some((*source, stream))
            });
            let stats = PathStats {
                available_outgoing_bitrate: self.has_estimates.then_some(path.estimate.max(self.least_estimate)),
                sent_bitrate: Some(path.acked_slowly),
                loss: Some(self.loss),
                round_trip: Some(delay),
                media_round_trip: None,
                streams: streams.collect(),
            };
            (*id, stats)
        };
        self.paths.iter().map(of).collect()
    }
}
