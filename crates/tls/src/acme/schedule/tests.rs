use super::*;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn at(time: Duration) -> SystemTime {
    SystemTime::UNIX_EPOCH + 20_000 * DAY + time
}

/// Lets time go by as the server does, with an authority that says nothing; gives when it orders.
fn orders_at(schedule: &Schedule, now: SystemTime) -> SystemTime {
    orders_with(schedule, now, Schedule::not_suggested)
}

/// The same with an authority that is asked.
fn orders_with(
    schedule: &Schedule,
    mut now: SystemTime,
    mut authority: impl FnMut(&mut Schedule, SystemTime),
) -> SystemTime {
    let mut schedule = schedule.clone();
    loop {
        match schedule.next(now) {
            Next::Order => return now,
            Next::Ask => authority(&mut schedule, now),
            Next::Wait(wait) => {
                assert!(!wait.is_zero() && wait <= LOOK, "the clock is looked at every hour");
                now += wait;
            }
        }
    }
}

fn ninety_days() -> Validity {
    Validity {
        from: at(Duration::ZERO),
        until: at(90 * DAY),
    }
}

#[test]
fn without_a_certificate_it_orders_at_once() {
    assert_eq!(Schedule::new(None, 0.5).next(at(Duration::ZERO)), Next::Order);
}

#[test]
fn a_certificate_is_renewed_after_two_thirds_of_its_life() {
    let schedule = Schedule::new(Some(ninety_days()), 0.0);
    assert_eq!(orders_at(&schedule, at(DAY)), at(60 * DAY));
    let earlier = orders_at(&Schedule::new(Some(ninety_days()), 0.999), at(DAY));
    assert!(earlier > at(58 * DAY) && earlier < at(60 * DAY));
    let six_days = Validity {
        from: at(Duration::ZERO),
        until: at(6 * DAY),
    };
    assert_eq!(orders_at(&Schedule::new(Some(six_days), 0.0), at(HOUR)), at(4 * DAY));
}

#[test]
fn one_that_ended_while_the_server_was_off_is_renewed_at_once() {
    let schedule = Schedule::new(Some(ninety_days()), 0.0);
    assert_eq!(schedule.next(at(100 * DAY)), Next::Order);
}

#[test]
fn failures_are_repeated_ever_less_often() {
    let mut schedule = Schedule::new(None, 0.5);
    let mut now = at(Duration::ZERO);
    let mut tries = Vec::new();
    for _ in 0..6 {
        schedule.failed(now, None, 0.5);
        let next = orders_at(&schedule, now);
        tries.push(next.duration_since(now).unwrap().as_secs());
        now = next;
    }
    assert_eq!(tries, [20, 120, 720, 4320, 21_600, 21_600]);
    for _ in 0..100 {
        assert!(schedule.failed(now, None, 0.99) <= LONGEST.mul_f64(1.2));
    }
}

#[test]
fn five_refusals_never_come_within_one_hour() {
    let mut schedule = Schedule::new(None, 0.0);
    let mut now = at(Duration::ZERO);
    let mut tries = vec![now];
    for _ in 0..4 {
        schedule.failed(now, None, 0.0);
        now = orders_at(&schedule, now);
        tries.push(now);
    }
    assert!(tries[4].duration_since(tries[0]).unwrap() > HOUR, "{tries:?}");
}

#[test]
fn chance_spreads_the_tries() {
    let wait = |chance| Schedule::new(None, 0.0).failed(at(DAY), None, chance);
    assert_eq!((wait(0.0), wait(0.5)), (FIRST.mul_f64(0.8), FIRST));
    assert!(wait(0.999) > FIRST.mul_f64(1.19));
}

#[test]
fn what_the_authority_says_is_done_within_reason() {
    let mut schedule = Schedule::new(None, 0.0);
    assert_eq!(schedule.failed(at(DAY), Some(30 * HOUR), 0.5), 30 * HOUR);
    assert_eq!(orders_at(&schedule, at(DAY)), at(DAY + 30 * HOUR));
    assert_eq!(schedule.failed(at(DAY), Some(900 * DAY), 0.5), TOLD_MAX);
    let sooner = Schedule::new(None, 0.0).failed(at(DAY), Some(FIRST / 2), 0.5);
    assert_eq!(sooner, FIRST, "never sooner than by itself");
}

#[test]
fn a_clock_that_is_put_right_makes_nobody_wait() {
    let mut schedule = Schedule::new(None, 0.0);
    schedule.failed(at(5_000 * DAY), None, 0.5);
    assert_eq!(schedule.next(at(DAY)), Next::Order);
}

/// From one day until another, counted as the certificate's.
fn window(from: u32, until: u32) -> Window {
    Window {
        from: at(from * DAY),
        until: at(until * DAY),
    }
}

#[test]
fn the_renewal_comes_at_a_chance_point_of_the_window_that_the_authority_suggests() {
    for (point, day) in [(0.0, 20), (0.25, 25), (0.75, 35)] {
        let schedule = Schedule::new(Some(ninety_days()), point);
        let mut asked = Vec::new();
        let ordered = orders_with(&schedule, at(DAY), |schedule, now| {
            asked.push(now);
            let changed = schedule.suggested(now, window(20, 40), 6 * HOUR);
            assert_eq!(changed.is_some(), asked.len() == 1, "it is another time once");
        });
        assert_eq!(ordered, at(day * DAY));
        assert_eq!(asked[0], at(DAY), "at the start");
        for pair in asked.windows(2) {
            assert_eq!(pair[1].duration_since(pair[0]).unwrap(), 6 * HOUR, "as it wants it");
        }
    }
}

#[test]
fn a_window_whose_point_is_over_means_at_once() {
    for (suggested, point) in [(window(0, 20), 0.5), (window(10, 12), 0.9)] {
        let mut schedule = Schedule::new(Some(ninety_days()), point);
        assert_eq!(schedule.next(at(15 * DAY)), Next::Ask);
        assert!(schedule.suggested(at(15 * DAY), suggested, HOUR).is_some());
        assert_eq!(schedule.next(at(15 * DAY)), Next::Order);
    }
}

#[test]
fn an_authority_that_changes_its_mind_is_heard() {
    let schedule = Schedule::new(Some(ninety_days()), 0.5);
    // Certificates of that day have to go.
    let ordered = orders_with(&schedule, at(DAY), |schedule, now| {
        let revoked = now >= at(10 * DAY);
        let suggested = if revoked { window(8, 9) } else { window(50, 60) };
        schedule.suggested(now, suggested, 5 * HOUR);
    });
    assert!(ordered >= at(10 * DAY) && ordered <= at(10 * DAY + 5 * HOUR));
}

#[test]
fn without_an_answer_what_was_known_counts() {
    let new = || Schedule::new(Some(ninety_days()), 0.5);
    let mut times = 0;
    let rule = orders_with(&new(), at(DAY), |schedule, now| {
        times += 1;
        schedule.not_suggested(now);
    });
    assert_eq!(rule, at(Duration::ZERO) + (90 * DAY).mul_f64(2.0 / 3.0 - 0.01));
    assert!((200..300).contains(&times), "every six hours: {times}");
    // What makes no sense is no answer (RFC 9773, section 4.2).
    for wrong in [window(30, 30), window(30, 20)] {
        let ordered = orders_with(&new(), at(DAY), |schedule, now| {
            assert_eq!(schedule.suggested(now, wrong, HOUR), None);
        });
        assert_eq!(ordered, rule);
    }
    let mut first = true;
    let once = orders_with(&new(), at(DAY), |schedule, now| {
        if std::mem::take(&mut first) {
            schedule.suggested(now, window(20, 40), HOUR);
        } else {
            schedule.not_suggested(now);
        }
    });
    assert_eq!(once, at(30 * DAY));
}

#[test]
fn nobody_is_asked_too_often_nor_too_seldom_nor_renewed_too_late() {
    let asked_again = |again| {
        let mut schedule = Schedule::new(Some(ninety_days()), 0.5);
        schedule.suggested(at(DAY), window(50, 60), again);
        let mut now = at(DAY);
        while let Next::Wait(wait) = schedule.next(now) {
            now += wait;
        }
        now.duration_since(at(DAY)).unwrap()
    };
    assert_eq!(asked_again(Duration::ZERO), MINUTE);
    assert_eq!(asked_again(3 * HOUR), 3 * HOUR);
    assert_eq!(asked_again(Duration::MAX), DAY);
    let late = orders_with(&Schedule::new(Some(ninety_days()), 0.5), at(DAY), |schedule, now| {
        schedule.suggested(now, window(80, 200), DAY);
    });
    assert_eq!(
        late,
        at(85 * DAY + 12 * HOUR),
        "the last twentieth is for tries that fail"
    );
}

#[test]
fn an_authority_that_wants_each_certificate_renewed_at_once_gets_an_order_every_six_hours() {
    let schedule = Schedule::renewed(ninety_days(), at(HOUR), 0.5);
    let ordered = orders_with(&schedule, at(HOUR), |schedule, now| {
        schedule.suggested(now, window(0, 1), Duration::ZERO);
    });
    assert!(ordered >= at(7 * HOUR), "{ordered:?}");
}

#[test]
fn a_renewal_that_failed_is_repeated_and_nobody_asked_meanwhile() {
    let mut schedule = Schedule::new(Some(ninety_days()), 0.5);
    schedule.suggested(at(2 * DAY), window(0, 1), Duration::ZERO);
    schedule.failed(at(2 * DAY), Some(2 * HOUR), 0.5);
    let ordered = orders_with(&schedule, at(2 * DAY), |_, now| panic!("asked at {now:?}"));
    assert_eq!(ordered, at(2 * DAY + 2 * HOUR));
}
