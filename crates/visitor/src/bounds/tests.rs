//! Addresses in virtual time.

use std::sync::atomic::AtomicUsize;

use governor::clock::FakeRelativeClock;
use proptest::prelude::*;

use super::*;

type Fake = FakeRelativeClock;

fn bounds(factor: u32) -> (Bounds<Fake>, Fake, Arc<AtomicUsize>) {
    let clock = Fake::default();
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let limits = Limits::times(NonZeroU32::new(factor).expect("not zero"));
    let bounds = Bounds::new(limits, clock.clone(), move |_| {
        count.fetch_add(1, Relaxed);
    });
    (bounds, clock, told)
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn done(bounds: &Bounds<Fake>, ip: IpAddr, act: Act) -> usize {
    let visitor = bounds.visitor(ip);
    (0..1_000_000).take_while(|_| bounds.may(&visitor, act)).count()
}

#[test]
fn an_address_may_do_a_burst_and_then_its_rate() {
    for factor in [1, 3] {
        let (bounds, clock, _) = bounds(factor);
        for (act, burst, a_second) in [
            (Act::Handshake, 250, 50),
            (Act::Request, 2_000, 200),
            (Act::Join, 100, 20),
            (Act::Room, 60, 1),
            (Act::Peek, 100, 10),
            (Act::Probe, 100, 10),
            (Act::Frames(1), 40_000, 4_000),
            (Act::Frames(4_000), 0, 1),
        ] {
            clock.advance(QUIET);
            if burst > 0 {
                assert_eq!(
                    done(&bounds, ip("203.0.113.7"), act),
                    burst * factor as usize,
                    "{act:?}"
                );
                clock.advance(Duration::from_secs(1));
            } else {
                done(&bounds, ip("203.0.113.7"), act);
                clock.advance(Duration::from_secs(1));
            }
            assert_eq!(
                done(&bounds, ip("203.0.113.7"), act),
                a_second * factor as usize,
                "{act:?}"
            );
        }
    }
}

#[test]
fn another_address_notices_nothing() {
    let (bounds, ..) = bounds(1);
    done(&bounds, ip("203.0.113.7"), Act::Join);
    for (other, there) in [
        ("203.0.113.8", 100),
        ("::ffff:203.0.113.7", 0),
        ("2001:db8:0:aa00::1", 100),
        // The same 56 bits.
        ("2001:db8:0:aaff::2", 0),
        ("2001:db8:0:ab00::1", 100),
    ] {
        assert_eq!(done(&bounds, ip(other), Act::Join), there, "{other}");
    }
}

#[test]
fn what_is_held_counts_until_it_is_let_go() {
    let (bounds, ..) = bounds(1);
    let visitor = bounds.visitor(ip("203.0.113.7"));
    let mut held: Vec<_> = std::iter::from_fn(|| bounds.hold(&visitor, Kept::Connection)).collect();
    assert_eq!(held.len(), 500);
    assert_eq!(
        std::iter::from_fn(|| bounds.hold(&visitor, Kept::Socket))
            .take(1_000)
            .count(),
        1_000,
        "dropped at once"
    );
    held.truncate(490);
    assert_eq!(
        std::iter::from_fn(|| bounds.hold(&visitor, Kept::Connection).map(std::mem::forget)).count(),
        10
    );
    assert_eq!(bounds.refused().to_string(), "2 connections");
}

#[test]
fn whoever_floods_is_told_of_once_a_minute() {
    let (bounds, clock, told) = bounds(1);
    for _ in 0..120 {
        done(&bounds, ip("203.0.113.7"), Act::Join);
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(told.load(Relaxed), 2);
}

#[test]
fn the_quiet_are_forgotten_and_those_who_hold_something_are_not() {
    let (bounds, clock, _) = bounds(1);
    let visitor = bounds.visitor(ip("203.0.113.7"));
    let held = bounds.hold(&visitor, Kept::Socket);
    drop(visitor);
    let size = || bounds.0.table.lock().expect("not poisoned").visitors.len();
    let crowd = |net: u32| {
        for n in 0..SWEEP as u32 {
            drop(bounds.visitor(IpAddr::from((net << 24 | n).to_be_bytes())));
        }
    };
    crowd(10);
    clock.advance(QUIET);
    crowd(11);
    assert_eq!(size(), SWEEP + 1, "the second crowd and the one who holds a socket");
    assert!(held.is_some());
    assert_eq!(bounds.visitor(ip("203.0.113.7")).held[1].load(Relaxed), 1);
}

#[test]
fn however_many_come_memory_is_bounded_and_the_last_share_one_set() {
    let (bounds, clock, _) = bounds(1);
    for n in 0..ADDRESSES as u32 + 10 {
        drop(bounds.visitor(IpAddr::from(n.to_be_bytes())));
    }
    assert_eq!(bounds.0.table.lock().expect("not poisoned").visitors.len(), ADDRESSES);
    done(&bounds, ip("203.0.113.7"), Act::Join);
    assert_eq!(done(&bounds, ip("203.0.113.8"), Act::Join), 0, "they share");
    assert_eq!(
        done(&bounds, IpAddr::from([0, 0, 0, 1]), Act::Join),
        100,
        "the first has its own"
    );
    clock.advance(QUIET);
    assert_eq!(done(&bounds, ip("203.0.113.8"), Act::Join), 100, "there is place again");
}

proptest! {
    /// Over any time, an address does no more than a burst and what its rate allows.
    #[test]
    fn no_pattern_gains_more_than_burst_and_rate(steps in prop::collection::vec((0_u64..3_000, 0_usize..200), 1..100)) {
        let (bounds, clock, _) = bounds(1);
        let visitor = bounds.visitor(ip("203.0.113.7"));
        let (mut millis, mut taken) = (0, 0);
        for (wait, tries) in steps {
            clock.advance(Duration::from_millis(wait));
            millis += wait;
            taken += (0..tries).filter(|_| bounds.may(&visitor, Act::Join)).count() as u64;
            prop_assert!(taken <= 100 + millis * 20 / 1_000, "{taken} in {millis} ms");
        }
    }
}
