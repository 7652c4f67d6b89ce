//! How fast files go to one peer, so that what people say and show keeps its share of the path.
//!
//! A data channel has a congestion control of its own (SCTP, RFC 9260 section 7.2), which fills the queue of the narrowest link until
//! packets are lost. Sounds and pictures wait in that queue, too: the round trip grows. So the rate is limited here. While the round trip
//! is over one and a half of its least, files take less than half of what the path is thought to carry; while it is not, the limit grows.
//! A busy machine makes round trips long, too, where no path is full. That must not stop a file: both media and the path's own round trip
//! have to show that packets wait, and afterwards the limit is not far below what has gone before.

use std::time::Duration;

use crate::quality::PathStats;

/// In bytes a second, as all rates here: what a path that nothing is known of is tried with.
const FIRST: f64 = 250_000.0;
/// It is never less than a piece a second.
const LEAST: f64 = 16_384.0;
/// And never more than this: then it is no limit.
const MOST: f64 = 125_000_000.0;

/// The round trip says that packets wait when it is longer than the least one by more than this part of it, and by more than that: it
/// doubles at a whim.
const QUEUED: u32 = 2;
const WHIM: Duration = Duration::from_millis(20);
/// Within a machine or a local network, where the least is this at most, it is longer by that, too, where the processor is what is short. Nobody
/// hears a wait of so little, and a path that is full makes them wait longer.
const NEAR: Duration = Duration::from_millis(5);
const BUSY: Duration = Duration::from_millis(80);
/// Least round trips are forgotten after one to two of these: the path may be another one.
const REMEMBERED: Duration = Duration::from_secs(30);

/// Files take so much of what the path is thought to carry while packets wait.
const SHARE: f64 = 0.45;
/// How the limit grows with each look while nothing waits: in this way until packets wait for the first time and after so many calm looks,
const FAST: f64 = 3.0;
/// (on a near path twice as fast, which is seldom narrow)
const FASTER: f64 = FAST * FAST;
const CALM: u32 = 12;
/// and in this way where it has been too much lately.
const SLOW: f64 = 1.1;
/// Once nothing waits any more it begins again at so much of what was too much, and at no less than so much of what has gone lately while
/// nothing waited: long round trips that were no queue cost little, however many there are.
const AGAIN: f64 = 0.5;
const PROVEN: f64 = 0.7;

/// What was not used of the limit is used later, for so long.
const SAVED: Duration = Duration::from_millis(250);
/// So much of the limit waits in a data channel. More would pass whatever is limited here.
const QUEUE: f64 = 0.25;

/// How long to wait at least when there is nothing left, so that a fast path takes several pieces each time.
const NAP: Duration = Duration::from_millis(10);

/// The limit for one peer's path.
#[derive(Debug)]
pub(super) struct Pace {
    limit: f64,
    /// What was sent is paid for up to then.
    paid_to: Duration,
    /// The least round trips of the time now, and of the time before.
    least: [Option<Duration>; 2],
    since: Duration,
    /// Looks without waiting packets in a row, if they ever waited.
    calm: Option<u32>,
    /// The limit with which packets began to wait.
    too_much: f64,
    /// The highest rates that went while nothing waited, of the time now and of the time before.
    proven: [f64; 2],
    /// The rate of the newest look, if nothing waited. It is proven when nothing waits at the next one either: round trips are known late.
    calm_rate: f64,
    /// Bytes since the last look, which was then.
    sent: u64,
    looked: Option<Duration>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            limit: FIRST,
            paid_to: Duration::ZERO,
            least: [None; 2],
            since: Duration::ZERO,
            calm: None,
            too_much: 0.0,
            proven: [0.0; 2],
            calm_rate: 0.0,
            sent: 0,
            looked: None,
        }
    }
}

impl Pace {
    /// Looks at new stats of the path.
    pub(super) fn look(&mut self, now: Duration, stats: &PathStats) {
        let since = self
            .looked
            .replace(now)
            .map_or(Duration::ZERO, |looked| now.saturating_sub(looked));
        let sent = std::mem::take(&mut self.sent);
        let Some(own) = stats.round_trip.or(stats.media_round_trip) else {
            return;
        };
        // The path's own round trip is that of one packet in 2.5 s. A machine that is busy for a moment makes it long; media's reports show
        // then that packets do not wait.
        let trip = stats.media_round_trip.map_or(own, |media| media.min(own));
        if now.saturating_sub(self.since) >= REMEMBERED {
            self.since = now;
            self.least = [None, self.least[0]];
            self.proven = [0.0, self.proven[0]];
        }
        self.least[0] = Some(self.least[0].map_or(own, |least| least.min(own)));
        let least = self.least.into_iter().flatten().min().unwrap_or(own);
        let rate = match since.as_secs_f64() {
            seconds if seconds > 0.0 => sent as f64 / seconds,
            _ => 0.0,
        };
        let is_near = least <= NEAR;
        let whim = if is_near { BUSY } else { WHIM };
        if trip > least.saturating_add(least / QUEUED) && trip > least.saturating_add(whim) {
            if self.calm.replace(0) != Some(0) {
                self.too_much = self.limit;
            }
            // Without an estimate: what it carries now, media and files.
            let media = |bits: Option<f64>| {
                bits.filter(|bits| bits.is_finite() && *bits >= 0.0)
                    .map(|bits| bits / 8.0)
            };
            let carried = media(stats.sent_bitrate).unwrap_or(0.0) + rate;
            let outgoing = match media(stats.available_outgoing_bitrate) {
                // It is an estimate of what media needs. A near path carries many times that.
                Some(outgoing) if is_near => outgoing.max(carried),
                Some(outgoing) => outgoing,
                None => carried,
            };
            self.limit = self.limit.min(SHARE * outgoing).max(LEAST);
            self.calm_rate = 0.0;
            return;
        }
        if self.calm == Some(0) {
            let proven = PROVEN * self.proven[0].max(self.proven[1]);
            self.limit = self.limit.max(AGAIN * self.too_much).max(proven);
        }
        self.proven[0] = self.proven[0].max(self.calm_rate);
        self.calm_rate = rate;
        let is_slow = self.calm.is_some_and(|calm| calm < CALM);
        self.calm = self.calm.map(|calm| calm.saturating_add(1));
        // What is not used says nothing.
        if rate >= self.limit / 2.0 {
            let more = match (is_slow, self.calm) {
                (true, _) => SLOW,
                (_, None) if is_near => FASTER,
                _ => FAST,
            };
            self.limit = (self.limit * more).min(MOST);
        }
    }

    /// The connection is another one: nothing is known of its path.
    pub(super) fn forget(&mut self) {
        *self = Self {
            paid_to: self.paid_to,
            ..Self::default()
        };
    }

    /// Takes so many bytes, if they may be sent now.
    pub(super) fn take(&mut self, now: Duration, bytes: usize) -> bool {
        if self.paid_to > now {
            return false;
        }
        let cost = Duration::from_secs_f64(bytes as f64 / self.limit);
        self.paid_to = self.paid_to.max(now.saturating_sub(SAVED)) + cost;
        self.sent += bytes as u64;
        true
    }

    /// When to ask again after there was nothing to take.
    pub(super) fn ready_at(&self) -> Duration {
        self.paid_to + NAP
    }

    /// Bytes that may wait in one data channel, but for a first frame.
    pub(super) fn queue(&self) -> usize {
        // Far below what a usize holds.
        (self.limit * QUEUE) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(round_trip: u64, available: Option<f64>, sent: Option<f64>) -> PathStats {
        PathStats {
            round_trip: Some(Duration::from_millis(round_trip)),
            available_outgoing_bitrate: available,
            sent_bitrate: sent,
            ..PathStats::default()
        }
    }

    /// A sender that always has more: it looks every two seconds, and sends as it may.
    struct Sender {
        pace: Pace,
        now: Duration,
    }

    impl Sender {
        fn new() -> Self {
            Self {
                pace: Pace::default(),
                now: Duration::ZERO,
            }
        }

        /// Two seconds, then a look. Returns what was sent, in bit/s.
        fn goes(&mut self, stats: &PathStats) -> f64 {
            let until = self.now + Duration::from_secs(2);
            let mut bytes = 0;
            while self.now < until {
                while self.pace.take(self.now, 16_384) {
                    bytes += 16_384;
                }
                self.now = self.pace.ready_at().max(self.now + Duration::from_nanos(1));
            }
            self.now = until;
            self.pace.look(self.now, stats);
            f64::from(bytes) * 4.0
        }
    }

    #[test]
    fn on_a_path_that_stays_calm_it_is_soon_no_limit() {
        let mut sender = Sender::new();
        let rates: Vec<_> = (0..12)
            .map(|n| sender.goes(&stats(5 + n % 2 * 10, None, None)))
            .collect();
        assert!((1.8e6..2.4e6).contains(&rates[0]), "{rates:?}");
        assert!(rates[11] > 800e6, "{rates:?}");
        assert!(sender.pace.queue() > super::super::FILE_BUFFERED_HIGH);
    }

    #[test]
    fn while_packets_wait_it_is_below_half_of_the_estimate() {
        let mut sender = Sender::new();
        for _ in 0..6 {
            sender.goes(&stats(40, Some(6e6), None));
        }
        let too_much = sender.goes(&stats(61, Some(6e6), None));
        for _ in 0..20 {
            let rate = sender.goes(&stats(90, Some(4e6), None));
            assert!(rate < 3e6, "{rate}");
        }
        let rate = sender.goes(&stats(90, Some(4e6), None));
        assert!((1.5e6..2e6).contains(&rate), "{rate}");
        assert!(sender.pace.queue() < 100_000);
        // It comes back to half of what was too much, and goes on slowly from there.
        let rates: Vec<_> = (0..18).map(|_| sender.goes(&stats(40, Some(4e6), None))).collect();
        assert!((0.4 * too_much..0.6 * too_much).contains(&rates[1]), "{rates:?}");
        assert!(rates[3] < 1.3 * rates[1] && rates[17] > 1.5 * too_much, "{rates:?}");
    }

    #[test]
    fn a_long_round_trip_that_media_does_not_see_is_no_queue() {
        let media = |round_trip, trip| PathStats {
            media_round_trip: Some(Duration::from_millis(trip)),
            ..stats(round_trip, Some(2e6), None)
        };
        let mut sender = Sender::new();
        for n in 0..12 {
            sender.goes(&media(if n % 3 == 2 { 96 } else { 30 }, 33));
        }
        sender.goes(&media(30, 110));
        assert!(sender.goes(&media(110, 110)) > 800e6, "as if nothing had happened");
        assert!(sender.goes(&media(30, 30)) < 1e6, "both have seen it");
    }

    #[test]
    fn long_round_trips_that_are_no_queue_cost_little_however_many_there_are() {
        let mut sender = Sender::new();
        for _ in 0..12 {
            sender.goes(&stats(30, Some(2e6), None));
        }
        for n in 0..40 {
            let rate = sender.goes(&stats(if n % 4 == 0 { 90 } else { 30 }, Some(2e6), None));
            assert!(n % 4 == 1 || rate > 60e6, "{n}: {rate}");
        }
    }

    #[test]
    fn within_a_local_network_a_busy_machine_is_no_queue_and_a_full_path_gives_way_step_by_step() {
        let mut sender = Sender::new();
        // No more than four looks until it is as fast as can be.
        let rates: Vec<_> = (0..6)
            .map(|n| sender.goes(&stats(1 + n % 2 * 70, Some(1e6), None)))
            .collect();
        assert!(rates[4] > 800e6, "{rates:?}");
        let before = rates[5];
        sender.goes(&stats(120, Some(1e6), Some(1e6)));
        let rates: Vec<_> = (0..12)
            .map(|_| sender.goes(&stats(120, Some(1e6), Some(1e6))))
            .collect();
        assert!((0.3 * before..0.5 * before).contains(&rates[0]), "{rates:?}");
        assert!(rates[11] < 3e6, "{rates:?}");
    }

    #[test]
    fn without_an_estimate_it_is_below_half_of_what_goes() {
        let mut sender = Sender::new();
        for _ in 0..3 {
            sender.goes(&stats(40, None, Some(1e6)));
        }
        let before = sender.goes(&stats(200, None, Some(1e6)));
        let rate = sender.goes(&stats(200, None, Some(1e6)));
        assert!(rate < (before + 1e6) / 2.0, "{rate} of {before}");
        for _ in 0..50 {
            sender.goes(&stats(200, None, None));
            sender.pace.least = [Some(Duration::from_millis(40)), None];
        }
        let rate = sender.goes(&stats(200, None, None));
        assert!((100e3..200e3).contains(&rate), "a piece a second: {rate}");
    }

    #[test]
    fn a_path_that_has_become_longer_is_taken_as_it_is_after_a_minute() {
        let mut sender = Sender::new();
        for _ in 0..8 {
            sender.goes(&stats(20, Some(8e6), None));
        }
        for _ in 0..45 {
            sender.goes(&stats(120, Some(8e6), None));
        }
        let rate = sender.goes(&stats(120, Some(8e6), None));
        assert!(rate > 20e6, "{rate}");
    }

    #[test]
    fn stats_without_sense_change_nothing_and_what_is_not_used_does_not_grow() {
        let mut pace = Pace::default();
        pace.look(Duration::ZERO, &stats(u64::MAX, None, None));
        pace.look(Duration::from_secs(1), &PathStats::default());
        pace.look(Duration::from_secs(2), &stats(40, Some(f64::NAN), Some(-1.0)));
        pace.look(Duration::from_secs(2), &stats(40, None, None));
        for n in 3..100 {
            pace.look(Duration::from_secs(n), &stats(40, None, None));
        }
        assert!((FIRST..=FIRST).contains(&pace.limit));
        pace.look(
            Duration::from_secs(100),
            &stats(400, Some(f64::NAN), Some(f64::INFINITY)),
        );
        assert!((LEAST..=LEAST).contains(&pace.limit));
        pace.forget();
        assert!((FIRST..=FIRST).contains(&pace.limit));
    }

    /// A path of one queue, as wide as `bits`, with sounds and pictures on it. Returns the longest that media waits in it after the first
    /// seconds, and what files get of it.
    fn shared(bits: f64) -> (f64, f64) {
        let (mut sender, media) = (Sender::new(), bits * 0.3);
        let (mut queue, mut files, mut longest) = (0.0_f64, 0.0, 0.0_f64);
        for n in 0..100 {
            let trip = 0.03 + queue / bits;
            let report = PathStats {
                round_trip: Some(Duration::from_secs_f64(trip)),
                available_outgoing_bitrate: Some(bits),
                ..PathStats::default()
            };
            let rate = sender.goes(&report);
            // A data channel's own congestion control: no more than the path carries and one second of queue.
            let sent = rate.min(bits);
            queue = (queue + 2.0 * (sent + media - bits)).clamp(0.0, bits);
            if n > 20 {
                longest = longest.max(queue / bits);
                files += sent / bits / 79.0;
            }
        }
        (longest, files)
    }

    #[test]
    fn on_a_narrow_path_media_waits_little_and_files_get_a_good_part() {
        for bits in [1e6, 5e6, 50e6] {
            let (longest, files) = shared(bits);
            assert!(longest < 0.7, "{bits}: media waits {longest} s");
            assert!(files > 0.4, "{bits}: files get {files}");
        }
    }
}
