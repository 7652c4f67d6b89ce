//! Where people point and what they draw on somebody's shared screen.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::PeerId;
use crate::limits::peer::POINTS_MAX;

/// A piece of a stroke, or where the sender points. Pieces are lost and overtake each other, so the points of a stroke are numbered, and
/// each piece begins with the last points of the one before.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pointer {
    /// On whose screen.
    #[serde(serialize_with = "write_id", deserialize_with = "read_id")]
    pub share: PeerId,
    /// Which of the sender's strokes, counted from 1; 0 for pointing only.
    pub stroke: u32,
    /// The number of the first of the points among those of the stroke, or of all pointing, counted from 0.
    pub first: u32,
    /// In the order in which they were drawn, [`POINTS_MAX`] at most. Of pointing only the last one counts.
    #[serde(deserialize_with = "read_points")]
    pub points: Vec<Spot>,
    /// Nothing comes after these points: the pen is up, or the sender points no longer.
    pub up: bool,
}

/// A place in a picture, apart from how large the picture is and how it is looked at. 0 to 65535 is 0 to 1 of a side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Spot {
    /// From the left.
    pub x: u16,
    /// From above.
    pub y: u16,
}

/// What the sender wants on its own shared screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Share {
    /// Nobody else points or draws there. Each page heeds that by itself: it shows nothing of third persons there.
    pub no_pointing: bool,
}

/// As 16 bytes without a length.
fn write_id<S: Serializer>(id: &PeerId, serializer: S) -> Result<S::Ok, S::Error> {
    id.into_bytes().serialize(serializer)
}

fn read_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PeerId, D::Error> {
    <[u8; 16]>::deserialize(deserializer).map(PeerId::from_bytes)
}

fn read_points<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Spot>, D::Error> {
    let points = Vec::<Spot>::deserialize(deserializer)?;
    if points.len() > POINTS_MAX {
        return Err(serde::de::Error::invalid_length(points.len(), &"fewer points"));
    }
    Ok(points)
}
