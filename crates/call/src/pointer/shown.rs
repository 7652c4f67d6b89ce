//! What is shown of pointers and strokes: where, and in which colour.

use protocol::PeerId;
use protocol::peer_message::Spot;

use crate::Person;

/// How many colours there are.
pub const COLOURS: u8 = 8;

/// The colours of people with these places in the room's order of joining, in ascending order: the same at everybody, since everybody has
/// the same roster. Each takes the colour of their own place if nobody before them has it, else the next free one. So up to
/// [`COLOURS`] people differ, and most keep their colour while others come and go.
#[must_use]
pub fn colours(orders: &[u64]) -> Vec<u8> {
    let mut taken = 0_u8;
    let colour_of = |order: &u64| {
        if taken == u8::MAX {
            taken = 0;
        }
        let wish = (order % u64::from(COLOURS)) as u32;
        let ahead = taken.rotate_right(wish).trailing_ones();
        let colour = (wish + ahead) % u32::from(COLOURS);
        taken |= 1 << colour;
        colour as u8
    };
    orders.iter().map(colour_of).collect()
}

/// Everything that is pointed at and drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointing {
    /// One for each person at most.
    pub pointers: Vec<ShownPointer>,
    /// In the order in which they began.
    pub strokes: Vec<ShownStroke>,
    /// Peers on whose screens nobody else may point.
    pub closed: Vec<PeerId>,
}

/// Where somebody points, or the tip of their pen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownPointer {
    /// Who.
    pub person: Person,
    /// On whose screen.
    pub share: Person,
    /// Theirs ([`colours`]).
    pub colour: u8,
    /// Where in the picture.
    pub at: Spot,
}

/// What somebody draws.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownStroke {
    /// Tells it from every other one of this page.
    pub number: u64,
    /// On whose screen.
    pub share: Person,
    /// That of who drew it ([`colours`]).
    pub colour: u8,
    /// One and more, to be joined by lines.
    pub points: Vec<Spot>,
    /// It will be gone in a second.
    pub fades: bool,
}

/// A place in parts of a picture's width and height. What is outside of the picture is at its edge. `None` for what is no place.
pub(super) fn spot((right, down): (f64, f64)) -> Option<Spot> {
    let part = |part: f64| {
        // A cast of a float saturates.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        part.is_finite()
            .then_some((part.clamp(0.0, 1.0) * f64::from(u16::MAX)).round() as u16)
    };
    let (x, y) = (part(right)?, part(down)?);
    Some(Spot { x, y })
}
