//! How well somebody is received, in figures and in one sentence.

use protocol::Route;

/// What is received from somebody, over the last two seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Pixels of their picture, 0 by 0 while none comes.
    pub width: u32,
    /// See `width`.
    pub height: u32,
    /// Frames a second.
    pub frames: u32,
    /// Pictures and sounds together, in kbit/s.
    pub kilobits: u32,
    /// Of a thousand packets, so many did not come.
    pub lost_permille: u32,
    /// Milliseconds to them and back.
    pub round_trip_ms: Option<u32>,
    /// Which way it comes.
    pub route: Option<Route>,
}

/// How good a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grade {
    /// Nothing that one would notice.
    Good,
    /// Talking over one another, a picture that stops now and then.
    Fair,
    /// Words are missing.
    Poor,
}

impl Figures {
    /// Packets that are lost are heard before a long way is (ITU-T G.114: 150 ms one way go unnoticed, 400 are the most that is acceptable).
    pub(crate) fn grade(self) -> Grade {
        match (self.lost_permille, self.round_trip_ms.unwrap_or(0)) {
            (0..=19, 0..=300) => Grade::Good,
            (0..=79, 0..=800) => Grade::Fair,
            _ => Grade::Poor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_of_loss_and_delay_makes_the_grade() {
        for (lost_permille, round_trip_ms, grade) in [
            (0, None, Grade::Good),
            (19, Some(300), Grade::Good),
            (20, Some(0), Grade::Fair),
            (0, Some(301), Grade::Fair),
            (80, Some(0), Grade::Poor),
            (0, Some(801), Grade::Poor),
            (1000, Some(u32::MAX), Grade::Poor),
        ] {
            let figures = Figures {
                lost_permille,
                round_trip_ms,
                ..Figures::default()
            };
            assert_eq!(figures.grade(), grade, "{lost_permille} {round_trip_ms:?}");
        }
    }
}
