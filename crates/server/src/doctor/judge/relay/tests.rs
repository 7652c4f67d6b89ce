//! What each trip is judged to mean.

use super::*;
use crate::doctor::finding::Verdict::{Failure, Ok as Fine, Warning};

fn trip(outcome: Result<Carried, Broken>, near: Option<bool>) -> Finding {
    let url = IceUrl::relay("turn:203.0.113.7:3478?transport=udp").expect("a relay");
    judge(&Trip {
        url,
        outcome,
        near,
        reached: true,
    })
}

#[test]
fn a_nat_that_leads_nobody_back_is_no_failure_of_the_relay() {
    for (text, layer) in [
        ("turn:203.0.113.7:3478?transport=udp", "let UDP in on port 3478"),
        ("turns:203.0.113.7:443?transport=tcp", "let TCP in on port 443"),
    ] {
        let url = || IceUrl::relay(text).expect("a relay");
        let judged = |outcome, near| {
            judge(&Trip {
                url: url(),
                outcome: Err(outcome),
                near,
                reached: false,
            })
        };
        let finding = judged(Broken::Silent, Some(true));
        assert_eq!(finding.verdict, Warning, "{finding}");
        for part in ["leads nobody back", "from another network", layer] {
            assert!(finding.to_string().contains(part), "{finding}");
        }
        // It does not even answer here, or something answers there.
        assert_eq!(judged(Broken::Connect("refused".into()), Some(false)).verdict, Failure);
        assert_eq!(judged(Broken::Stranger, None).verdict, Failure);
    }
}

fn carried(received: u32) -> Finding {
    trip(Ok(all(received)), None)
}

fn all(received: u32) -> Carried {
    Carried {
        sent: 20,
        received,
        round_trip: Duration::from_micros(420),
        untrusted: None,
    }
}

#[test]
fn a_way_that_browsers_do_not_take_is_warned_of() {
    let untrusted = Some("UnknownIssuer".to_owned());
    let finding = trip(Ok(Carried { untrusted, ..all(20) }), None);
    assert_eq!(finding.verdict, Warning);
    assert!(finding.to_string().contains("UnknownIssuer"), "{finding}");
}

#[test]
fn what_comes_through_is_counted() {
    for (finding, verdict, part) in [
        (carried(20), Fine, "20 of 20 packets there and back, 0.4 ms"),
        (carried(19), Warning, "19 of 20"),
        (carried(0), Failure, "none of 20"),
    ] {
        assert_eq!(finding.verdict, verdict, "{finding}");
        assert!(finding.to_string().contains(part), "{finding}");
    }
}

#[test]
fn what_does_not_work_says_where_to_look() {
    for (broken, near, part) in [
        (Broken::Silent, None, "nobody answers at 203.0.113.7:3478 over UDP"),
        (Broken::Silent, Some(false), "see that the relay runs"),
        (Broken::Silent, Some(true), "--external-ip"),
        (Broken::Connect("refused".into()), None, "Let UDP in on port 3478"),
        (Broken::Connect("refused".into()), Some(true), "answers on this machine"),
        (Broken::Name("no record".into()), None, "DNS"),
        (
            Broken::Tls("closed".into()),
            None,
            "no TLS with 203.0.113.7:3478: closed",
        ),
        (Broken::Stranger, None, "is no relay"),
        (
            Broken::Refused("Allocate", 401),
            None,
            "Allocate with 401 (Unauthenticated)",
        ),
        (Broken::Refused("Allocate", 440), None, "IPv4"),
        (Broken::Refused("Allocate", 486), None, "quota"),
        (Broken::Refused("ChannelBind", 403), None, "its own address"),
        (Broken::Refused("ChannelBind", 500), None, "with 500. See"),
    ] {
        let finding = trip(Err(broken), near);
        assert_eq!(finding.verdict, Failure, "{finding}");
        assert_eq!(finding.check, "relay-udp");
        assert!(finding.to_string().contains(part), "{finding}");
    }
}

#[test]
fn a_server_without_a_relay_is_warned_of() {
    let finding = none();
    assert_eq!(finding.verdict, Warning);
    assert!(finding.to_string().contains("--turn-listen"), "{finding}");
}

#[test]
fn a_relay_that_answers_over_one_transport_is_reached_and_silent_over_another_one_it_is_closed() {
    let trip = |text: &str, outcome| Trip {
        url: IceUrl::relay(text).expect("a relay"),
        outcome,
        near: Some(true),
        reached: false,
    };
    let mut trips = [
        trip("turn:203.0.113.7:3478?transport=udp", Err(Broken::Silent)),
        trip("turn:203.0.113.7:3478?transport=tcp", Ok(all(20))),
        trip("turn:198.51.100.9:3478?transport=udp", Err(Broken::Silent)),
    ];
    compare(&mut trips);
    assert_eq!(trips.each_ref().map(|trip| trip.reached), [true, true, false]);
    // So one is a closed port, and the other may be a NAT that leads nobody back.
    assert_eq!(
        trips.each_ref().map(|trip| judge(trip).verdict),
        [Failure, Fine, Warning]
    );
}
