//! When the system has no more sockets: said once when it begins, and once when it is over. Pure: the time is an argument.

use std::time::Duration;

use tokio::time::Instant;

/// Connections must be accepted for so long before it is over: at the limit, one comes and one goes.
pub(crate) const CALM: Duration = Duration::from_secs(5);

/// Whether connections can be accepted.
#[derive(Debug, Default)]
pub(crate) struct Shortage(Option<Lack>);

#[derive(Debug)]
struct Lack {
    since: Instant,
    last: Instant,
}

impl Shortage {
    /// None could be accepted. `true` where that is news.
    pub(crate) fn meets(&mut self, now: Instant) -> bool {
        match &mut self.0 {
            Some(lack) => {
                lack.last = now;
                false
            }
            None => {
                self.0 = Some(Lack { since: now, last: now });
                true
            }
        }
    }

    /// When to look whether it is over.
    pub(crate) fn look_at(&self) -> Option<Instant> {
        self.0.as_ref().map(|lack| lack.last + CALM)
    }

    /// How long it took, once, when it is over.
    pub(crate) fn is_over(&mut self, now: Instant) -> Option<Duration> {
        let lack = self.0.take_if(|lack| now >= lack.last + CALM)?;
        Some(lack.last - lack.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_when_it_begins_and_once_when_it_is_over() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut shortage = Shortage::default();
        assert_eq!((shortage.look_at(), shortage.is_over(at(0))), (None, None));
        let news = (0..100).filter(|nth| shortage.meets(at(nth * 100))).count();
        assert_eq!(news, 1);
        assert_eq!(shortage.look_at(), Some(at(9_900) + CALM));
        assert_eq!(shortage.is_over(at(14_899)), None, "it may go on");
        assert_eq!(shortage.is_over(at(14_900)), Some(Duration::from_millis(9_900)));
        assert_eq!(shortage.is_over(at(20_000)), None, "said already");
        assert!(shortage.meets(at(30_000)), "another one is news");
    }
}
