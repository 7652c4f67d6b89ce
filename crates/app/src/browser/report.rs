//! What an `RTCStatsReport` says (W3C WebRTC Statistics): which way media goes, and what the path and the machine give.

use std::time::Duration;

use call::Source;
use call::quality::{Limitation, PathStats, StreamStats};
use protocol::{PeerId, PeerStats, Route};
use wasm_bindgen::prelude::*;

use super::connection::Connection;
use super::rtc_ext::{get, get_text};
use crate::figures::Figures;

/// Counters of the report before, from which rates follow.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    /// Milliseconds.
    at: f64,
    bytes_sent: f64,
    /// Of everything that comes: when, and how much by then.
    received_at: f64,
    bytes_received: f64,
    packets_received: f64,
    packets_lost: f64,
    /// Seconds, by source.
    encoding: [f64; 4],
}

/// The entries of a report.
pub(super) struct Report {
    map: JsValue,
    entries: Vec<JsValue>,
}

impl Report {
    /// `undefined` is an empty one.
    pub(super) fn new(map: JsValue) -> Self {
        let entries = if map.is_object() {
            js_sys::Array::from(&map).iter().map(|entry| get(&entry, "1")).collect()
        } else {
            Vec::new()
        };
        Self { map, entries }
    }

    fn of_type(&self, wanted: &'static str) -> impl Iterator<Item = &JsValue> {
        self.entries
            .iter()
            .filter(move |entry| get_text(entry, "type").as_deref() == Some(wanted))
    }

    fn by_id(&self, id: &JsValue) -> JsValue {
        // It is like a map, and answers as one.
        if self.map.is_object() {
            self.map.unchecked_ref::<js_sys::Map>().get(id)
        } else {
            JsValue::UNDEFINED
        }
    }

    /// The candidate pair in use, or `undefined`.
    fn pair(&self) -> JsValue {
        let selected = |transport| self.by_id(&get(transport, "selectedCandidatePairId"));
        // Firefox has no transport.
        let marked = || {
            let mut pairs = self.of_type("candidate-pair");
            pairs.find(|pair| get(pair, "selected").is_truthy()).cloned()
        };
        self.of_type("transport")
            .map(selected)
            .find(JsValue::is_object)
            .or_else(marked)
            .unwrap_or(JsValue::UNDEFINED)
    }

    /// How media goes to a peer, for showing.
    pub(super) fn peer_stats(&self, peer: PeerId) -> PeerStats {
        let mut stats = PeerStats {
            peer,
            route: Route::None,
            round_trip_ms: None,
            lost_permille: 0,
        };
        for inbound in self.of_type("remote-inbound-rtp") {
            let lost = thousandths(inbound, "fractionLost").unwrap_or(0);
            stats.lost_permille = stats.lost_permille.max(lost);
            stats.round_trip_ms = stats.round_trip_ms.or(thousandths(inbound, "roundTripTime"));
        }
        let pair = self.pair();
        if pair.is_object() {
            stats.round_trip_ms = thousandths(&pair, "currentRoundTripTime").or(stats.round_trip_ms);
            stats.route = self.route(&pair);
        }
        stats
    }

    fn route(&self, pair: &JsValue) -> Route {
        let [local, remote] = ["localCandidateId", "remoteCandidateId"].map(|key| self.by_id(&get(pair, key)));
        let is_relayed = |end| get_text(end, "candidateType").as_deref() == Some("relay");
        let over = |key| get_text(&local, key).unwrap_or_default();
        match (is_relayed(&local), is_relayed(&remote)) {
            (true, _) => match over("relayProtocol").as_str() {
                "tls" => Route::RelayedTls,
                "tcp" => Route::RelayedTcp,
                _ => Route::RelayedUdp,
            },
            // Theirs: up to it we have a way of our own.
            (_, true) => Route::RelayedUdp,
            _ if over("protocol") == "tcp" => Route::DirectTcp,
            _ => Route::DirectUdp,
        }
    }

    /// What the path and the machine give, for the sizes that are sent.
    pub(super) fn path_stats(&self, connection: &Connection) -> PathStats {
        let mut totals = connection.totals().borrow_mut();
        let before = *totals;
        let pair = self.pair();
        let mut stats = PathStats {
            available_outgoing_bitrate: number(&pair, "availableOutgoingBitrate"),
            round_trip: number(&pair, "currentRoundTripTime").and_then(seconds),
            ..PathStats::default()
        };
        for inbound in self.of_type("remote-inbound-rtp") {
            let lost = number(inbound, "fractionLost").unwrap_or(0.0);
            stats.loss = Some(stats.loss.unwrap_or(0.0).max(lost));
            // Sound is reported on every five seconds: what was known before says nothing of now.
            let is_new = number(inbound, "timestamp").is_some_and(|at| at > before.at);
            if let Some(trip) = number(inbound, "roundTripTime").filter(|_| is_new).and_then(seconds) {
                stats.media_round_trip = Some(stats.media_round_trip.map_or(trip, |least| least.min(trip)));
            }
        }
        let mut bytes_sent = 0.0;
        for outbound in self.of_type("outbound-rtp") {
            // Estimates count headers, too.
            let bytes = ["bytesSent", "headerBytesSent"].map(|name| number(outbound, name).unwrap_or(0.0));
            bytes_sent += bytes.into_iter().sum::<f64>();
            totals.at = number(outbound, "timestamp").unwrap_or(0.0);
            let source = get_text(outbound, "mid").and_then(|mid| connection.source_of(&mid));
            let Some(source) = source.filter(|_| get_text(outbound, "kind").as_deref() == Some("video")) else {
                continue;
            };
            let encoding = number(outbound, "totalEncodeTime").unwrap_or(0.0);
            let spent = std::mem::replace(&mut totals.encoding[source.m_line()], encoding);
            let stream = StreamStats {
                encode_load: rate(encoding - spent, totals.at - before.at),
                ..self.stream(outbound)
            };
            stats.streams.insert(source, stream);
        }
        totals.bytes_sent = bytes_sent;
        stats.sent_bitrate = rate((bytes_sent - before.bytes_sent) * 8.0, totals.at - before.at);
        stats
    }

    /// How well the peer is received since the report before. `stats` is what the same report says of the way.
    pub(super) fn figures(&self, connection: &Connection, stats: PeerStats) -> Figures {
        let mut totals = connection.totals().borrow_mut();
        let before = *totals;
        let mut figures = Figures {
            round_trip_ms: stats.round_trip_ms,
            route: Some(stats.route),
            ..Figures::default()
        };
        (totals.bytes_received, totals.packets_received, totals.packets_lost) = (0.0, 0.0, 0.0);
        for inbound in self.of_type("inbound-rtp") {
            let count = |name| number(inbound, name).unwrap_or(0.0);
            totals.received_at = count("timestamp");
            totals.bytes_received += count("bytesReceived");
            totals.packets_received += count("packetsReceived");
            totals.packets_lost += count("packetsLost");
            let source = get_text(inbound, "mid").and_then(|mid| connection.source_of(&mid));
            if source == Some(Source::Camera) {
                figures.width = whole(count("frameWidth"));
                figures.height = whole(count("frameHeight"));
                figures.frames = whole(count("framesPerSecond").round());
            }
        }
        let bytes = totals.bytes_received - before.bytes_received;
        let bits = rate(bytes * 8.0, totals.received_at - before.received_at);
        figures.kilobits = bits.map_or(0, |bits| whole(bits / 1000.0));
        let lost = (totals.packets_lost - before.packets_lost).max(0.0);
        let came = (totals.packets_received - before.packets_received).max(0.0);
        if lost + came > 0.0 {
            figures.lost_permille = whole(1000.0 * lost / (lost + came));
        }
        figures
    }

    fn stream(&self, outbound: &JsValue) -> StreamStats {
        let source = self.by_id(&get(outbound, "mediaSourceId"));
        let sides = [number(outbound, "frameWidth"), number(outbound, "frameHeight")];
        StreamStats {
            frames: number(outbound, "framesPerSecond"),
            source_frames: number(&source, "framesPerSecond"),
            lines: match sides {
                [Some(width), Some(height)] => Some(whole(width.min(height))),
                _ => None,
            },
            limitation: get_text(outbound, "qualityLimitationReason").map(|reason| match reason.as_str() {
                "none" => Limitation::None,
                "cpu" => Limitation::Cpu,
                "bandwidth" => Limitation::Bandwidth,
                _ => Limitation::Other,
            }),
            encode_load: None,
        }
    }
}

fn number(stats: &JsValue, key: &str) -> Option<f64> {
    get(stats, key).as_f64()
}

/// A difference per second, where time has passed in the `milliseconds`.
fn rate(difference: f64, milliseconds: f64) -> Option<f64> {
    (milliseconds > 0.0 && difference >= 0.0).then(|| difference * 1000.0 / milliseconds)
}

fn seconds(value: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value).ok()
}

fn thousandths(stats: &JsValue, key: &str) -> Option<u32> {
    number(stats, key).map(|value| whole(value * 1000.0 + 0.5))
}

fn whole(value: f64) -> u32 {
    // A cast of a float saturates.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = value as u32;
    whole
}
